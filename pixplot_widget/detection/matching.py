"""Matching detections with the truth as COCO does, and saying of each what it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..images.remote import is_url
from ..values import text_column
from .coco import Detections, Truth, read_detections, read_truth
from .report import ATTRIBUTE, BEFORE, Problem, Report

__all__ = ["OUTCOMES", "WRONG", "match"]

WRONG = ("wrong class", "poor box", "wrong class and box", "duplicate", "background")
OUTCOMES = ("true positive", *WRONG, "missed")
IGNORED = "ignored"
_CODE = {name: code for code, name in enumerate((*OUTCOMES, IGNORED))}

PAIRS = 4_000_000
"""So many pairs of boxes are compared at once: about 300 MB."""


def match(
    ground_truth: Any,
    detections: Any,
    image_dir: str | os.PathLike | None = None,
    iou: float = 0.5,
    poor_iou: float = 0.1,
    *,
    class_agnostic: bool = False,
    max_detections: int | None = None,
    keep_ignored: bool = False,
) -> pd.DataFrame:
    """Match detections with a ground truth: one row a box, with what became of it.

    Parameters
    ----------
    ground_truth : dict, str or path
        COCO instances, or the path of a JSON file with them. `from_yolo` and `from_voc` make them of other formats.
    detections : list, dict, str or path
        COCO results (a list, with the ids of the truth), or a COCO dict with `images` and `categories` of its own,
        which are matched by file name and category name; or a path. Where results have a `file_name`, as those of
        ultralytics do, it says which image is meant, not the id beside it. `from_torchvision` makes them of tensors.
    image_dir : path, optional
        Where the images are: `filename` begins with it, and images that are not there are reported.
    iou : float
        Intersection over union from which a box is right, above 0 and up to 1.
    poor_iou : float
        Below this a detection is background.
    class_agnostic : bool
        Let a box be right whatever its class.
    max_detections : int, optional
        Look at so many detections of a class in an image, those of the highest scores (COCO's own evaluation: 100).
    keep_ignored : bool
        Keep detections on crowd and `ignore` regions, as outcome "ignored"; they are neither right nor wrong.

    Returns
    -------
    pandas.DataFrame
        One row a detection, and one a missed truth, image by image:

        - `filename`; `x`, `y`, `width`, `height` in px; `category`; `score` (NaN for a missed truth)
        - `iou`: with the truth that the outcome speaks of; of background and of a missed truth the best there is
        - `outcome`: "true positive", "wrong class", "poor box", "wrong class and box", "duplicate", "background" or
          "missed", in the taxonomy of TIDE (Bolya et al., ECCV 2020) and its order
        - `matched_category`, `matched_x`, `matched_y`, `matched_width`, `matched_height`: the truth that the outcome of
          a detection speaks of; missing for background, and for a missed truth
        - `image_id`, `annotation_id` (of that truth, or of the missed one; missing where it has none)
        - `annotation` (that truth's place in the list of annotations, from 0, which tells annotations of one id apart),
          `detection` (place in the list given)

        `problems(boxes)` lists what was wrong with boxes and images.

        Corrections do not change `outcome` and `iou`: they are what was found here. Match anew for those of corrected
        truths: ``match(to_coco(boxes, ground_truth), detections)``.

    Raises
    ------
    ValueError
        If an argument is out of range, the truth or the detections are not what they should be, or not one of its
        annotations, or not one of them, can be used.

    Notes
    -----
    Ids are compared by value; an id as text, "7", is 7 where there is no "7". The box of an annotation or a result that
    has a `segmentation` and no `bbox` is the one around it.

    Per image and class, detections take truths by falling score, each the one it overlaps most of those not yet taken
    (of several alike the last, as in pycocotools). Crowd and `ignore` regions are taken last, by any number; the
    overlap with a crowd is the share of the detection that lies in it.

    Examples
    --------
    >>> truth = {
    ...     "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 100}],
    ...     "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    ...     "annotations": [
    ...         {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 40, 40]},
    ...         {"id": 2, "image_id": 1, "category_id": 2, "bbox": [50, 50, 40, 40]},
    ...     ],
    ... }
    >>> found = [
    ...     {"image_id": 1, "category_id": 1, "bbox": [0, 0, 40, 38], "score": 0.9},
    ...     {"image_id": 1, "category_id": 1, "bbox": [50, 50, 40, 40], "score": 0.8},
    ... ]
    >>> boxes = match(truth, found)
    >>> boxes[["category", "outcome", "matched_category"]].values.tolist()
    [['cat', 'true positive', 'cat'], ['cat', 'wrong class', 'dog'], ['dog', 'missed', nan]]
    """
    if not 0 < iou <= 1:
        raise ValueError(f"iou must be above 0 and up to 1, not {iou}")
    if not 0 <= poor_iou <= iou:
        raise ValueError(f"poor_iou must be from 0 to iou ({iou}), not {poor_iou}")
    if max_detections is not None and max_detections < 1:
        raise ValueError(f"max_detections must be 1 or more, not {max_detections}")
    truth = read_truth(ground_truth)
    found = read_detections(detections, truth)
    if max_detections is not None:
        found = _highest(found, max_detections)
    rows = _outcomes(truth, found, iou, poor_iou, class_agnostic)
    boxes = _table(truth, found, rows, image_dir, keep_ignored)
    reported = [*truth.problems, *found.problems, *_missing_files(truth, image_dir)]
    classes = np.full(int(truth.number.max(initial=-1)) + 1, None, dtype=object)
    classes[truth.number] = _with_none(truth.names)[truth.category]
    boxes.attrs = {ATTRIBUTE: Report(reported), BEFORE: Report(classes), "iou": iou, "class_agnostic": class_agnostic}
    return boxes


class _Rows(NamedTuple):
    """What became of the detections and of the truths.

    `outcome` int64 (k,) of `_CODE`, `truth` int64 (k,) (-1: none) and `iou` of each detection; of each truth whether
    it is `taken`, and the `best_iou` of any detection with it.
    """

    outcome: np.ndarray
    truth: np.ndarray
    iou: np.ndarray
    taken: np.ndarray
    best_iou: np.ndarray


class _Pairs(NamedTuple):
    """Overlapping boxes of one image: detection, truth, and their intersection over union."""

    detection: np.ndarray
    truth: np.ndarray
    iou: np.ndarray


def _highest(found: Detections, most: int) -> Detections:
    order = np.argsort(-found.scores, kind="stable")
    group = pd.Series(list(zip(found.image[order], found.category[order], strict=True)), dtype=object)
    kept = np.sort(order[group.groupby(group).cumcount().to_numpy() < most])
    arrays = (found.number, found.image, found.category, found.boxes, found.scores)
    return Detections(*(array[kept] for array in arrays), found.problems)


def _outcomes(truth: Truth, found: Detections, iou: float, poor_iou: float, class_agnostic: bool) -> _Rows:
    count, total = len(found.scores), len(truth.image)
    rows = _Rows(
        np.full(count, _CODE["background"]),
        np.full(count, -1),
        np.zeros(count),
        np.zeros(total, dtype=bool),
        np.zeros(total),
    )
    rank = np.empty(count, dtype=np.int64)
    # Of equal scores the lower class comes first, then the earlier box: pycocotools' order where classes are ignored.
    rank[np.lexsort([found.category, -found.scores])] = np.arange(count)
    for pairs in _overlaps(truth, found):
        same = (found.category[pairs.detection] == truth.category[pairs.truth]) | class_agnostic
        _take(pairs, same, truth, rank, iou, rows)
        real = ~truth.ignored[pairs.truth]
        pairs, same = _Pairs(*(values[real] for values in pairs)), same[real]
        _explain(pairs, same, iou, poor_iou, rows)
        seen, best = _largest(pairs.truth, pairs.iou, total)
        rows.best_iou[seen] = pairs.iou[best]
    return rows


def _overlaps(truth: Truth, found: Detections) -> Iterator[_Pairs]:
    """Compare every detection with every truth of its image, some images at a time."""
    images = len(truth.files)
    by_image, of_image = np.argsort(found.image, kind="stable"), np.argsort(truth.image, kind="stable")
    detections, truths = (np.bincount(where, minlength=images) for where in (found.image, truth.image))
    first_detection, first_truth = np.cumsum(detections) - detections, np.cumsum(truths) - truths
    part = np.cumsum(detections * truths) // PAIRS
    for number in np.unique(part):
        chosen = np.flatnonzero(part == number)
        # Each detection of these images as often as its image has truths, and those truths in turn.
        mine = by_image[_ranges(first_detection[chosen], detections[chosen])]
        repeats = truths[found.image[mine]]
        detection = np.repeat(mine, repeats)
        other = of_image[_ranges(first_truth[found.image[mine]], repeats)]
        overlap = _iou(found.boxes[detection], truth.boxes[other], truth.crowd[other])
        touching = overlap > 0
        yield _Pairs(detection[touching], other[touching], overlap[touching])


def _ranges(start: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return start[0], start[0] + 1, ..., then those of start[1], ...: `length` numbers of each."""
    ends = np.cumsum(length)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - ends + length, length)


