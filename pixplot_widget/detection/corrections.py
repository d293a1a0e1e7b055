"""Corrections made on boxes, written back into the COCO ground truth they came from."""

from __future__ import annotations

import copy
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..files import written_aside
from ..rows import some
from .coco import read_truth
from .reading import Places, json_of, number, plain_id, shown, yes_or_no

__all__ = ["to_coco"]

STANDS_FOR_TRUTH = ("true positive", "missed")


def to_coco(
    boxes: pd.DataFrame, ground_truth: Any, path: str | os.PathLike | None = None, *, flag: str = "remove"
) -> dict[str, Any]:
    """Return the ground truth with the corrections made in a table of its boxes.

    A new `matched_category`, in any row of a detection, is the new category of the truth it was matched with; of a
    missed truth it is the new `category` of its row. The `category` of a detection is what the detector said, and
    corrects nothing: where it was changed on a true positive, a warning says so. A flag on the row that stands for a
    truth, its true positive or the missed box, takes the annotation away. All else stays as it is: ids, order, fields
    unknown to us, and the file that was read.

    Annotations are told apart by their place in the list, so that ids may occur twice or be absent.

    Parameters
    ----------
    boxes : pandas.DataFrame
        From `match`, with corrections; rows may be missing.
    ground_truth : dict, str or path
        What was given to `match`.
    path : path, optional
        Where to write it as JSON, aside first: a file that stands there is replaced by a whole one or not at all.
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
        If two rows give the same truth different categories, one has none, or an id that several annotations have is
        all that tells them apart (in a table without the column `annotation`).

    Warns
    -----
    UserWarning
        True positives have another `category` than the truths they were matched with.

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
    data = json_of(ground_truth, "ground_truth")
    truth = read_truth(data)
    before = {place: truth.names[k] for place, k in zip(truth.number.tolist(), truth.category.tolist(), strict=True)}
    wanted, removed = _corrections(boxes, before, _called(data["annotations"]), flag)

    corrected = {key: copy.deepcopy(value) for key, value in data.items() if key != "annotations"}
    ids = {name: key for key, name in zip(truth.categories, truth.names, strict=True)}
    added = []
    for name in dict.fromkeys(wanted.values()):
        if name not in ids:
            ids[name] = _next_id(ids.values(), name)
            added.append({"id": ids[name], "name": name})
    if added:
        corrected["categories"] = [*corrected["categories"], *added]
    annotations = []
    for place, annotation in enumerate(data["annotations"]):
        if place in removed:
            continue
        annotation = copy.deepcopy(annotation)
        if place in wanted:
            annotation["category_id"] = ids[wanted[place]]
        annotations.append(annotation)
    corrected = {key: annotations if key == "annotations" else corrected[key] for key in data}
    if path is not None:
        # Half a character, as names of files may have, is written as JSON escapes it.
        with written_aside(path, "w", errors="backslashreplace") as file:
            json.dump(corrected, file, ensure_ascii=False, default=_as_json)
    return corrected


def _called(annotations: Sequence[Any]) -> list[Any]:
    """Return the id of every annotation, None where it has none."""
    return [plain_id(each.get("id")) if isinstance(each, Mapping) else None for each in annotations]


def _as_json(value: Any) -> Any:
    """Return what code that works on arrays leaves in a dict as JSON has it."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{shown(value)}, a {type(value).__name__}, cannot be written as JSON")


def _annotations(boxes: pd.DataFrame, ids: Sequence[Any]) -> Iterator[int | None]:
    """Return the place of each row's annotation; None where it has none.

    The place in the list is believed where the annotation there still has the row's id; else it is looked for by id.
    """
    places, counts = Places(key for key in ids if key is not None), Counter(key for key in ids if key is not None)
    known = [place for place, key in enumerate(ids) if key is not None]
    keys = boxes["annotation_id"].tolist()
    numbers = boxes["annotation"].tolist() if "annotation" in boxes else [None] * len(boxes)
    for each in zip(keys, numbers, strict=True):
        key, place = (None if pd.isna(value) else plain_id(value) for value in each)
        if key is None and place is None:
            yield None
            continue
        if isinstance(place, int) and 0 <= place < len(ids) and _same(key, ids[place]):
            yield place
            continue
        found = -1 if key is None else places.find(key)
        if found < 0:
            raise KeyError(f"annotation {place if key is None else key!r} is not in the ground truth")
        if counts[ids[known[found]]] > 1:
            raise ValueError(
                f"the ground truth has {counts[ids[known[found]]]} annotations of the id {key!r}, and the boxes do not "
                "say which: their column 'annotation', as match(...) makes it, does"
            )
        yield known[found]


def _same(key: Any, other: Any) -> bool:
    """Tell whether an id is another one, which may have been through a text file or a column of floats."""
    return key == other or str(key) == str(other) or (isinstance(key, int) and key == number(other))


def _corrections(
    boxes: pd.DataFrame, before: Mapping[int, str], ids: Sequence[Any], flag: str
) -> tuple[dict[int, str], set[int]]:
    """Return the new category of each truth that has one, and the truths that are to go, by their places."""
    wanted: dict[int, str] = {}
    removed: set[int] = set()
    said: list[Any] = []
    flags = _flags(boxes[flag]) if flag in boxes else [False] * len(boxes)
    outcomes = boxes["outcome"].astype(object)
    if "detection" in boxes:  # whatever was written over its outcome, a row without a detection is a missed truth
        outcomes = outcomes.where(boxes["detection"].notna(), "missed")
    columns = (outcomes.tolist(), *(boxes[name].tolist() for name in ("category", "matched_category")))
    for place, outcome, category, matched, flagged in zip(_annotations(boxes, ids), *columns, flags, strict=True):
        if place is None:
            continue
        called = f"annotation {place if ids[place] is None else ids[place]!r}"
        if place not in before:
            raise KeyError(f"{called} is not in the ground truth, or cannot be used there")
        name = category if outcome == "missed" else matched
        if outcome in STANDS_FOR_TRUTH and flagged:
            removed.add(place)
        if outcome == "true positive" and not pd.isna(category) and str(category) not in (before[place], str(name)):
            said.append(place if ids[place] is None else ids[place])
        if pd.isna(name):
            raise ValueError(f"{called} has no category left; flag the box to take it away")
        if str(name) == before[place]:
            continue
        if wanted.setdefault(place, str(name)) != str(name):
            raise ValueError(f"{called} cannot be both {wanted[place]!r} and {str(name)!r}")
    if said and not boxes.attrs.get("class_agnostic"):
        warnings.warn(
            "the 'category' of a true positive is what the detector said, and corrects nothing; the class of its truth "
            f"is its 'matched_category'. Not taken over: of the annotations {some(said)}",
            stacklevel=3,
        )
    return wanted, removed


def _flags(column: pd.Series) -> list[bool]:
    """Return a column of flags as bools, also where it has been through a text file."""
    flags = [yes_or_no(None if pd.isna(value) else value) for value in column.tolist()]
    if None in flags:
        odd = shown(column.iloc[flags.index(None)])
        raise ValueError(f"column {column.name!r} is to hold flags, True or False, not {odd}")
    return [bool(flag) for flag in flags]


def _next_id(ids: Any, name: str) -> Any:
    """Return an id that no category has: the next number, or where ids are text the class's name."""
    ids = list(ids)
    numbers = [key for key in ids if not isinstance(key, str)]
    return int(max(numbers, default=0)) + 1 if numbers or not ids else name
