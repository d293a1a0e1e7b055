"""Find a Chromium to look at the widget with, or get one.

    python -m tools.chromium              print the path of one that runs, or say that there is none
    python -m tools.chromium --install    get one first where there is none

Order: $CHROMIUM, Chrome and Chromium on the PATH, the applications of macOS, Playwright's own download. To get one:
Debian's package where apt and root are at hand (Ubuntu's is a snap, which cannot run in a container), else Playwright.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

COMMANDS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
APPLICATIONS = ("Google Chrome", "Chromium")


def _candidates(playwright: Playwright | None) -> Iterator[str]:
    if os.environ.get("CHROMIUM"):
        yield os.environ["CHROMIUM"]
    yield from filter(None, map(shutil.which, COMMANDS))
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        yield from (str(folder / f"{name}.app/Contents/MacOS/{name}") for name in APPLICATIONS)
    if playwright is not None:  # there is one at most in a thread
        yield playwright.chromium.executable_path
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started.chromium.executable_path


def _runs(path: str) -> bool:
    """Tell whether a browser starts: a stub that only says where to get the real one does not."""
    if not os.access(path, os.X_OK):
        return False
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def find(playwright: Playwright | None = None) -> str | None:
    """Return the path of the first Chromium that runs, or None; where a Playwright runs already, it is to be given."""
    return next(filter(_runs, _candidates(playwright)), None)


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text("utf-8").splitlines()


def install() -> None:
    """Get a Chromium; what the installers print goes to stderr."""
    if _is_debian() and shutil.which("apt-get") and os.geteuid() == 0:
        steps = [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]]
    else:
        steps = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for step in steps:
        print("+", *step, file=sys.stderr)
        subprocess.run(step, check=True, stdout=sys.stderr)


def main(arguments: list[str]) -> int:
    """Print the browser's path; return 1 with a sentence on stderr if there is none."""
    path = find()
    if path is None and "--install" in arguments:
        install()
        path = find()
    if path is None:
        print(
            "error: no Chromium that runs. Install Chrome or Chromium, or: "
            "python -m playwright install --with-deps chromium",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
