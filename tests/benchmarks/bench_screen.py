"""How long a correction made in a real JupyterLab takes: until it is seen, and until it is in the kernel's DataFrame.

Run: ``python tests/benchmarks/bench_screen.py [n ...]``. Targets: one click in `df` in 50 ms (95th percentile);
1,000 images on screen in 50 ms and in `df` in 150 ms; 100,000 in 0.5 s and 1 s, as one undo step.

"On screen" is from the key to when the next frame was presented, as the browser's Event Timing says it of a real key
(what INP is made of; in steps of 8 ms, 16 at least). That this frame has the new borders is looked at too: of the
canvas' pixels that a gesture changes in the end, the share that had changed when that frame was handed over. Where
sprites are too small for frames a selection shows nothing of its labels: there it is the legend's counts that are seen
to change, and when the frame with those was handed over is measured for all. Beside it, as the least that browser and
machine allow: a key that changes one word of the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import record
from playwright.sync_api import Page, sync_playwright

from tools.lab import JupyterLab, Notebook, launch_browser

SETUP = """
import time
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
rng = np.random.default_rng(0)
n = {n}
tiles = list(rng.integers(0, 255, (256, 8, 8, 3), dtype=np.uint8))
df = pd.DataFrame({{"category": rng.choice(["cat", "dog", "fox"], n)}})
plot = PixPlot(df, rng.normal(size=(n, 4)), image=[tiles[k % 256] for k in range(n)], layout="sorted", cache=False)
heard = []
plot.on_edit(lambda change: heard.append((time.time(), len(change.rows))))
plot.wait()
largest, send = [0], plot.send
def measured(content, buffers=None):
    largest[0] = max([largest[0], *(len(b) for b in buffers or [])])
    send(content, buffers)
plot.send = measured
"""
WATCH = """() => {
    window.timed = []
    new PerformanceObserver((list) => {
        for (const each of list.getEntries())
            if (each.name === "keydown") timed.push([each.processingEnd - each.processingStart, each.duration])
    }).observe({type: "event", durationThreshold: 16})
    const word = document.body.appendChild(document.createElement("div"))
    word.style.cssText = "position: fixed; top: 2px; left: 2px; z-index: 9999"
    window.pressed = window.counted = 0
    const ofLegend = ({target}) => (target.parentElement ?? target).closest(".pp-legend")
    new MutationObserver((seen) => seen.some(ofLegend) && requestAnimationFrame(() => setTimeout(() => {
        window.counted ||= (performance.timeOrigin + performance.now()) / 1000
    }))).observe(document.querySelector("[aria-label=PixPlot]"), {subtree: true, childList: true, characterData: true})
    addEventListener("keydown", (event) => {
        window.pressed = (performance.timeOrigin + event.timeStamp) / 1000
        if (event.key === "F9") word.textContent = String(Math.random()).slice(0, 5)
    }, true)
}"""
# The pixels of the canvas now, when the first frame after the next key was handed over, and in the end.
LOOK = """(root) => {
    const canvas = root.querySelector("canvas")
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true})
    const grab = () => {
        copy.drawImage(canvas, 0, 0)
        return new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer)
    }
    const before = grab()
    let first = null
    addEventListener("keydown", () => requestAnimationFrame(() => setTimeout(() => { first = grab() })),
        {capture: true, once: true})
    window.shareInFirstFrame = () => {
        const end = grab()
        let changed = 0, shown = 0
        for (let i = 0; i < end.length; i++) if (end[i] !== before[i]) { changed++; shown += first[i] !== before[i] }
        return changed ? shown / changed : NaN
    }
}"""
CLICK = """(radio) => { const at = performance.timeOrigin + performance.now(); radio.click(); return at / 1000 }"""


def wait_for_edit(notebook: Notebook, count: int) -> tuple[float, int]:
    """Wait for the kernel's `count`th edit; gives when it was made, and of how many rows."""
    for _ in range(400):
        if notebook.value("len(heard)") >= count:
            return tuple(notebook.value(f"heard[{count - 1}]"))
        notebook.page.wait_for_timeout(25)
    raise TimeoutError("the edit did not reach the kernel")


def clicks(notebook: Notebook, times: int = 100) -> list[float]:
    """Relabel one image again and again by clicking radio buttons: milliseconds from click to `df`."""
    widget = notebook.widget()
    notebook.value("plot.fly_to(5, open=True)")
    radios = widget.get_by_role("radiogroup", name="Label").get_by_role("radio")
    radios.first.wait_for()
    notebook.page.wait_for_timeout(1500)
    before = notebook.value("len(heard)")
    began = []
    for k in range(times):
        began.append(radios.nth((k + 1) % 2).evaluate(CLICK))
        notebook.page.wait_for_timeout(120)
    wait_for_edit(notebook, before + times - 1)  # the first may have been its label already
    made = [at for at, _ in notebook.value(f"heard[{before}:]")][-(times - 1) :]
    notebook.page.keyboard.press("Escape")
    widget.get_by_role("button", name="Close", exact=True).click()
    return [1000 * (at - start) for at, start in zip(made, began[-(times - 1) :], strict=True)]


