"""How fast the kernel packs sheets from a store that is ready, and how large they are.

Run: ``python tests/benchmarks/bench_sheets.py [FOLDER]``: pictures, or photos are made up. Target: 15 ms for a full
sheet of 32-px cells.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import record
from samples import pictures

from pixplot_widget.images import Images
from pixplot_widget.thumbnails import ThumbnailStore, sheets

ROWS = 4096
TIMES = 15


def main() -> None:
    """Print a table and add it to results.json."""
    with tempfile.TemporaryDirectory() as scratch:
        given = sys.argv[1] if len(sys.argv) > 1 else None
        found = pictures(given, "PIXPLOT_BENCH_PHOTOS", 341, (400, 530), Path(scratch))
        paths = [found[row % len(found)] for row in range(ROWS)]
        images = Images(pd.DataFrame(index=range(ROWS)), paths)
        store = ThumbnailStore(images, cache=False)
        store.prepare()
        results = [measure(store, images, cell) for cell in sheets.CELLS]
    headings = ["cell px", "cells", "ms, best", "median", "processor ms", "sheets/s", "kB", "bytes a cell"]
    print("  ".join(headings))
    for one in results:
        values = [one["cell"], one["cells"], one["best_ms"], one["median_ms"], one["processor_ms"]]
        values += [one["sheets_per_second"], one["bytes"] / 1000, one["bytes"] / one["cells"]]
        print("  ".join(f"{value:>{len(heading)}.4g}" for heading, value in zip(headings, values, strict=True)))
    for one in results:
        asked = {"median_ms": ("<=", 15)} if one["cell"] == min(sheets.CELLS) else None
        record.add("sheets", f"cells of {one['cell']} px", one, asked)


def measure(store: ThumbnailStore, images: Images, cell: int) -> dict[str, float]:
    """Pack full sheets of random rows."""
    rng = np.random.default_rng(0)
    cells = (sheets.SHEET_PX // cell) ** 2
    seconds, busy, size = [], [], 0
    for _ in range(TIMES):
        rows = rng.permutation(ROWS)[:cells]
        start, busy_before = time.perf_counter(), time.process_time()
        sheet = sheets.pack(store, images, rows, cell)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - busy_before)
        size = max(size, len(sheet.jpeg))
    return {
        "cell": cell,
        "cells": cells,
        "best_ms": 1000 * min(seconds),
        "median_ms": 1000 * statistics.median(seconds),
        "processor_ms": 1000 * statistics.median(busy),  # hardly depends on what else runs
        "sheets_per_second": 1 / statistics.median(seconds),
        "bytes": size,
    }


if __name__ == "__main__":
    main()
