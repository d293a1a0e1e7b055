"""Counts, precision, recall and average precision of a table of matched boxes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from .matching import WRONG
from .report import BEFORE

__all__ = ["summary"]

ALL = "all classes"
RECALLS = np.linspace(0, 1, 101)
"""Where COCO reads the precision off, and takes the mean."""


def summary(boxes: pd.DataFrame) -> pd.DataFrame:
    """Count the outcomes of each class.

    Parameters
    ----------
    boxes : pandas.DataFrame
        From `match`, or some of its rows, at the IoU it was made with.

    Returns
    -------
    pandas.DataFrame
        Indexed by category, those with most truths first, and "all classes" last: `truths`, `detections`,
        `true positive`, `false positive`, one column for each way of being wrong, `missed`; `precision`, `recall` and
        `ap`, NaN where there is nothing to divide by. `ap` is COCO's average precision, the mean of the highest
        precision at or beyond each of 101 recalls; for all classes the mean over those that have truths.
        Boxes that were matched whatever their class are counted in one row.

    Warns
    -----
    UserWarning
        If classes of truths were corrected since the boxes were matched: what is counted is of before.

    Raises
    ------
    KeyError
        If a column of `match` is not there.

    Examples
    --------
    >>> boxes = pd.DataFrame(
    ...     {
    ...         "category": ["cat", "cat", "cat"],
    ...         "score": [0.9, 0.8, None],
    ...         "outcome": ["true positive", "background", "missed"],
    ...     }
    ... )
    >>> summary(boxes).loc["cat", ["truths", "false positive", "precision", "recall", "ap"]].tolist()
    [2.0, 1.0, 0.5, 0.5, 0.504950495049505]
    """
    for column in ("category", "score", "outcome"):
        if column not in boxes:
            raise KeyError(f"boxes have no column {column!r}; match(...) makes one")
    if corrected := _corrected(boxes):
        warnings.warn(
            f"{corrected} {'truth has' if corrected == 1 else 'truths have'} another class since these boxes were "
            "matched: the counts are of before; match(to_coco(boxes, ground_truth), detections) gives those of now",
            stacklevel=2,
        )
    boxes = _in_order(boxes[boxes["outcome"] != "ignored"])
    everything = _counts(boxes)
    if boxes.attrs.get("class_agnostic"):
        everything["ap"] = _average_precision(boxes, everything["truths"])
        return pd.DataFrame([everything], index=pd.Index([ALL], name="category"))
    rows = {}
    for name, group in boxes.groupby("category", sort=True, observed=True):
        rows[name] = _counts(group)
        rows[name]["ap"] = _average_precision(group, rows[name]["truths"])
    aps = np.array([row["ap"] for row in rows.values()], dtype=float)
    everything["ap"] = float(np.nanmean(aps)) if np.isfinite(aps).any() else np.nan
    names = sorted(rows, key=lambda name: -rows[name]["truths"])
    table = [*(rows[name] for name in names), everything]
    return pd.DataFrame(table, index=pd.Index([*names, ALL], name="category"))


def _in_order(boxes: pd.DataFrame) -> pd.DataFrame:
    """Sort by falling score; of equal ones by image, class and place in the list of detections, as pycocotools does."""
    keys = [key for key in ("image_id", "category", "detection") if key in boxes]
    if keys:
        boxes = boxes.sort_values(keys, kind="stable", key=_comparable)
    return boxes.sort_values("score", ascending=False, kind="stable", na_position="last")


def _corrected(boxes: pd.DataFrame) -> int:
    """Count the annotations whose class is another one than when they were matched, as far as that is known."""
    before = boxes.attrs.get(BEFORE)
    if before is None or not {"annotation", "detection", "matched_category"} <= set(boxes.columns):
        return 0
    told = boxes[boxes["annotation"].notna()]
    places = told["annotation"].to_numpy(dtype=np.int64)
    now = told["category"].astype(object).where(told["detection"].isna(), told["matched_category"]).to_numpy()
    return len({place for place, name in zip(places.tolist(), now, strict=True) if before[place] != name})


def _comparable(column: pd.Series) -> pd.Series:
    """Give ids that are numbers and text by turns, which Python does not compare, an order: numbers first."""
    if column.dtype != object:
        return column
    order = sorted(set(column.dropna()), key=lambda value: (isinstance(value, str), value))
    return column.map({value: place for place, value in enumerate(order)})


def _counts(boxes: pd.DataFrame) -> dict[str, float]:
    counts = boxes["outcome"].value_counts()
    number = {name: int(counts.get(name, 0)) for name in ("true positive", *WRONG, "missed")}
    wrong = sum(number[name] for name in WRONG)
    truths = number["true positive"] + number["missed"]
    detections = number["true positive"] + wrong
    return {
        "truths": truths,
        "detections": detections,
        "true positive": number["true positive"],
        "false positive": wrong,
        **{name: number[name] for name in (*WRONG, "missed")},
        "precision": number["true positive"] / detections if detections else np.nan,
        "recall": number["true positive"] / truths if truths else np.nan,
    }


def _average_precision(boxes: pd.DataFrame, truths: float) -> float:
    """Return COCO's average precision of boxes in order of falling score."""
    if not truths:
        return np.nan
    right = (boxes["outcome"][boxes["outcome"] != "missed"] == "true positive").to_numpy()
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(hits / truths, RECALLS, side="left")
    return float(np.append(best, 0.0)[np.minimum(at, len(best))].mean())
