"""What is to be learned: which rows have which class, which are left out, and which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import instead
from ..labels import MISSING, LabelColumn
from ..rows import some, to_positions
from .split import hold_out

__all__ = ["Task", "as_array", "plan", "softmax"]


@dataclass(frozen=True)
class Task:
    """Rows and their classes.

    Attributes
    ----------
    codes : numpy.ndarray
        int64 (n,), the place of each row's label in `classes`; -1 for rows that are only embedded.
    classes : list
        Labels, as they stand in the column.
    train, held : numpy.ndarray
        int64 positions that are learned from, and that are held out.
    """

    codes: np.ndarray
    classes: list[Any]
    train: np.ndarray
    held: np.ndarray


def plan(
    df: pd.DataFrame,
    label: str,
    flag: str | None = "remove",
    rows: Any = None,
    held: Any = None,
    share: float = 0.1,
    seed: int = 0,
    readable: np.ndarray | None = None,
) -> Task:
    """Choose what is learned from.

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image.
    label : str
        The column of labels. Rows without one are left out.
    flag : str, optional
        A boolean column; rows where it is true are left out. It need not be there.
    rows : rows, optional
        Positions, a mask or index labels of what may be learned from. Default: all.
    held : rows, optional
        What is held out. Default: a stratified `share` of them, drawn by `seed`.
    share : float
        In [0, 1).
    seed : int
        Of the draw.
    readable : numpy.ndarray, optional
        bool (n,). Rows whose image cannot be read are left out, after the draw: so it does not depend on them.

    Returns
    -------
    Task

    Raises
    ------
    KeyError, ValueError
        If there is no such column, or not two classes to tell apart.

    Examples
    --------
    >>> df = pd.DataFrame({"category": ["cat", "dog", None, "cat"], "remove": [False, False, False, True]})
    >>> task = plan(df, "category", share=0)
    >>> task.classes, task.codes.tolist(), task.train.tolist()
    (['cat', 'dog'], [0, 1, -1, -1], [0, 1])
    """
    if label not in df.columns:
        raise KeyError(f"label={label!r} is no column of df; {instead(label, df.columns)}")
    column = LabelColumn(df[label])
    wanted = column.codes != MISSING
    if flag is not None and flag in df.columns:
        wanted &= ~df[flag].astype("boolean").fillna(False).to_numpy(dtype=bool)
    if rows is not None:
        mask = np.zeros(len(df), dtype=bool)
        mask[to_positions(df, rows)] = True
        wanted &= mask
    used = np.unique(column.codes[wanted])
    if len(used) < 2:
        found = some(column.names[code] for code in used) or "none"
        raise ValueError(
            f"there is nothing to tell apart: of the rows that are to be learned from, column {label!r} has labels of "
            f"two classes at least; here: {found}"
        )
    place = np.full(len(column) + 1, -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    codes = np.where(wanted, place[column.codes], -1)
    out = np.zeros(len(df), dtype=bool)
    if held is None:
        at = np.flatnonzero(wanted)
        out[at] = hold_out(codes[at], share, seed)
    else:
        out[to_positions(df, held)] = True
        out &= wanted
    if readable is not None:
        wanted &= readable
    train = np.flatnonzero(wanted & ~out)
    if len(train) < 2:
        raise ValueError(f"{len(train)} images are left to learn from; at least two are needed")
    return Task(codes, [column.values[code] for code in used], train, np.flatnonzero(wanted & out))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits into probabilities, float32 (n, k), row by row.

    Examples
    --------
    >>> softmax(np.float32([[0, 0]])).tolist()
    [[0.5, 0.5]]
    """
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (grown / grown.sum(axis=1, keepdims=True)).astype(np.float32)


def as_array(classes: Sequence[Any]) -> np.ndarray:
    """Return labels as an array of their own type, of objects where that would change them."""
    found = np.empty(len(classes), dtype=object)
    found[:] = list(classes)
    kinds = {type(label) for label in classes}
    return found.astype(next(iter(kinds))) if len(kinds) == 1 and kinds <= {int, float, bool, str} else found
