"""COCO files and dicts as arrays: ground truth and detections, and what is wrong with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .naming import Translator
from .outlines import box_around
from .reading import Places, entries, json_of, number, plain_id, shown, yes_or_no
from .report import Problem, reported

__all__ = ["Detections", "Truth", "read_detections", "read_truth"]

SLACK_PX = 0.5
"""A box may reach so far over the edge of its image: rounding, and nothing to report."""


@dataclass
class Truth:
    """A ground truth.

    Attributes
    ----------
    image_ids, files : list
        Of the images, in the order of the file.
    sizes : numpy.ndarray
        float64 (images, 2): width and height in px; NaN where the file does not say.
    categories : dict
        Category id to its place in `names`.
    names : list of str
        Category names, no two alike.
    image, category : numpy.ndarray
        int64 (m,) each: of every box.
    boxes : numpy.ndarray
        float64 (m, 4): x, y, width, height in px.
    number : numpy.ndarray
        int64 (m,): place in the list of annotations, which tells them apart whatever their ids are.
    ids : list
        Annotation ids; None where there is none.
    crowd, ignored : numpy.ndarray
        bool (m,): crowds are also ignored.
    """

    image_ids: list[Any]
    files: list[str]
    sizes: np.ndarray
    categories: dict[Any, int]
    names: list[str]
    image: np.ndarray
    category: np.ndarray
    boxes: np.ndarray
    number: np.ndarray
    ids: list[Any]
    crowd: np.ndarray
    ignored: np.ndarray
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Detections:
    """What a detector found.

    Attributes
    ----------
    number : numpy.ndarray
        int64 (k,): place in the list that was given.
    image, category : numpy.ndarray
        int64 (k,): as in the truth.
    boxes : numpy.ndarray
        float64 (k, 4): x, y, width, height in px.
    scores : numpy.ndarray
        float64 (k,).
    """

    number: np.ndarray
    image: np.ndarray
    category: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    problems: list[Problem] = field(default_factory=list)


def read_truth(ground_truth: Any) -> Truth:
    """Read a COCO ground truth.

    Parameters
    ----------
    ground_truth : dict, str or path
        COCO instances, or the path of a JSON file with them. The box of an annotation without `bbox` is that of its
        `segmentation`.

    Raises
    ------
    ValueError
        If it is something else, or not one of its annotations can be used.
    """
    data = json_of(ground_truth, "ground_truth")
    if not isinstance(data, Mapping):
        raise ValueError(f"ground_truth must be COCO instances (a dict), not a {type(data).__name__}")
    for key in ("images", "annotations", "categories"):
        if key not in data:
            raise ValueError(f"ground_truth has no {key!r}; it has {', '.join(map(shown, data)) or 'nothing'}")
    found = reported(data)
    image_ids, files, sizes = _images(data["images"], found)
    category_ids, names = _names(data["categories"])
    none = np.zeros(0, dtype=np.int64)
    truth = Truth(
        image_ids=image_ids,
        files=files,
        sizes=sizes,
        categories=category_ids,
        names=names,
        image=none,
        category=none,
        boxes=np.zeros((0, 4)),
        number=none,
        ids=[],
        crowd=none.astype(bool),
        ignored=none.astype(bool),
        problems=found,
    )
    annotations = entries(data["annotations"], "ground_truth's 'annotations'")
    truth.number, truth.image, truth.category, truth.boxes = _boxes(annotations, truth, "truth", found)
    chosen = [annotations[i] for i in truth.number]
    truth.ids = [plain_id(annotation.get("id")) for annotation in chosen]
    truth.crowd = _marked("iscrowd", annotations, truth, found)
    truth.ignored = truth.crowd | _marked("ignore", annotations, truth, found)
    lost = Counter(problem.reason for problem in found if problem.what == "truth" and not problem.counted)
    if lost and not len(chosen):
        raise ValueError(
            f"none of the {lost.total()} annotations of the ground truth can be used: {lost.most_common(1)[0][0]}"
        )
    return truth


def read_detections(detections: Any, truth: Truth) -> Detections:
    """Read a detector's results.

    Parameters
    ----------
    detections : list, dict, str or path
        COCO results: a list of `image_id`, `category_id`, `bbox` and `score` with the ids of the truth; where results
        have a `file_name` too, it says which image it is. Or a COCO dict with `images` and `categories` of its own,
        which are matched by file name and category name. Or a path.

    Raises
    ------
    ValueError
        If it is something else, its boxes are in shares of the images, or not a single detection belongs to the truth
        or has a score.
    """
    data = json_of(detections, "detections")
    translator = Translator(truth.image_ids, truth.files, truth.categories, truth.names)
    if isinstance(data, Mapping):
        if "annotations" not in data:
            raise ValueError(f"detections have no 'annotations'; they have {', '.join(map(shown, data)) or 'nothing'}")
        results = translator.of_coco(data)
    elif isinstance(data, (str, bytes)) or not isinstance(data, Sequence):
        raise ValueError(f"detections must be a list of COCO results or a COCO dict, not a {type(data).__name__}")
    else:
        results = translator.of_results(data)
    found = [problem._replace(what="detection") if problem.what == "truth" else problem for problem in reported(data)]
    kept, image, category, boxes = _boxes(results, truth, "detection", found)
    scores = np.array([number(results[i].get("score")) for i in kept], dtype=float)
    good = np.isfinite(scores)
    for place in np.flatnonzero(~good).tolist():
        i = int(kept[place])
        reason = f"score {shown(results[i].get('score'))} is not a number"
        found.append(Problem("detection", i, truth.files[int(image[place])], reason, False))
    lost = Counter(problem.reason for problem in found if problem.what == "detection" and not problem.counted)
    if lost and not good.any():
        raise ValueError(f"none of the {lost.total()} detections can be used: {lost.most_common(1)[0][0]}")
    return Detections(kept[good], image[good], category[good], boxes[good], scores[good], found)


def _images(images: Any, found: list[Problem]) -> tuple[list[Any], list[str], np.ndarray]:
    """Return ids, file names and sizes (float64 (n, 2), NaN where unknown) of images."""
    ids: list[Any] = []
    files: list[str] = []
    sizes = np.full((len(entries(images, "ground_truth's 'images'")), 2), np.nan)
    for place, image in enumerate(images):
        key = plain_id(image.get("id")) if isinstance(image, Mapping) else None
        if key is None:
            raise ValueError(f"image {place} of the ground truth has no id, a number or text: {shown(image)}")
        file = image.get("file_name")
        if not isinstance(file, (str, os.PathLike, int, type(None))):
            raise ValueError(f"image {key!r} of the ground truth has the file name {shown(file)}, which is no text")
        ids.append(key)
        files.append(str(key if file is None else file))
        for k, side in enumerate(("width", "height")):
            size = number(image.get(side))
            if 0 < size < np.inf:
                sizes[place, k] = size
            elif image.get(side) is not None:
                reason = f"{side} {shown(image[side])} is not a number of px; it is taken as unknown"
                found.append(Problem("image", place, files[-1], reason, True))
    repeated = [key for key, count in Counter(ids).items() if count > 1]
    if repeated:
        raise ValueError(f"ground_truth has several images of id {repeated[0]!r}")
    return ids, files, sizes


def _names(categories: Any) -> tuple[dict[Any, int], list[str]]:
    ids: dict[Any, int] = {}
    names = []
    for place, category in enumerate(entries(categories, "ground_truth's 'categories'")):
        key = plain_id(category.get("id")) if isinstance(category, Mapping) else None
        if key is None:
            raise ValueError(f"category {place} of the ground truth has no id, a number or text: {shown(category)}")
        if key in ids:
            raise ValueError(f"ground_truth has several categories of one id: {key!r}")
        ids[key] = place
        name = category.get("name")
        names.append(str(key) if name is None else name if isinstance(name, str) else shown(name))
    counts = Counter(names)
    return ids, [name if counts[name] == 1 else f"{name} ({key})" for name, key in zip(names, ids, strict=True)]


def _marked(what: str, annotations: Sequence[Mapping[str, Any]], truth: Truth, found: list[Problem]) -> np.ndarray:
    """Return which of the boxes that are kept are marked as crowds, or to be ignored."""
    marks = np.zeros(len(truth.number), dtype=bool)
    for k, i in enumerate(truth.number.tolist()):
        said = yes_or_no(annotations[i].get(what))
        if said is None:
            reason = f"{what} {shown(annotations[i][what])} is neither yes (1) nor no (0); it is taken as no"
            found.append(Problem("truth", i, truth.files[truth.image[k]], reason, True))
        marks[k] = bool(said)
    return marks


def _four(item: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the box of an annotation, that of its outline if it has none; four NaN if it has neither."""
    box = item.get("bbox")
    missing = (float("nan"),) * 4
    if box is None or (isinstance(box, (list, tuple)) and not box):
        return box_around(item.get("segmentation")) or missing
    if isinstance(box, (str, bytes, Mapping)) or not hasattr(box, "__len__") or len(box) != 4:
        return missing
    return tuple(map(number, box))


