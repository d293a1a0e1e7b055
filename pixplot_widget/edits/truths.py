"""Classes of truths, of which many rows of `detection.match` may speak: whoever writes one of them writes all of them.

Whatever way it comes, from a page, from code, as a patch or by `revert`: see `images/truths.py` for what the columns
hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import EditError
from ..images.truths import CLASS, MATCHED_CLASS, missed, truth_codes
from .fields import Field

__all__ = ["Truths"]


class Truths:
    """Which rows of a frame speak of the same truth.

    Parameters
    ----------
    df : pandas.DataFrame
        From `detection.match`.
    fields : mapping
        Kind to field.

    Examples
    --------
    >>> df = pd.DataFrame({"annotation": [0, 0, None], "detection": [0, None, 1], "category": ["cat", "dog", "owl"]})
    >>> df["matched_category"] = ["dog", None, None]
    >>> fields = {"label": Field(df, "label", "category"), "truth": Field(df, "truth", "matched_category")}
    >>> made = Truths(df, fields).spread({"truth": (np.array([0]), ["fox"])})
    >>> {kind: (rows.tolist(), values) for kind, (rows, values) in made.items()}
    {'truth': ([0], ['fox']), 'label': ([1], ['fox'])}
    """

    def __init__(self, df: pd.DataFrame, fields: Mapping[str, Field]) -> None:
        self._codes = truth_codes(df)
        self._missed = missed(df)
        self._own = "class" if "class" in fields else "label" if fields["label"].column == CLASS else None

    def refusal(self, kind: str, row: int, value: Any) -> str:
        """Say why a value cannot be given to a row, in words; "" where it can."""
        if kind == "class" and not self._missed[row]:
            return (
                f"row {row} is a detection, and its {CLASS!r} is what the detector said; "
                f"the class of its truth is {MATCHED_CLASS!r}"
            )
        if kind in ("class", "truth") and self._codes[row] < 0:
            return (
                "there is no ground truth to correct: these detections were compared with no annotation, and their own "
                "class is what the detector said"
            )
        if kind in ("class", "truth") and not (isinstance(value, str) and value.strip()):
            return "an annotation has a class; to take the annotation away, flag it"
        return ""

    def concerns(self, kind: str, rows: np.ndarray) -> bool:
        """Whether giving rows a value of this kind may give a truth its class."""
        return kind in ("class", "truth") or (kind == self._own and bool(self._missed[rows].any()))

    def spread(self, edits: Mapping[str, tuple[np.ndarray, list[Any]]]) -> dict[str, tuple[np.ndarray, list[Any]]]:
        """Give all that edits write: classes of truths in all rows that speak of them; the last one counts.

        Parameters
        ----------
        edits : mapping
            Kind to rows, int64 (k,), and a value for each. Those that are refused are left, if others are not.

        Raises
        ------
        EditError
            All classes of truths are refused: with why.
        """
        made: dict[str, dict[int, Any]] = {}
        classes: dict[int, Any] = {}
        refusals = []
        for kind, (rows, values) in edits.items():
            for row, value in zip(rows.tolist(), values, strict=True):
                if kind not in ("class", "truth"):
                    made.setdefault(kind, {})[row] = value
                if reason := self.refusal(kind, row, value):
                    refusals.append(reason)
                elif kind in ("class", "truth") or (
                    kind == self._own and self._missed[row] and self._codes[row] >= 0 and isinstance(value, str)
                ):
                    classes[int(self._codes[row])] = value
        if refusals and not classes:
            raise EditError(refusals[0])
        for row in np.flatnonzero(np.isin(self._codes, list(classes))).tolist():
            kind = self._own if self._missed[row] else "truth"
            if kind is not None:
                made.setdefault(kind, {})[row] = classes[int(self._codes[row])]
        return {kind: (np.array(list(each), dtype=np.int64), list(each.values())) for kind, each in made.items()}

    def together(self, kind: str, rows: np.ndarray) -> np.ndarray:
        """Give rows, and those in which a column of this kind holds the class of the same truths: int64, ascending."""
        if kind not in ("truth", self._own):
            return rows
        codes = self._codes[rows]
        same = np.isin(self._codes, codes[codes >= 0]) & (self._missed == (kind != "truth"))
        return np.union1d(rows, np.flatnonzero(same))
