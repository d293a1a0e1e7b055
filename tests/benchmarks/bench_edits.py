"""How long an edit takes in the kernel, from the call to the journal on disk and the frame changed.

Run: ``python tests/benchmarks/bench_edits.py``. Targets: 1,000 images in 20 ms, 100,000 in 1 s, undo like the edit.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import record

from pixplot_widget.edits import EditLog

ASKED_MS = {1_000: 20, 100_000: 1_000}


def milliseconds(act) -> float:
    """Give how long `act` takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def frame(n: int, dtype: str) -> pd.DataFrame:
    """Make n rows with ten labels."""
    numbers = np.random.default_rng(0).integers(0, 10, n)
    labels = numbers if dtype == "int64" else np.array([f"label {i}" for i in range(10)], dtype=object)[numbers]
    return pd.DataFrame(
        {"filename": [f"folder/{i:07}.jpg" for i in range(n)], "category": pd.Series(labels, dtype=dtype)}
    )


def measure(log: EditLog, n: int, edited: int, labels: list, times: int) -> tuple[list[float], list[float]]:
    """Relabel `edited` random rows and undo it, again and again: milliseconds of the edits and of the undos."""
    rng = np.random.default_rng(1)
    edits, undos = [], []
    for i in range(times):
        rows = rng.permutation(n)[:edited]
        edits.append(milliseconds(lambda rows=rows, i=i: log.relabel(rows, labels[i % len(labels)])))
        undos.append(milliseconds(log.undo))
    return edits, undos


def main() -> None:
    """Print a table: dtype, rows of the frame, rows edited, median and worst of an edit, median of its undo."""
    print(f"{'dtype':>10} {'n':>9} {'edited':>8} {'edit ms':>9} {'worst':>9} {'undo ms':>9} {'journal B':>10}")
    for n in (10_000, 100_000, 1_000_000):
        for dtype in ("object", "category", "int64"):
            df = frame(n, dtype)
            labels = sorted(df["category"].unique().tolist())
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "edits.jsonl"
                log = EditLog(df, identity=["filename"], journal=path)
                for edited in (1, 1_000, 100_000):
                    if edited > n:
                        continue
                    size, times = path.stat().st_size, 9 if edited > 1_000 else 31
                    edits, undos = measure(log, n, edited, labels, times)
                    grown = (path.stat().st_size - size) // times
                    middle, undone = float(np.median(edits)), float(np.median(undos))
                    print(
                        f"{dtype:>10} {n:>9,} {edited:>8,} {middle:>9.1f} {max(edits):>9.1f} "
                        f"{undone:>9.1f} {grown:>10,}"
                    )
                    found = {"edit_ms": middle, "worst_ms": max(edits), "undo_ms": undone, "journal_bytes": grown}
                    asked = {"edit_ms": ("<=", ASKED_MS[edited])} if edited in ASKED_MS else None
                    record.add("edits", f"{edited:,} of {n:,}, {dtype}", found, asked)
                log.close()


if __name__ == "__main__":
    main()
