"""How soon a million images are there: what a page hears, and when, while all of them are read and arranged.

    python tests/benchmarks/bench_million.py [SECONDS]

The images are 10,000 small ones, each under a hundred names (hard links), with vectors of 64 columns. A page without a
browser hears what a real one would, and asks for a sheet of 1,024 images every second. After SECONDS (30) it is stopped
and opened again with what the cache has by then. PIXPLOT_BENCH_IMAGES names a folder of images; without it JPEGs are
made up. Memory is the process's own, over what it was before, vectors and mapped files not counted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import record
from samples import clustered, pictures, renamed

sys.path.insert(0, str(Path(__file__).parents[2]))  # for tools/, which tests/ uses
sys.path.insert(0, str(Path(__file__).parents[1]))
from page import Page

from pixplot_widget import PixPlot, protocol

MILLION, COLUMNS = 1_000_000, 64
ASKED: record.Asked = {
    "PixPlot(), s": ("<=", 2),
    "first pictures, s": ("<=", 2),
    "sheet meanwhile, median ms": ("<=", 200),
}


def private() -> float:
    """Private memory of this process in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1000


class Hearing(Page):
    """Notes when it hears what for the first time."""

    def __init__(self, plot: Any, began: float) -> None:
        self.began = began
        self.first: dict[str, float] = {}
        self.known = np.zeros(MILLION, dtype=bool)
        super().__init__(plot)

    def _hear(self, content: dict, buffers: list[bytes]) -> None:
        before = len(self.messages)
        super()._hear(content, buffers)
        for message in self.messages[before:]:
            self.first.setdefault(message.type, time.perf_counter() - self.began)
            if message.type == "layout" and message.name == "pca":
                self.first.setdefault("places", time.perf_counter() - self.began)
            if message.type == "looks":
                self.known[message.rows] = True
                if self.known.all():
                    self.first.setdefault("all", time.perf_counter() - self.began)


def opened(table: pd.DataFrame, vectors: np.ndarray, seconds: float) -> dict[str, float]:
    """Run a widget for some time, as a cell would, and look at it as a page would."""
    base = most = private()
    began = time.perf_counter()
    plot = PixPlot(table, vectors)
    returned = time.perf_counter() - began
    page = Hearing(plot, began)
    plot._pages.parts.displayed()
    page.hello()
    rng, waits = np.random.default_rng(0), []
    while (left := began + seconds - time.perf_counter()) > 0:
        asked = time.perf_counter()
        page.ask(protocol.SheetWanted, cell=32, rows=rng.integers(0, MILLION, 1024).astype(np.int32))
        waits.append(time.perf_counter() - asked)
        until = time.perf_counter() + min(1.0, left)
        while time.perf_counter() < until:
            most = max(most, private())
            threading.Event().wait(0.02)
    stopped = time.perf_counter()
    plot.stop()
    plot.wait(60)
    found = {
        "PixPlot(), s": returned,
        "first pictures, s": page.first["looks"],
        "places, s": page.first.get("places", np.nan),
        "all colored, s": page.first.get("all", np.nan),
        "colored by then": float(page.known.sum()),
        "sheet meanwhile, median ms": 1000 * float(np.median(waits)),
        "stopped in, s": time.perf_counter() - stopped,
        "private MB": most - base,
    }
    plot.close()
    return found


def main() -> None:
    """Measure, print and keep."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    warnings.filterwarnings("ignore", message="thumbnails of")  # that they are kept smaller
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PIXPLOT_WIDGET_CACHE"] = f"{folder}/cache"
        scratch = Path(folder) / "images"
        scratch.mkdir()
        paths = renamed(pictures(None, "PIXPLOT_BENCH_IMAGES", 10_000, (32, 32), scratch), scratch, MILLION)
        labels = np.random.default_rng(0).choice(list("abcdefghij"), MILLION)
        table = pd.DataFrame({"filename": paths, "category": labels})
        vectors = clustered(MILLION, COLUMNS)
        PixPlot(table[:300].copy(), vectors[:300]).wait().close()  # loads and compiles what there is to
        for name in ("a million images", "a million images, again"):
            found = opened(table, vectors, seconds)
            record.add("million", name, found, ASKED)
            print(f"\n{name}, {seconds:.0f} s")
            for what, figure in found.items():
                print(f"    {what:<30} {figure:12,.2f}", flush=True)


if __name__ == "__main__":
    main()