def _boxes(
    items: Sequence[Any], truth: Truth, what: str, found: list[Problem]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of usable items, their image, category and box; add what is wrong with items to `found`."""
    read = [item if isinstance(item, Mapping) else {} for item in items]
    images, categories = Places(truth.image_ids), Places(truth.categories)
    image = np.array([images.find(item.get("image_id")) for item in read], dtype=np.int64)
    category = np.array([categories.find(item.get("category_id")) for item in read], dtype=np.int64)
    boxes = np.array([_four(item) for item in read], dtype=float).reshape(-1, 4)
    finite = np.isfinite(boxes).all(axis=1)
    usable = (image >= 0) & (category >= 0) & finite
    empty = usable & (boxes[:, 2:] <= 0).any(axis=1)
    width, height = truth.sizes[image].T if len(truth.sizes) else np.full((2, len(items)), np.nan)
    x, y, w, h = boxes.T
    outside = usable & ~empty & ((x < -SLACK_PX) | (y < -SLACK_PX))
    outside |= usable & ~empty & ((x + w > width + SLACK_PX) | (y + h > height + SLACK_PX))
    for i in np.flatnonzero(~usable | empty | outside).tolist():
        file = truth.files[image[i]] if image[i] >= 0 else None
        if not usable[i]:
            reason = _unusable(items[i], image[i] >= 0, category[i] >= 0)
        elif empty[i]:
            reason = f"box {_short(boxes[i])} is {'inverted' if min(w[i], h[i]) < 0 else 'empty'}"
        else:
            reason = f"box {_short(boxes[i])} leaves its image of {width[i]:g} x {height[i]:g}"
        found.append(Problem(what, i, file, reason, bool(usable[i])))
    kept = np.flatnonzero(usable)
    _refuse_shares(boxes[kept], np.column_stack([width, height])[kept], what)
    return kept, image[kept], category[kept], boxes[kept]


def _unusable(item: Any, has_image: bool, has_category: bool) -> str:
    """Say why a box cannot be used."""
    if not isinstance(item, Mapping):
        return f"{shown(item)} is no annotation (a dict)"
    for has, name in ((has_image, "image"), (has_category, "category")):
        key = item.get(f"{name}_id")
        if not has:
            return getattr(key, "reason", "") or f"{name} {shown(key)} is not in the ground truth"
    return f"box {shown(item.get('bbox'))} is not four finite numbers"


def _refuse_shares(boxes: np.ndarray, sizes: np.ndarray, what: str) -> None:
    """Raise where boxes are given in shares of their images: counted as px, every one of them would be wrong."""
    ends = boxes[:, :2] + boxes[:, 2:]
    if len(boxes) and boxes[:, 2:].max() > 0 and boxes.min() >= 0 and ends.max() <= 1.01 and sizes.min(initial=99) > 2:
        raise ValueError(
            f"the boxes of the {what}s are all within 1 x 1 px: they are in shares of the image's width and height. "
            f"Multiply them by it; from_yolo and from_torchvision(sizes=...) do"
        )


def _short(box: np.ndarray) -> str:
    return f"[{', '.join(f'{value:.6g}' for value in box)}]"
