"""More rows for a plot: all of it takes place or none, wherever it is interrupted or fails.

Whatever can fail is made ready first. Then the log takes the rows in, with frame and journal, and once it has them the
pictures, thumbnails, filter and layouts get them too: else rows would be shown with the pictures of others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..edits.locks import uninterrupted
from ..facets.sifting import value_of
from . import arguments
from .pages import name_of_dataset

if TYPE_CHECKING:
    from . import PixPlot

__all__ = ["grow"]


def grow(plot: PixPlot, df: pd.DataFrame, vectors: Any, image: Sequence[Any] | None) -> pd.DataFrame:
    """Add rows to a plot, as `PixPlot.append`."""
    plot._log.refresh()  # whether new rows fit is seen only on a frame that is as it was
    arguments.check_frame(df, plot._log.label_column)
    source = arguments.appended_images(plot._image_column, image)
    more = plot._images.more(df, source, plot._box)
    with plot._lock, plot._publisher.paused(), plot._log.lock:
        first, k = len(plot._images), len(df)
        every = arguments.appended(plot._vectors, vectors, k)
        added = plot._images.names_of(more)
        names = [*plot._images.names, *added]
        again: list[str] = []
        once = plot._once
        dataset = plot._dataset if plot._journal is None else name_of_dataset(names, plot._journal)
        takes_layouts = plot._catalog.extension(df, names)
        growth = plot._log.prepare_append(df, added)

        def take_vectors() -> None:
            plot._vectors, plot._dataset = every, dataset
            plot._once = [*once, first]

        steps = [
            plot._images.extension(more),
            plot._store.extension(first + k),
            plot._sifting.extension(first + k),
            lambda: again.extend(takes_layouts()),
            take_vectors,
        ]
        with uninterrupted(), ExitStack() as then:
            then.callback(_tell, plot, first + k, first, again, every)
            for _ in range(2):  # again where a step raised: none of them does harm twice
                then.callback(_follow, plot, first + k, steps)
            rows = plot._log.commit_append(growth)
    conditions = plot._sifting.conditions
    if k and any("rows" in each for each in conditions):  # whoever reads or links it wants a mask of all rows
        plot.filter = value_of(conditions)
    return plot._df.iloc[rows]


def _follow(plot: PixPlot, n: int, steps: list[Callable[[], Any]]) -> None:
    """Let all have the rows that the frame has now, if it has them."""
    if len(plot._df) == n:
        for step in steps:
            step()
        steps.clear()


def _tell(plot: PixPlot, n: int, first: int, again: list[str], vectors: np.ndarray | None) -> None:
    """Tell pages of the rows from `first` on, if the frame has them, and begin to read and place them."""
    if len(plot._df) != n or first == n:
        return
    try:
        plot._tell_rows(first, again)
    finally:
        plot._preparation.append(vectors, arguments.supervising_codes(plot._df, plot._supervise))
