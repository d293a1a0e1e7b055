"""How long it takes from running the cell to the first pictures on screen, in a real JupyterLab, with nothing kept.

Run: ``python tests/benchmarks/bench_first_sprites.py [WORD ...]``. Targets: `PixPlot()` returns in 0.5 s for 10,000
rows, and the first frame that shows thumbnails, not their mean colours, comes 2 s after the cell began. The kernel has
imported what it needs and made another widget before; kernel, server and browser, which draws without a GPU, share the
machine's processors. PIXPLOT_BENCH_PHOTOS and PIXPLOT_BENCH_IMAGES name folders of pictures; without them JPEGs are
made up.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
import record
from playwright.sync_api import Browser, sync_playwright
from samples import pictures

from tools.lab import JupyterLab, Notebook, launch_browser

RUNS = 3
SECONDS = 30
WARM = """
import json, os, time
os.environ["PIXPLOT_WIDGET_CACHE"] = {cache!r}
import numpy as np, pandas as pd
from pixplot_widget import PixPlot, datasets
PixPlot(datasets.load_emoji().head(50)).wait().close()
paths = json.load(open({paths!r}))
rng = np.random.default_rng(0)
def table(n):
    names = [paths[row % len(paths)] for row in range(n)]
    return pd.DataFrame({{"filename": names, "category": rng.choice(list("abcdefghij"), n)}})
"""
CASES = {
    "photos": ("df, vectors = table(341), rng.normal(size=(341, 1280)).astype(np.float32)", "PixPlot(df, vectors)"),
    "small images": (
        "df, vectors = table(10_000), rng.normal(size=(10_000, 1280)).astype(np.float32)",
        "PixPlot(df, vectors)",
    ),
    "small images, no vectors": ("df = table(10_000)", "PixPlot(df)"),
}
ASKED = {"returned": ("<=", 0.5), "seen": ("<=", 2)}
MEASURED = "t0 = time.time()\nplot = {}\ntook = time.time() - t0\nplot"

# When a frame is drawn for the first time after thumbnails went to the GPU. The screencast says when it was seen.
WATCH = """(() => {
    const gl = WebGL2RenderingContext.prototype
    const { texSubImage3D, drawElements } = gl
    let cells = 0
    gl.texSubImage3D = function (...a) { cells += 1; return texSubImage3D.apply(this, a) }
    gl.drawElements = function (...a) {
        if (cells > 0) window.texturedAt ??= (performance.timeOrigin + performance.now()) / 1000
        return drawElements.apply(this, a)
    }
})()"""


def first_sprites(browser: Browser, lab: JupyterLab, case: str, paths: Path, cache: str) -> dict[str, float]:
    """Run the cell once, in a fresh kernel and on a fresh page: seconds from its first line."""
    setup, call = CASES[case]
    cells = [WARM.format(paths=str(paths), cache=cache) + setup, MEASURED.format(call)]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, lab.root / "first.ipynb")
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.add_init_script(WATCH)
    notebook = lab.open(page, "first.ipynb")
    run_cell(notebook, 0)
    shown: list[float] = []
    cast = context.new_cdp_session(page)

    def frame(event: dict) -> None:
        shown.append(event["metadata"]["timestamp"])
        cast.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    cast.on("Page.screencastFrame", frame)
    page.wait_for_timeout(2000)  # so that what the first cell left behind is over
    cast.send("Page.startScreencast", {"format": "jpeg", "quality": 50})
    run_cell(notebook, 1)
    page.wait_for_function("() => window.texturedAt", timeout=1000 * SECONDS)
    drawn = page.evaluate("window.texturedAt")
    while not any(at >= drawn for at in shown):
        page.wait_for_timeout(50)
    began, took = notebook.value("[t0, took]", timeout=300)
    ready = notebook.value("[plot.wait(), time.time() - t0][1]", timeout=300)
    notebook.close()
    context.close()
    seen = min(at for at in shown if at >= drawn) - began
    return {"returned": took, "drawn": drawn - began, "seen": seen, "all ready": ready}


def run_cell(notebook: Notebook, number: int) -> None:
    """Run one cell as the keyboard does, and wait until it is done."""
    activate = "(at) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at }"
    notebook.page.evaluate(activate, number)
    notebook.command("notebook:run-cell")
    if failed := notebook.errors():
        raise RuntimeError("\n".join(failed))


def runs_of(browser: Browser, lab: JupyterLab, case: str, paths: Path) -> list[dict[str, float]]:
    """Run a case again and again, each time with an empty cache."""
    with tempfile.TemporaryDirectory() as caches:
        return [first_sprites(browser, lab, case, paths, f"{caches}/{number}") for number in range(RUNS)]


def main() -> None:
    words = sys.argv[1:]
    print(f"{f'seconds, median of {RUNS}':<34}  returned     drawn      seen  all ready")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scratch = Path(folder)
        notebooks = scratch / "notebooks"
        notebooks.mkdir()
        for name, variable, count, size in (
            ("photos", "PIXPLOT_BENCH_PHOTOS", 341, (400, 530)),
            ("images", "PIXPLOT_BENCH_IMAGES", 10_000, (32, 32)),
        ):
            found = pictures(None, variable, count, size, scratch)
            (scratch / f"{name}.json").write_text(json.dumps(found))
        browser = launch_browser(playwright)
        with JupyterLab(notebooks) as lab:
            for case in CASES:
                if words and not any(word in case for word in words):
                    continue
                paths = scratch / ("photos.json" if case == "photos" else "images.json")
                runs = runs_of(browser, lab, case, paths)
                middle = {what: statistics.median(run[what] for run in runs) for what in runs[0]}
                record.add("first sprites", case, {**middle, "runs": runs}, ASKED)
                figures = "  ".join(f"{value:8.2f}" for value in middle.values())
                each = ", ".join(f"{run['seen']:.2f}" for run in runs)
                print(f"{case:<34}  {figures}   seen in each: {each}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