def _iou(a: np.ndarray, b: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Return the intersection over union of pairs of boxes; of a crowd, the intersection over the detection `a`."""
    with np.errstate(over="ignore", invalid="ignore"):  # sides of 1e300 px overlap nothing
        low = np.maximum(a[:, :2], b[:, :2])
        high = np.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:])
        sides = np.clip(high - low, 0, None)
        shared = sides[:, 0] * sides[:, 1]
        area_a, area_b = a[:, 2] * a[:, 3], b[:, 2] * b[:, 3]
        union = np.where(crowd, area_a, area_a + area_b - shared)
    return np.divide(shared, union, out=np.zeros(len(a)), where=(union > 0) & (shared > 0))


def _take(pairs: _Pairs, same: np.ndarray, truth: Truth, rank: np.ndarray, iou: float, rows: _Rows) -> None:
    """Let detections take truths of their class by falling score."""
    chosen = np.flatnonzero(same & (pairs.iou >= min(iou, 1 - 1e-10)))
    detection, other, overlap = (values[chosen] for values in pairs)
    order = np.lexsort([-other, -overlap, truth.ignored[other], rank[detection]])
    taken, ignored = set(), truth.ignored[other[order]].tolist()
    matched: dict[int, int] = {}
    for d, t, free in zip(detection[order].tolist(), other[order].tolist(), ignored, strict=True):
        if d not in matched and t not in taken:
            matched[d] = t
            if not free:
                taken.add(t)
    rows.taken[list(taken)] = True
    hit = np.array([matched.get(d) == t for d, t in zip(detection.tolist(), other.tolist(), strict=True)], dtype=bool)
    detection, other = detection[hit], other[hit]
    rows.truth[detection], rows.iou[detection] = other, overlap[hit]
    rows.outcome[detection] = np.where(truth.ignored[other], _CODE[IGNORED], _CODE["true positive"])


def _explain(pairs: _Pairs, same: np.ndarray, iou: float, poor_iou: float, rows: _Rows) -> None:
    """Say what the detections that took nothing did wrong: the first that applies, in TIDE's order."""
    wrong = rows.outcome[pairs.detection] == _CODE["background"]
    pairs, same = _Pairs(*(values[wrong] for values in pairs)), same[wrong]
    total = len(rows.outcome)
    right_box = pairs.iou >= min(iou, 1 - 1e-10)
    # It is the best overlap with its own class that must be poor: one that is good enough was taken before.
    own = np.zeros(total)
    np.maximum.at(own, pairs.detection[same], pairs.iou[same])
    poor = (own >= poor_iou) & (own < min(iou, 1 - 1e-10))
    rules = (
        ("poor box", same & poor[pairs.detection]),
        ("wrong class", ~same & right_box),
        ("duplicate", same & right_box),
        ("wrong class and box", pairs.iou >= poor_iou),
        ("background", np.ones(len(same), dtype=bool)),
    )
    for name, applies in reversed(rules):  # each overrules those after it
        chosen = _Pairs(*(values[applies] for values in pairs))
        detection, best = _largest(chosen.detection, chosen.iou, total)
        rows.outcome[detection], rows.iou[detection] = _CODE[name], chosen.iou[best]
        rows.truth[detection] = -1 if name == "background" else chosen.truth[best]


def _largest(group: np.ndarray, value: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the groups that occur, and where the largest value of each is."""
    order = np.argsort(value, kind="stable")
    where = np.full(groups, -1)
    where[group[order]] = order
    present = np.flatnonzero(where >= 0)
    return present, where[present]


def _table(
    truth: Truth, found: Detections, rows: _Rows, image_dir: str | os.PathLike | None, keep_ignored: bool
) -> pd.DataFrame:
    shown = np.flatnonzero((rows.outcome != _CODE[IGNORED]) | keep_ignored)
    missed = np.flatnonzero(~rows.taken & ~truth.ignored)
    none, nan = np.full(len(missed), -1), np.full(len(missed), np.nan)
    image = np.concatenate([found.image[shown], truth.image[missed]])
    own = np.concatenate([found.boxes[shown], truth.boxes[missed]]).reshape(-1, 4)
    category = np.concatenate([found.category[shown], truth.category[missed]])
    matched = np.concatenate([rows.truth[shown], none])
    # One more of each, for -1: no truth.
    other = np.concatenate([truth.boxes, np.full((1, 4), np.nan)])[matched]
    other_category = np.append(truth.category, -1)[matched]
    names, ids, numbers = (_with_none(values) for values in (truth.names, truth.ids, truth.number.tolist()))
    annotation = np.concatenate([rows.truth[shown], missed])
    files = np.array(
        [file if image_dir is None else os.path.join(image_dir, file) for file in truth.files], dtype=object
    )
    outcome = np.concatenate([rows.outcome[shown], np.full(len(missed), _CODE["missed"])])
    frame = pd.DataFrame(
        {
            "filename": text_column(files[image]),
            **_columns(own, ""),
            "category": text_column(names[category]),
            "score": np.concatenate([found.scores[shown], nan]),
            "iou": np.concatenate([rows.iou[shown], rows.best_iou[missed]]),
            "outcome": np.array(list(_CODE), dtype=object)[outcome],
            "matched_category": text_column(names[other_category]),
            "image_id": _ids([truth.image_ids[place] for place in image.tolist()]),
            "annotation_id": _ids(ids[annotation], "Int64"),
            "annotation": _ids(numbers[annotation], "Int64"),
            "detection": _ids([*found.number[shown].tolist(), *[None] * len(missed)], "Int64"),
            **_columns(other, "matched_"),
        }
    )
    return frame.iloc[np.argsort(image, kind="stable")].reset_index(drop=True)


def _columns(boxes: np.ndarray, prefix: str) -> dict[str, np.ndarray]:
    return {f"{prefix}{name}": boxes[:, i] for i, name in enumerate(("x", "y", "width", "height"))}


def _with_none(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values) + 1, dtype=object)
    array[:-1] = values
    return array


def _ids(values: Iterable[Any], whole: str = "int64") -> pd.Series:
    """Return ids in the dtype `whole` if they fit it, else as they are: hashes and text are exact too."""
    values = list(values)
    fits = all(value is None or (isinstance(value, int) and -(2**63) <= value < 2**63) for value in values)
    return pd.Series(values, dtype=whole if fits else object)


def _missing_files(truth: Truth, image_dir: str | os.PathLike | None) -> list[Problem]:
    """Report images that are not there. Whether a URL is, its server knows: `PixPlot` says so when it reads it."""
    if image_dir is None:
        return []
    paths = [os.path.join(image_dir, file) for file in truth.files]
    return [
        Problem("image", number, truth.files[number], f"there is no file {path!r}", True)
        for number, path in enumerate(paths)
        if not is_url(path) and not os.path.exists(os.path.expanduser(path))
    ]
