"""What a training panel needs of the picture that it trains for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ..workspace import Workspace

__all__ = ["Subject", "subject_of"]


@dataclass(frozen=True)
class Subject:
    """What the panel needs of the picture that it trains for.

    Attributes
    ----------
    plot : PixPlot
        Its `layout` is set.
    label, flag : str
        Columns.
    snapshot : callable
        ``snapshot(start)`` returns a copy of the frame from a row on, its pictures, and the mask of its filter, all of
        one moment: rows may be added while the network learns.
    place : callable
        ``place(vectors, before)`` gives the picture its vectors, and keeps where images stood as a layout of the name
        `before`; False, and nothing done, where it has other rows by now.
    """

    plot: Any
    label: str
    flag: str
    snapshot: Callable[[int], tuple[pd.DataFrame, Any, np.ndarray]]
    place: Callable[[np.ndarray, str], bool]


def subject_of(plot: Any, workspace: Workspace) -> Subject:
    """Say what a training panel needs of a plot and of the workspace that it shows."""

    def snapshot(start: int) -> tuple[pd.DataFrame, Any, np.ndarray]:
        with workspace.lock, workspace.log.lock:  # as rows are added
            stop, mask = len(workspace.df), workspace.filter.mask()
            return workspace.df.iloc[start:].copy(), workspace.images.part(start, stop), mask[start:].copy()

    def place(vectors: np.ndarray, before: str) -> bool:
        with workspace.lock:
            if len(vectors) != len(workspace.df):
                return False
            if "umap" in workspace.catalog:
                workspace.add_layout(before, workspace.catalog["umap"])
            workspace.set_vectors(vectors)
            return True

    return Subject(plot, str(workspace.log.labels.name), workspace.flag_column, snapshot, place)
