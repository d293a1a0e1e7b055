"""The ground truth in a table of matched boxes: which rows speak of an annotation.

A row of `detection.match` is a detection or a truth that was missed. `category` is what is in *its* box: of a detection
what the detector said, which nobody corrects. The class of the truth that a detection was compared with is in
`matched_category`, and an annotation may be spoken of in many rows: its true positive, duplicates, boxes of a wrong
class. So a class that is corrected is written to `matched_category` of all detections that were compared with this
annotation, and to `category` of its own row where it was missed: `edits/truths.py` does so. `outcome` and `iou` are
left: they are what `match` found, of before the correction.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["CLASS", "MATCHED_CLASS", "OUTCOME", "holds_matches", "missed", "truth_codes"]

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


def truth_codes(df: pd.DataFrame) -> np.ndarray:
    """Return which annotation each row of `detection.match` speaks of, int64 (n,): alike for the same; -1: of none.

    Examples
    --------
    >>> truth_codes(pd.DataFrame({"image_id": [1, 1, 2, 2], "annotation": [0, 0, 0, None]})).tolist()
    [0, 0, 1, -1]
    """
    key = "annotation" if "annotation" in df else "annotation_id"  # tables of before had ids only
    codes = pd.factorize(df[key])[0].astype(np.int64)
    if "image_id" in df:
        images = pd.factorize(df["image_id"])[0]
        codes = np.where(codes < 0, -1, codes * (images.max(initial=0) + 1) + images)
    return codes
