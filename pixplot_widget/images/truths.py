"""The ground truth in a table of matched boxes: which rows speak of an annotation, and how its class is corrected.

A row of `detection.match` is a detection or a truth that was missed. `category` is what is in *its* box: of a detection
what the detector said, which nobody corrects. The class of the truth that a detection was compared with is in
`matched_category`, and an annotation may be spoken of in many rows: its true positive, duplicates, boxes of a wrong
class. So a class that is corrected is written to `matched_category` of all detections that were compared with this
annotation, and to `category` of its own row where it was missed. `outcome` and `iou` are left: they are what
`match` found, of before the correction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import EditError
from ..rows import to_positions

__all__ = ["CLASS", "MATCHED_CLASS", "OUTCOME", "corrections", "holds_matches", "missed", "same_truth"]

CLASS = "category"
"""The column that says what is in a box."""

MATCHED_CLASS = "matched_category"
OUTCOME = "outcome"
MATCHED = ("matched_x", "matched_y", "matched_width", "matched_height")


def holds_matches(df: pd.DataFrame) -> bool:
    """Tell whether a frame has the columns of `detection.match`.

    Examples
    --------
    >>> holds_matches(pd.DataFrame({"outcome": ["good"], "category": ["cat"]}))
    False
    """
    return {OUTCOME, "annotation_id", CLASS, MATCHED_CLASS, *MATCHED} <= set(df.columns)


def missed(df: pd.DataFrame) -> np.ndarray:
    """Tell which rows of `detection.match` are truths that were missed, bool (n,)."""
    if "detection" in df:
        return df["detection"].isna().to_numpy()
    return (df[OUTCOME] == "missed").to_numpy(dtype=bool, na_value=False)


def same_truth(df: pd.DataFrame, row: int) -> np.ndarray:
    """Return the rows that speak of the same annotation as one does, int64 (k,); none where it speaks of none."""
    # tables of before had ids only
    key = "annotation" if "annotation" in df else "annotation_id"
    if pd.isna(df[key].iloc[row]):
        return np.zeros(0, dtype=np.int64)
    same = np.ones(len(df), dtype=bool)
    for column in (key, "image_id"):
        if column in df:
            same &= (df[column] == df[column].iloc[row]).to_numpy(dtype=bool, na_value=False)
    return np.flatnonzero(same)


def corrections(df: pd.DataFrame, rows: Any, name: Any) -> dict[str, tuple[np.ndarray, Any]]:
    """Return what is to be written so that the truths that rows speak of get a class.

    Parameters
    ----------
    df : pandas.DataFrame
        From `detection.match`.
    rows : rows
        Those without a truth, such as background, are left.
    name : object
        The class.

    Returns
    -------
    dict
        Rows, int64 (k,), and the class: "truth", of detections, whose `matched_category` it is; and "missed", whose
        `category` it is.

    Raises
    ------
    EditError
        None of the rows has a truth, or no class is given.
    """
    positions = to_positions(df, rows)
    if not isinstance(name, str) or not name.strip():
        raise EditError("an annotation has a class; to take the annotation away, flag it")
    found = [same_truth(df, row) for row in positions.tolist()]
    every = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))
    if not len(every):
        raise EditError(
            "there is no ground truth to correct: these detections were compared with no annotation, and their own "
            "class is what the detector said"
        )
    alone = missed(df)[every]
    parts = {"truth": every[~alone], "missed": every[alone]}
    return {kind: (part, name) for kind, part in parts.items() if len(part)}