def press(notebook: Notebook, key: str) -> tuple[float, float]:
    """Press a key of the keyboard: ms of the page's handlers, and until the next frame was presented."""
    notebook.page.evaluate("() => { timed.length = window.counted = 0 }")
    notebook.page.keyboard.press(key)
    notebook.page.wait_for_timeout(900)
    handled, shown = (notebook.page.evaluate("() => timed") or [(0, 16)])[0]  # quicker ones are not told
    return handled, shown


# By how many images are relabeled at once.
ASKED: dict[int, record.Asked] = {
    1_000: {"on screen, median ms": ("<=", 50), "df, median ms": ("<=", 150), "largest message, B": ("<=", 2**20)},
    100_000: {"on screen, median ms": ("<=", 500), "df, median ms": ("<=", 1000), "largest message, B": ("<=", 2**20)},
}


def gestures(notebook: Notebook, n: int, rows: int, times: int) -> None:
    """Relabel so many of n images, which are selected, by a key, again and again; print what it took, and keep it."""
    page, widget = notebook.page, notebook.widget()
    notebook.value("largest.__setitem__(0, 0)")
    notebook.value(f"plot.select(np.random.default_rng(1).permutation(n)[:{rows}])")
    widget.get_by_text(f"{rows:,} selected").first.wait_for()
    page.wait_for_timeout(1500)
    widget.get_by_role("button", name="Fit", exact=True).click()  # what is measured must be in sight
    page.wait_for_timeout(2000)
    widget.focus()
    words = [press(notebook, "F9")[1] for _ in range(9)][1:]
    handled, shown, counted, made = [], [], [], []
    for k in range(times + 2):
        before, steps = notebook.value("len(heard)"), notebook.value("plot._workspace.log.revision")
        page.wait_for_timeout(500)  # JupyterLab paints the kernel's light anew at every question
        took = press(notebook, "123"[k % 3])
        at, changed = wait_for_edit(notebook, before + 1)
        assert notebook.value("plot._workspace.log.revision") == steps + 1
        if k < 2:
            continue  # shaders are compiled, some rows had that label
        assert changed == rows
        handled.append(took[0])
        shown.append(took[1])
        counted.append(1000 * page.evaluate("() => window.counted - window.pressed"))
        made.append(1000 * (at - page.evaluate("() => window.pressed")))
    widget.evaluate(LOOK)
    press(notebook, "123"[(times + 2) % 3])
    page.wait_for_timeout(1000)
    share = page.evaluate("() => window.shareInFirstFrame()")
    parts = {"handler": handled, "on screen": shown, "counts": counted, "df": made, "one word": words}
    middle = {what: np.percentile(ms, [50, 95]) for what, ms in parts.items()}
    told = "; ".join(f"{what} {median:.0f} (p95 {late:.0f}) ms" for what, (median, late) in middle.items())
    largest = notebook.value("largest[0]")
    seen = "no pixel of the picture" if np.isnan(share) else f"{share:.0%} of the picture"
    print(f"{rows:>9,} rows: {told}; {seen} in the first frame; largest message {largest:,} B")
    found: dict[str, Any] = {"share in the first frame": None if np.isnan(share) else share}
    for what, (median, late) in middle.items():
        found |= {f"{what}, median ms": median, f"{what}, p95 ms": late}
    record.add("screen", f"{rows:,} of {n:,}", {**found, "largest message, B": largest}, ASKED[rows])


def measure(page: Page, lab: JupyterLab, n: int) -> None:
    """Print the figures for n images, and keep them."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (SETUP.format(n=n), "plot")])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, lab.root / f"{n}.ipynb")
    notebook = lab.open(page, f"{n}.ipynb")
    notebook.run_all()
    notebook.widget().get_by_role("status").last.get_by_text(f"{n:,} images").wait_for()
    page.wait_for_timeout(4000)
    ms_of_clicks = clicks(notebook)
    middle, late = np.percentile(ms_of_clicks, [50, 95])
    print(f"{n:>9,} images: click to df: median {middle:.0f}, p95 {late:.0f}, worst {max(ms_of_clicks):.0f} ms")
    click = {"median ms": middle, "p95 ms": late, "worst ms": max(ms_of_clicks)}
    record.add("screen", f"a click, of {n:,}", click, {"p95 ms": ("<=", 50)})
    page.evaluate(WATCH)
    for rows, times in ((1_000, 20), (100_000, 6)):
        if rows <= n:
            gestures(notebook, n, rows, times)
    notebook.close()


def main() -> None:
    """Measure for each n of the command line."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    with tempfile.TemporaryDirectory() as root, JupyterLab(Path(root)) as lab, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        for n in sizes:
            measure(page, lab, n)
        browser.close()


if __name__ == "__main__":
    main()
