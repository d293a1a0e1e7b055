"""How long layouts and hotspots of 10,000 and 100,000 rows take, against the budgets of the design."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import record

from pixplot_widget.hotspots import find_hotspots
from pixplot_widget.layouts.categories import category_layout
from pixplot_widget.layouts.custom import custom_layout
from pixplot_widget.layouts.dates import date_layout
from pixplot_widget.layouts.geography import map_layout
from pixplot_widget.layouts.grid import grid_layout
from pixplot_widget.layouts.ordering import sorted_layout
from pixplot_widget.layouts.spread import spread_layout
from pixplot_widget.layouts.wall import wall_layout

N = 100_000
RNG = np.random.default_rng(0)


def scatter(n, dimensions=2):
    """Clusters of several sizes and widths, like a projection's."""
    center, width = RNG.uniform(0, 30, (40, dimensions)), RNG.uniform(0.1, 1, (40, 1))
    which = RNG.integers(0, 40, n)
    return center[which] + RNG.normal(size=(n, dimensions)) * width[which]


TIMES = pd.Series(pd.date_range("1990-01-01", periods=N, freq="37min"))
TEXTS = TIMES.dt.strftime("%Y:%m:%d %H:%M:%S")
NAMES = pd.Series([f"images/{RNG.integers(1e9):09d}.jpg" for _ in range(N)])

LAYOUTS = {
    "sorted by name": (1, lambda: sorted_layout(NAMES)),
    "sorted by number": (1, lambda: sorted_layout(RNG.random(N))),
    "10 categories": (1, lambda: category_layout(RNG.integers(0, 10, N))),
    "5,000 categories": (1, lambda: category_layout(RNG.integers(0, 5000, N))),
    "wall of 10 x 10": (1, lambda: wall_layout(RNG.integers(0, 10, N), RNG.integers(0, 10, N))),
    "wall of 1,000 x 1,000": (1, lambda: wall_layout(RNG.integers(0, 1000, N), RNG.integers(0, 1000, N))),
    "datetimes": (1, lambda: date_layout(TIMES)),
    "dates as text": (1, lambda: date_layout(TEXTS)),
    "years": (1, lambda: date_layout(RNG.integers(1500, 2000, N))),
    "map": (1, lambda: map_layout(RNG.uniform(-90, 90, N), RNG.uniform(-180, 180, N))),
    "custom": (1, lambda: custom_layout(RNG.random(N), RNG.random(N))),
    "de-overlap": (1, lambda: spread_layout(scatter(N))),
    "grid": (5, lambda: grid_layout(scatter(N))),
}


def measure(what, make, budget):
    start, busy = time.perf_counter(), time.process_time()
    make()
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    print(f"{what:<28} {seconds:6.2f} s of {budget} (cpu {cpu:.2f} s)", flush=True)
    record.add("layouts", what, {"seconds": seconds, "cpu": cpu}, {"seconds": ("<=", budget)})


def main() -> None:
    """Print a line for each layout, and for hotspots."""
    for warm_up in (spread_layout, grid_layout, find_hotspots):  # they import inside, and compile
        warm_up(scatter(100))
    for name, (budget, make) in LAYOUTS.items():
        measure(name, make, budget)
    for n, budget in ((10_000, 5), (100_000, 30)):
        for dimensions in (2, 15):
            points, tags = scatter(n, dimensions), [f"t{i % 50}|u{i % 7}" for i in range(n)]
            name = f"hotspots, {n:,} x {dimensions}"
            measure(name, lambda points=points, tags=tags: find_hotspots(points, tags=tags), budget)


if __name__ == "__main__":
    main()
