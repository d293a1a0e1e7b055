"""Run a notebook in JupyterLab inside a headless browser and photograph its widget.

    python -m tools.photograph NOTEBOOK.ipynb PICTURE.png [--dark] [--page]

The notebook itself is left as it is: a copy is run. Ends with status 1 and the traceback if a cell fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.lab import JupyterLab, launch_browser
from tools.waiting import MILLISECONDS

VIEWPORT = {"width": 1400, "height": 1000}
SETTLE_MS = 3000  # sprites ease to their places, finer sheets arrive
ALL_READY = "[plot.wait() for plot in list(globals().values()) if type(plot).__name__ == 'PixPlot'] and True"


def photograph(notebook: Path, picture: Path, *, dark: bool = False, whole_page: bool = False) -> None:
    """Run `notebook` and save what its first widget looks like, once all is prepared.

    Raises
    ------
    RuntimeError
        If a cell fails, with its traceback.
    """
    with tempfile.TemporaryDirectory(prefix="pixplot-photo-") as folder:
        shutil.copy(notebook, folder)
        with JupyterLab(folder, dark=dark) as lab, sync_playwright() as playwright:
            browser = launch_browser(playwright)
            page = browser.new_page(viewport=VIEWPORT)
            opened = lab.open(page, notebook.name)
            opened.run_all()
            opened.widget().wait_for(timeout=MILLISECONDS)
            opened.value(ALL_READY)
            opened.widget().scroll_into_view_if_needed()
            page.wait_for_timeout(SETTLE_MS)
            (page if whole_page else opened.widget()).screenshot(path=str(picture))
            opened.close()
            browser.close()


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    parser.add_argument("--page", action="store_true", help="the whole page, not only the widget")
    given = parser.parse_args()
    try:
        photograph(given.notebook, given.picture, dark=given.dark, whole_page=given.page)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.notebook} ran; its picture is {given.picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
