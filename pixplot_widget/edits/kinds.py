"""What each column that edits write is for: labels, flags, reasons of flags, and what is in a box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..labels.scalars import TEXT_DTYPE
from ..rows import some
from .fields import Field, flag_values

__all__ = ["class_field", "flag_field", "label_field", "reason_field"]


def label_field(frame: pd.DataFrame, column: Any, labels: Sequence[Any] | None = None) -> Field:
    """Give the field of the label column.

    Raises
    ------
    KeyError
        The frame has no such column.
    """
    if column not in frame.columns:
        hint = ""
        if column in frame.index.names:
            hint = f" {column!r} is a level of the index: df.reset_index({column!r}) makes a column of it."
        raise KeyError(
            f"no column {column!r} to look at and correct; the frame has {some(frame.columns, 12)}.{hint} "
            f"For images without any label yet: df[{column!r}] = None"
        )
    return Field(frame, "label", column, labels=labels)


def flag_field(frame: pd.DataFrame, column: Any) -> Field:
    """Give the field of the flag column; where the frame has none it is made, of bools, at the first flag.

    Raises
    ------
    TypeError
        The frame has such a column and it holds something else than True and False (or 1 and 0).
    """

    def blank(index: pd.Index) -> pd.Series:
        return pd.Series(np.zeros(len(index), dtype=bool), index=index, name=column)

    present = frame[column] if column in frame.columns else blank(frame.index)
    # two columns of that name make a frame of `present`; Field says so
    return Field(frame, "flag", column, blank, flag_values(present) if isinstance(present, pd.Series) else None)


def reason_field(frame: pd.DataFrame, column: Any) -> Field:
    """Give the field of the column that holds why an image was flagged, in words; made at the first reason."""
    return Field(
        frame,
        "reason",
        column,
        lambda index: pd.Series([None] * len(index), dtype=TEXT_DTYPE, index=index, name=column),
    )


def class_field(frame: pd.DataFrame, column: Any, kind: str = "class") -> Field:
    """Give the field of a column of classes: "class" of boxes, where that is no label column, or "truth" of truths."""
    return Field(frame, kind, column)
