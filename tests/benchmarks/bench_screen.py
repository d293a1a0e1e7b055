"""How long a correction made in a real JupyterLab takes: to the next frame on screen, and to the kernel's DataFrame.

Run: ``python tests/benchmarks/bench_screen.py [n ...]``. Targets: one click in `df` in 50 ms (95th percentile);
1,000 images on screen in 50 ms and in `df` in 150 ms; 100,000 in 0.5 s and 1 s, as one undo step.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

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
# From the key to the second frame from then: the first one holds the change, the second begins when it was handed over.
PRESS = """(root, key) => new Promise((resolve) => {
    const began = performance.now()
    root.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}))
    const done = performance.now()
    requestAnimationFrame(() => requestAnimationFrame(() => resolve([
        (performance.timeOrigin + began) / 1000, done - began, performance.now() - began])))
})"""
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


def gesture(notebook: Notebook, rows: int, key: str) -> tuple[float, float, float, int]:
    """Relabel so many selected images by a key: ms of the page's handler, to the second frame, and to `df`; rows."""
    notebook.value(f"plot.select(np.random.default_rng(1).permutation(n)[:{rows}])")
    notebook.widget().get_by_text(f"{rows:,} selected").first.wait_for()
    notebook.page.wait_for_timeout(1500)
    before = notebook.value("len(heard)")
    began, handled, shown = notebook.widget().evaluate(PRESS, key)
    made, changed = wait_for_edit(notebook, before + 1)
    return handled, shown, 1000 * (made - began), changed


def measure(page: Page, lab: JupyterLab, n: int) -> dict[str, float | list]:
    """Print the figures for n images, and return them."""
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
    gestures = []
    for rows in (1_000, 100_000):
        if rows > n:
            continue
        for key in "123":
            steps = notebook.value("plot._log.revision")
            handled, shown, made_ms, changed = gesture(notebook, rows, key)
            assert notebook.value("plot._log.revision") == steps + 1
            largest = notebook.value("largest[0]")
            print(
                f"{rows:>9,} rows, key {key}: handler {handled:.0f}, second frame {shown:.0f}, df {made_ms:.0f} ms",
                end="",
            )
            print(f" ({changed:,} changed, largest message {largest:,} B)")
            ms = {"handler_ms": handled, "second_frame_ms": shown, "df_ms": made_ms}
            gestures.append({"rows": rows, "changed": changed, **ms, "largest_message_bytes": largest})
    notebook.close()
    click = {"median_ms": float(middle), "p95_ms": float(late), "worst_ms": max(ms_of_clicks)}
    return {"n": n, "click to df": click, "gestures": gestures}


def main() -> None:
    """Measure for each n of the command line."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    with tempfile.TemporaryDirectory() as root, JupyterLab(Path(root)) as lab, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        measured_on = record.conditions("jupyterlab", "ipykernel", "anywidget")
        results = [measure(page, lab, n) for n in sizes]
        browser.close()
    record.write("screen", measured_on, results)


if __name__ == "__main__":
    main()
