"""How long an edit takes in the kernel, from the call to the journal on disk and the frame changed.

Run: ``python tests/benchmarks/bench_edits.py``. Targets: 1,000 images in 20 ms, 100,000 in 1 s, undo like the edit.
Then what may grow with how much was done, or with how long or how many labels are, as ratios of many to few in one run.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import record

sys.path.insert(0, str(Path(__file__).parents[2]))  # for tools/, which tests/ uses
sys.path.insert(0, str(Path(__file__).parents[1]))
from page import Page

from pixplot_widget import PixPlot
from pixplot_widget.edits import EditLog
from pixplot_widget.export.folders import safe_name
from pixplot_widget.facets.filters import Sieve

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


def megabytes(act: Callable[[], object], *, peak: bool) -> float:
    """Give the memory that `act` took at most, or that is held after it."""
    tracemalloc.start()
    try:
        result = act()  # held until it is measured
        held = tracemalloc.get_traced_memory()[peak] / 1e6
        del result
    finally:
        tracemalloc.stop()
    return held


def changes_by_history(n: int = 200_000, steps: int = 20) -> dict[str, float]:
    """Ask what differs after many relabels of all rows, beside one."""
    taken, held = [], []
    for times in (1, steps):
        log = EditLog(frame(n, "category"))
        for step in range(times):
            log.relabel(np.arange(n), f"label {step % 9}")
        taken.append(milliseconds(lambda log=log: log.changes))
        held.append(megabytes(lambda log=log: log.changes, peak=True))
    return {"time": taken[1] / taken[0], "memory": held[1] / held[0]}


def bytes_by_labels(few: int = 10, many: int = 50_000, edits: int = 20) -> float:
    """Relabel single rows where there are many labels, beside few: bytes that a page is sent for it."""
    sent = []
    for labels in (few, many):
        df = pd.DataFrame({"category": pd.Categorical([f"label {i % labels}" for i in range(many)])})
        plot = PixPlot(df, image=[np.zeros((2, 2), np.uint8)] * many, layout="sorted", cache=False).wait()
        page = Page(plot)
        page.hello()
        page.wait_part("labels")
        before, send = [], plot.send
        plot.send = lambda content, buffers=None, kept=before, send=send: (
            kept.append(len(repr(content)) + sum(len(buffer) for buffer in buffers or [])),
            send(content, buffers),
        )
        for row in range(edits):
            page.edit("relabel", [row], f"label {(row + 1) % labels}")
        sent.append(sum(before) / edits)
        plot.close()
    return sent[1] / sent[0]


def kept_of_filters(n: int = 100_000, filters: int = 1_000) -> float:
    """Filter by one mask after the other, and tell pages each: how many masks are held in the end."""
    df = pd.DataFrame({"category": np.array(["a", "b"])[np.arange(n) % 2]})
    sieve = Sieve(lambda: df, "category", lambda: (np.arange(n, dtype=np.int32) % 2, ["a", "b"]), {})
    rng = np.random.default_rng(0)

    def filter_often() -> None:
        for _ in range(filters):
            sieve.to_page([{"rows": rng.random(n) < 0.5}])

    return megabytes(filter_often, peak=False) / (n / 1e6)


def kept_of_answers(edits: int = 1_000, rows: int = 1_000) -> float:
    """Make edits that a page numbers, beside edits of code: what is held of them."""
    held = []
    for numbered in (False, True):
        log = EditLog(frame(rows, "object"))

        def edit(log: EditLog = log, numbered: bool = numbered) -> EditLog:
            for seq in range(1, edits + 1):
                who = {"client": "page", "seq": seq} if numbered else {}
                log.apply(range(rows), "label", f"label {seq % 10}", **who)
            return log

        held.append(megabytes(edit, peak=False))
    return held[1] / held[0]


def growth() -> None:
    """Measure what may grow out of proportion; ten times a length may take ten times as long, and a margin of two."""
    found = changes_by_history()
    found = {"changes_time": found["time"], "changes_memory": found["memory"], "bytes_an_edit": bytes_by_labels()}
    long, short = (min(milliseconds(lambda n=n: safe_name("x" * n)) for _ in range(3)) for n in (1_000_000, 100_000))
    found |= {"safe_name": long / short, "masks_kept": kept_of_filters(), "answers_kept": kept_of_answers()}
    asked = {
        "changes_time": ("<=", 3),
        "changes_memory": ("<=", 3),
        "bytes_an_edit": ("<=", 3),
        "safe_name": ("<=", 20),
        "masks_kept": ("<=", 64),
        "answers_kept": ("<=", 1.5),
    }
    for name, ratio in found.items():
        print(f"{name:>16} {ratio:>9.2f}  asked {asked[name][0]} {asked[name][1]}")
    record.add("edits", "growth, many to few", found, asked)


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
    growth()


if __name__ == "__main__":
    main()
