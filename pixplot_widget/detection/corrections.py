"""Corrections made on boxes, written back into the COCO ground truth they came from."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from .coco import load, read_truth

__all__ = ["to_coco"]

STANDS_FOR_TRUTH = ("true positive", "missed")


def to_coco(
    boxes: pd.DataFrame, ground_truth: Any, path: str | os.PathLike | None = None, *, flag: str = "remove"
) -> dict[str, Any]:
    """Return the ground truth with the corrections made in a table of its boxes.

    Every truth has one row that stands for it: its true positive, or the missed box. A new `category` there is the
    truth's new category, and a flag there takes the annotation away. A new `matched_category`, in any row, is the new
    category of the truth it was matched with. All else stays as it is: ids, order, fields unknown to us, and the file
    that was read.

    Parameters
    ----------
    boxes : pandas.DataFrame
        From `match`, with corrections; rows may be missing.
    ground_truth : dict, str or path
        What was given to `match`.
    path : path, optional
        Where to write it as JSON.
    flag : str
        The boolean column that flagging writes.

    Returns
    -------
    dict
        A new COCO dict. A category that the truth did not have is added at the end, with the next id.

    Raises
    ------
    KeyError
        If a column of `match` is missing, or an annotation is not in the ground truth.
    ValueError
        If two rows give the same truth different categories, or one has none.

    Examples
    --------
    >>> truth = {
    ...     "images": [{"id": 1, "file_name": "a.jpg"}],
    ...     "categories": [{"id": 1, "name": "cat"}],
    ...     "annotations": [{"id": 5, "image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4], "note": "?"}],
    ... }
    >>> from pixplot_widget.detection import match
    >>> boxes = match(truth, [])
    >>> boxes.loc[0, "category"] = "lynx"
    >>> to_coco(boxes, truth)["annotations"]
    [{'id': 5, 'image_id': 1, 'category_id': 2, 'bbox': [0, 0, 4, 4], 'note': '?'}]
    """
    for column in ("annotation_id", "category", "matched_category", "outcome"):
        if column not in boxes:
            raise KeyError(f"boxes have no column {column!r}; match(...) makes one")
    data = load(ground_truth, "ground_truth")
    truth = read_truth(data)
    before = {key: truth.names[category] for key, category in zip(truth.ids, truth.category.tolist(), strict=True)}
    wanted, removed = _corrections(boxes, before, flag)

    corrected = {key: copy.deepcopy(value) for key, value in data.items() if key != "annotations"}
    ids = {name: key for key, name in zip(truth.categories, truth.names, strict=True)}
    for name in dict.fromkeys(wanted.values()):
        if name not in ids:
            ids[name] = _next_id(ids.values())
            corrected["categories"].append({"id": ids[name], "name": name})
    annotations = []
    for place, annotation in enumerate(data["annotations"]):
        key = annotation.get("id", place)
        if key in removed:
            continue
        annotation = copy.deepcopy(annotation)
        if key in wanted:
            annotation["category_id"] = ids[wanted[key]]
        annotations.append(annotation)
    corrected = {key: annotations if key == "annotations" else corrected[key] for key in data}
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(corrected, file, ensure_ascii=False)
    return corrected


def _corrections(boxes: pd.DataFrame, before: Mapping[Any, str], flag: str) -> tuple[dict[Any, str], set[Any]]:
    """Return the new category of each truth that has one, and the truths that are to go."""
    wanted: dict[Any, str] = {}
    removed: set[Any] = set()
    flags = boxes[flag].fillna(False).astype(bool).tolist() if flag in boxes else [False] * len(boxes)
    outcomes = boxes["outcome"].astype(object)
    if "detection" in boxes:  # whatever was written over its outcome, a row without a detection is a missed truth
        outcomes = outcomes.where(boxes["detection"].notna(), "missed")
    boxes = boxes.assign(outcome=outcomes)
    columns = (boxes[name].tolist() for name in ("annotation_id", "outcome", "category", "matched_category"))
    for key, outcome, category, matched, flagged in zip(*columns, flags, strict=True):
        if pd.isna(key):
            continue
        if key not in before:
            raise KeyError(f"annotation {key!r} is not in the ground truth")
        says = [matched] if outcome != "missed" else []
        if outcome in STANDS_FOR_TRUTH:
            if outcome == "missed" or not boxes.attrs.get("class_agnostic"):
                says.append(category)
            if flagged:
                removed.add(key)
        for name in says:
            if pd.isna(name):
                raise ValueError(f"annotation {key!r} has no category left; flag the box to take it away")
            if str(name) == before[key]:
                continue
            if wanted.setdefault(key, str(name)) != str(name):
                raise ValueError(f"annotation {key!r} cannot be both {wanted[key]!r} and {str(name)!r}")
    return wanted, removed


def _next_id(ids: Any) -> Any:
    numbers = [key for key in ids if isinstance(key, int)]
    return max(numbers, default=0) + 1
