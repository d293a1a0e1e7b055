"""The frame as the log sees it: the columns it writes, and the rows that must stay where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..headings import beside, in_full
from .fields import Cells, Field
from .growth import become, grown
from .guard import RowGuard
from .kinds import class_field, flag_field, label_field, reason_field

__all__ = ["Columns", "Plan"]

Plan = tuple[Field, np.ndarray, np.ndarray]
"""Which column, at which rows (int64 (k,)), is to hold which codes (int32 (k,))."""


@dataclass(frozen=True)
class Grown:
    """A frame with more rows, which the log's frame is to become, and its guard and fields."""

    whole: pd.DataFrame
    guard: RowGuard
    fields: dict[str, Field]


class Columns:
    """Label, flag, reason and class of one frame.

    Parameters
    ----------
    df, label, flag, labels, identity, box_class, box_truth
        As for `EditLog`.

    Attributes
    ----------
    fields : dict
        "label", "flag" and "reason" to `Field`, "class" if there is `box_class`, and "truth" if there is `box_truth`.
    """

    def __init__(
        self,
        df: pd.DataFrame,
        label: Any,
        flag: Any,
        labels: Sequence[Any] | None,
        identity: Sequence[Any],
        box_class: Any = None,
        box_truth: Any = None,
    ) -> None:
        if label == flag:
            raise ValueError(f"label and flag are both {label!r}: flagging would overwrite labels; name another flag=")
        flag = in_full(df.columns, flag)
        self.fields: dict[str, Field] = {
            "label": label_field(df, label, labels),
            "flag": flag_field(df, flag),
            "reason": reason_field(df, beside(df.columns, flag, "_reason")),
        }
        self._frame = df
        if box_class is not None:
            self.fields["class"] = class_field(df, box_class)
        if box_truth is not None:
            self.fields["truth"] = class_field(df, box_truth, "truth")
        self._guard = RowGuard(df, identity, [field.column for field in self.fields.values()])

    def look(self, rows: np.ndarray | None) -> dict[str, np.ndarray]:
        """Make sure rows are where they were, and take in what was written to them outside.

        Parameters
        ----------
        rows : numpy.ndarray or None
            int64 (k,); None: all.

        Returns
        -------
        dict
            Kind of column to rows (int64) that held another value than was known.

        Raises
        ------
        RowsChangedError
            Rows were added, removed or reordered.
        """
        self._guard.check(rows)
        outside = {}
        for kind, field in self.fields.items():
            outside[kind], codes = field.outside(rows)
            field.learn(outside[kind], codes)
        return outside

    def check_rows(self, rows: np.ndarray | None = None) -> None:
        """Raise RowsChangedError if rows were added, removed or reordered; see `RowGuard.check`."""
        self._guard.check(rows)

    def grown(self, more: pd.DataFrame) -> Grown:
        """Make the frame with more rows at its end, and what is known of it then. Nothing is changed.

        What edits write keeps its dtype.

        Raises
        ------
        ValueError, TypeError
            The rows do not fit the frame.
        """
        joined = {field.column: field.joined(more) for field in self.fields.values()}
        whole = grown(self._frame, more, {column: series for column, series in joined.items() if series is not None})
        fields = {kind: field.grown(whole) for kind, field in self.fields.items()}
        return Grown(whole, self._guard.grown(whole), fields)

    def become(self, ready: Grown) -> None:
        """Put what `grown` made into the frame, which stays the same object; nothing changes if it is done twice."""
        become(self._frame, ready.whole)
        ready.guard.watch(self._frame)
        self._guard = ready.guard
        for kind, field in self.fields.items():
            field.become(ready.fields[kind])

    @contextmanager
    def new_labels(self) -> Iterator[None]:
        """Forget the labels that are new in here if no row has got one: it failed, or changed nothing."""
        marks = [(field.labels, field.labels.mark()) for field in self.fields.values()]
        try:
            yield
        finally:
            for labels, mark in marks:
                labels.forget(mark)

    def prepare(self, plans: Sequence[Plan]) -> list[Cells]:
        """Make the values that are to be written; nothing is changed yet, and what can go wrong goes wrong here."""
        return [field.prepare(rows, codes) for field, rows, codes in plans]

    def commit(self, prepared: Sequence[Cells]) -> None:
        """Put prepared values into the frame: all of them or none."""
        before = [
            (cells.field.prepare(cells.rows, cells.field.labels.codes[cells.rows]), cells.field.dtype, cells.field.made)
            for cells in prepared
        ]
        try:
            for cells in prepared:
                cells.commit()
        except BaseException:
            for cells, dtype, made in before:
                cells.field.withdraw(cells, dtype, made)
            raise
