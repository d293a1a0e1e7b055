"""Boxes that lie in one picture: what else is in the picture of a row, and what is known of each box.

Any frame with box columns has these. Columns of the names that `detection.match` gives say more: `category` what is in
a box, `score` how sure a detector was, `outcome` and `iou` what became of it, `matched_*` and `annotation_id` the
ground truth that it was compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .image_rows import Images
from .truths import CLASS, MATCHED, MATCHED_CLASS, OUTCOME, holds_matches, missed, truth_codes

__all__ = ["Boxes", "Scene"]

TRUTHS = ("true positive", "missed")
"""Outcomes of the row that stands for an annotation: its detection, or itself."""

MOST = 300
"""So many boxes of one picture, the nearest ones: more are a thicket."""


class Scene(NamedTuple):
    """The boxes of one picture, as seen from one of them.

    Attributes
    ----------
    picture : int
        The first row that shows this picture: the same number for all its boxes.
    total : int
        How many boxes it has.
    rows : numpy.ndarray
        int32 (k,): the rows, the one that was asked for first, then the nearest; at most `MOST`.
    boxes : numpy.ndarray
        float32 (k, 4): x, y, width, height in px of the upright picture.
    names, notes : list of str
        What is in each and how sure the detector was; what became of it.
    truth : numpy.ndarray
        float32 (4,) of the ground truth that the first row was compared with, or (0,).
    truth_name : str
        What that is.
    truth_row : int
        The row that stands for the truth, its true positive or itself: by it the truth's class can be corrected, and
        it is flagged if the truth is wrong; -1 if there is none.
    """

    picture: int
    total: int
    rows: np.ndarray
    boxes: np.ndarray
    names: list[str]
    notes: list[str]
    truth: np.ndarray
    truth_name: str
    truth_row: int


class Boxes:
    """The boxes of a frame by picture.

    Parameters
    ----------
    images : Images
        With boxes.
    df : callable
        Gives the frame as it is now.
    label : column name
        The label column: what is in a box, where the frame has no column `category`.
    corrected : callable, optional
        Gives the rows of truths whose class was corrected since they were matched, bool (n,).

    Examples
    --------
    >>> df = pd.DataFrame({"filename": ["a.jpg"] * 2, "category": ["cat", "dog"], "score": [0.9, None]})
    >>> df[["x", "y", "width", "height"]] = [[0, 0, 4, 4], [2, 2, 4, 4]]
    >>> boxes = Boxes(Images(df, box=("x", "y", "width", "height")), lambda: df, "category")
    >>> boxes.around(1).rows.tolist(), boxes.around(1).names
    ([1, 0], ['dog', 'cat 0.90'])
    """

    def __init__(
        self,
        images: Images,
        df: Callable[[], pd.DataFrame],
        label: Any,
        corrected: Callable[[], np.ndarray] | None = None,
    ) -> None:
        self._images = images
        self._df = df
        self._label = label
        self._corrected = corrected or (lambda: np.zeros(len(df()), dtype=bool))

    def around(self, row: int) -> Scene:
        """Return the boxes of the picture that a row is cut from.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        df = self._df()
        if not 0 <= row < len(df):
            raise IndexError(f"there is no row {row}; there are {len(df)}")
        together = self._images.together(row)
        corners = [self._images.box(each) or (np.nan,) * 4 for each in together.tolist()]
        there = np.isfinite(corners).all(axis=1)
        boxed, boxes = together[there], np.array(corners, dtype=np.float64)[there]
        own = self._images.box(row)
        order = np.argsort(_distances(boxes, own) - 2 * (boxed == row), kind="stable")[:MOST]
        rows = boxed[order]
        part = df.iloc[rows]
        truth, truth_row = self._truth(df, row, own, together)
        named = df.iloc[truth_row if truth_row >= 0 else row]
        column = CLASS if truth_row >= 0 and self.is_missed(truth_row) else MATCHED_CLASS
        return Scene(
            picture=int(together[0]),
            total=len(boxed),
            rows=rows.astype(np.int32),
            boxes=boxes[order].astype(np.float32),
            names=self._names(part),
            notes=_notes(part, self._corrected()[rows]),
            truth=truth.astype(np.float32),
            truth_name=_text(named.get(column)) if len(truth) else "",
            truth_row=truth_row,
        )

    def is_missed(self, row: int) -> bool:
        """Tell whether a row is a truth that was missed."""
        return holds_matches(self._df()) and bool(missed(self._df().iloc[[row]])[0])

    def _names(self, part: pd.DataFrame) -> list[str]:
        column = CLASS if CLASS in part else self._label
        scores = _numbers(part, "score")
        return [
            f"{_text(name)} {score:.2f}".strip() if np.isfinite(score) else _text(name)
            for name, score in zip(part[column], scores, strict=True)
        ]

    def _truth(
        self, df: pd.DataFrame, row: int, own: tuple[float, ...] | None, together: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the box of the truth that a row speaks of, and the row that stands for it."""
        if own is None or not holds_matches(df):
            return np.zeros(0), -1
        if self.is_missed(row):
            return np.array(own), row
        truth = np.array([_numbers(df.iloc[[row]], column)[0] for column in MATCHED])
        if not np.isfinite(truth).all():
            return np.zeros(0), -1
        # Where any class is right, a detection's class says nothing of its truth.
        standing = TRUTHS[1:] if df.attrs.get("class_agnostic") else TRUTHS
        part = df.iloc[together]
        codes = truth_codes(part)
        same = (codes == codes[together == row]) & (codes >= 0)
        stands = together[same & (part[OUTCOME].isin(standing).to_numpy() | missed(part))]
        return truth, int(stands[0]) if len(stands) else -1


def _distances(boxes: np.ndarray, own: tuple[float, ...] | None) -> np.ndarray:
    """Return how far the middles of boxes are from that of one of them, relative to the farthest: from 0 to 1."""
    if own is None or not np.isfinite(own).all() or not len(boxes):
        return np.arange(len(boxes)) / max(1, len(boxes))
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    far = np.hypot(*(middles - (np.array(own[:2]) + np.array(own[2:]) / 2)).T)
    return far / max(far.max(), 1e-9)


def _notes(part: pd.DataFrame, corrected: np.ndarray) -> list[str]:
    if OUTCOME not in part:
        return [""] * len(part)
    ious = _numbers(part, "iou")
    return [
        (f"{_text(outcome)}, IoU {iou:.2f}" if np.isfinite(iou) and iou > 0 else _text(outcome))
        + (", before the correction of its truth" if since else "")
        for outcome, iou, since in zip(part[OUTCOME], ious, corrected.tolist(), strict=True)
    ]


def _numbers(part: pd.DataFrame, column: str) -> np.ndarray:
    if column not in part or not pd.api.types.is_numeric_dtype(part[column]):
        return np.full(len(part), np.nan)
    return part[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _text(value: Any) -> str:
    return "" if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else str(value)
