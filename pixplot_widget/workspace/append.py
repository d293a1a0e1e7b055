"""More rows for a workspace: all of it takes place or none, wherever it is interrupted or fails.

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
from . import validation
from .events import ColumnsChanged, FilterChanged, RowsAdded
from .identity import name_of_dataset

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["append"]


def append(workspace: Workspace, df: pd.DataFrame, vectors: Any, image: Sequence[Any] | None) -> pd.DataFrame:
    """Add rows to a workspace, as `PixPlot.append`."""
    log, images = workspace.log, workspace.images
    log.refresh()  # whether new rows fit is seen only on a frame that is as it was
    validation.check_frame(df, log.label_column)
    source = validation.appended_images(workspace.image_column, image)
    more = images.more(df, source, workspace.box)
    with workspace.lock, workspace.reading, log.lock:
        first, k = len(images), len(df)
        every = validation.appended(workspace.vectors, vectors, k)
        added = images.names_of(more)
        names = [*images.names, *added]
        again: list[str] = []
        dataset = workspace.dataset if workspace.journal is None else name_of_dataset(names, workspace.journal)
        takes_layouts = workspace.catalog.extension(df, names)
        growth = log.prepare_append(df, added)
        steps = [
            images.extension(more),
            workspace.store.extension(first + k),
            workspace.filter.extension(first + k),
            lambda: again.extend(takes_layouts()),
            workspace.extension(every, dataset, first),
        ]
        with uninterrupted(), ExitStack() as then:
            then.callback(_tell, workspace, first + k, first, again, every)
            for _ in range(2):  # again where a step raised: none of them does harm twice
                then.callback(_follow, workspace, first + k, steps)
            rows = log.commit_append(growth)
    if k and any("rows" in each for each in workspace.filter.conditions):  # whoever reads it wants a mask of all rows
        workspace.events.tell(FilterChanged())
    return workspace.df.iloc[rows]


def _follow(workspace: Workspace, n: int, steps: list[Callable[[], Any]]) -> None:
    """Let all have the rows that the frame has now, if it has them."""
    if len(workspace.df) == n:
        for step in steps:
            step()
        steps.clear()


def _tell(workspace: Workspace, n: int, first: int, again: list[str], vectors: np.ndarray | None) -> None:
    """Tell of the rows from `first` on, if the frame has them, and begin to read and place them."""
    if len(workspace.df) != n or first == n:
        return
    try:
        workspace.events.tell(RowsAdded(first, again))
        workspace.read_columns()
        workspace.events.tell(ColumnsChanged())
    finally:
        supervise = validation.supervising_codes(workspace.df, workspace.supervise)
        workspace.preparation.append(vectors, supervise)
