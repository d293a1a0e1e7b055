"""How long it takes from running the cell to the first pictures on screen, in a real JupyterLab.

Run: ``python tests/benchmarks/bench_first_sprites.py [WORD ...]``. Targets: `PixPlot()` returns in 0.5 s for 10,000
rows, and the first frame that shows thumbnails, not their mean colors, comes 2 s after the cell began. Of a million it
returns in 2 s, and 2 s later the first are seen in their mean colors: they are 1 px each until one zooms in. The
kernel has imported what it needs and made another widget before; kernel, server and browser, which draws without a GPU,
share the machine's processors. The cache is empty; a million images are opened once more with what it has after
`LEFT_ALONE` seconds. PIXPLOT_BENCH_PHOTOS and PIXPLOT_BENCH_IMAGES name folders of pictures; without them JPEGs are
made up.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import record
from playwright.sync_api import Browser, sync_playwright
from samples import clustered, pictures, renamed

from tools.lab import JupyterLab, Notebook, launch_browser

RUNS = 3
SECONDS = 30
LEFT_ALONE = 30
MILLION, COLUMNS = 1_000_000, 64
WARM = """
import json, os, time, warnings
os.environ["PIXPLOT_WIDGET_CACHE"] = {cache!r}
warnings.filterwarnings("ignore", message="thumbnails of")  # that they are kept smaller
import numpy as np, pandas as pd
from pixplot_widget import PixPlot, datasets
PixPlot(datasets.load_emoji().head(50)).wait().close()
paths = json.load(open({paths!r}))
rng = np.random.default_rng(0)
def table(n):
    names = [paths[row % len(paths)] for row in range(n)]
    return pd.DataFrame({{"filename": names, "category": rng.choice(list("abcdefghij"), n)}})
"""
MEASURED = "t0 = time.time()\nplot = {}\ntook = time.time() - t0\nplot"
ASKED: record.Asked = {"returned": ("<=", 0.5), "seen": ("<=", 2)}


class Case(NamedTuple):
    """What is measured: on which images, with what set-up and call, what is asked, and whether once more thereafter."""

    images: str
    setup: str
    call: str
    asked: record.Asked = ASKED
    again: bool = False


CASES = {
    "photos": Case(
        "photos",
        "df, vectors = table(341), rng.normal(size=(341, 1280)).astype(np.float32)",
        "PixPlot(df, vectors)",
    ),
    "small images": Case(
        "images",
        "df, vectors = table(10_000), rng.normal(size=(10_000, 1280)).astype(np.float32)",
        "PixPlot(df, vectors)",
    ),
    "small images, no vectors": Case("images", "df = table(10_000)", "PixPlot(df)"),
    "a million images": Case(
        "million",
        "df, vectors = table(len(paths)), np.load({folder!r} + '/vectors.npy')",
        "PixPlot(df, vectors)",
        {"returned": ("<=", 2), "seen since": ("<=", 2)},
        again=True,
    ),
}

# When a frame is drawn for the first time after pictures went to the GPU: thumbnails, or the mean colors in which a
# million are seen, 1 px each (they are written one by one, as points). The screencast says when it was seen.
WATCH = """(() => {
    const gl = WebGL2RenderingContext.prototype
    const { texSubImage3D, drawArrays, drawElements } = gl
    let came = false
    gl.texSubImage3D = function (...a) { came = true; return texSubImage3D.apply(this, a) }
    gl.drawArrays = function (...a) { came ||= a[0] === this.POINTS; return drawArrays.apply(this, a) }
    gl.drawElements = function (...a) {
        if (came) window.picturesAt ??= (performance.timeOrigin + performance.now()) / 1000
        return drawElements.apply(this, a)
    }
})()"""


def first_sprites(browser: Browser, lab: JupyterLab, case: Case, folder: Path, cache: str) -> dict[str, float]:
    """Run the cell once, in a fresh kernel and on a fresh page: seconds from its first line."""
    warm = WARM.format(paths=f"{folder}/{case.images}.json", cache=cache)
    cells = [warm + case.setup.format(folder=str(folder)), MEASURED.format(case.call)]
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
    page.wait_for_function("() => window.picturesAt", timeout=1000 * SECONDS)
    drawn = page.evaluate("window.picturesAt")
    while not any(at >= drawn for at in shown):
        page.wait_for_timeout(50)
    cast.send("Page.stopScreencast")
    began, took = notebook.value("[t0, took]", timeout=300)
    seen = min(at for at in shown if at >= drawn) - began
    found = {"returned": took, "drawn": drawn - began, "seen": seen, "seen since": seen - took}
    if case.again:
        page.wait_for_timeout(1000 * max(0.0, began + LEFT_ALONE - time.time()))
        notebook.value("[plot.stop(), plot.wait()][0]", timeout=300)
    else:
        found["all ready"] = notebook.value("[plot.wait(), time.time() - t0][1]", timeout=300)
    notebook.close()
    context.close()
    return found


def run_cell(notebook: Notebook, number: int) -> None:
    """Run one cell as the keyboard does, and wait until it is done."""
    activate = "(at) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at }"
    notebook.page.evaluate(activate, number)
    notebook.command("notebook:run-cell")
    if failed := notebook.errors():
        raise RuntimeError("\n".join(failed))


def runs_of(browser: Browser, lab: JupyterLab, name: str, folder: Path) -> dict[str, list[dict[str, float]]]:
    """Run a case several times, each time with an empty cache, and then perhaps with what the cache has."""
    case = CASES[name]
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
            for each in (name, f"{name}, again") if case.again else (name,):
                runs.setdefault(each, []).append(first_sprites(browser, lab, case, folder, cache))
    return runs


def prepare(kind: str, folder: Path) -> None:
    """Write which pictures there are of a kind, and what goes with them, where the notebook finds it."""
    photos = kind == "photos"
    variable = "PIXPLOT_BENCH_PHOTOS" if photos else "PIXPLOT_BENCH_IMAGES"
    found = pictures(None, variable, *((341, (400, 530)) if photos else (10_000, (32, 32))), folder)
    if kind == "million":
        (folder / "renamed").mkdir()
        found = renamed(found, folder / "renamed", MILLION)
        np.save(folder / "vectors.npy", clustered(MILLION, COLUMNS))
    (folder / f"{kind}.json").write_text(json.dumps(found))


def main() -> None:
    words = sys.argv[1:]
    chosen = [name for name in CASES if not words or any(word in name for word in words)]
    print(f"{f'seconds, median of {RUNS}':<34}  returned     drawn      seen     since  all ready")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        for kind in {CASES[name].images for name in chosen}:
            prepare(kind, folder)
        (folder / "notebooks").mkdir()
        browser = launch_browser(playwright)
        with JupyterLab(folder / "notebooks") as lab:
            for case in chosen:
                for name, runs in runs_of(browser, lab, case, folder).items():
                    middle = {what: statistics.median(run[what] for run in runs) for what in runs[0]}
                    record.add("first sprites", name, {**middle, "runs": runs}, CASES[case].asked)
                    figures = "  ".join(f"{value:8.2f}" for value in middle.values())
                    each = ", ".join(f"{run['seen']:.2f}" for run in runs)
                    print(f"{name:<34}  {figures}   seen in each: {each}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
