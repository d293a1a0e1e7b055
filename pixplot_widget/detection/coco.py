"""COCO files and dicts as arrays: ground truth and detections, and what is wrong with them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .report import Problem

__all__ = ["Detections", "Truth", "load", "read_detections", "read_truth"]

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
    ids : list
        Annotation ids.
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


def load(source: Any, what: str) -> Any:
    """Return what a JSON file holds, or the object itself."""
    if isinstance(source, (str, os.PathLike)):
        with open(source, encoding="utf-8") as file:
            try:
                return json.load(file)
            except json.JSONDecodeError as error:
                raise ValueError(f"{what} {os.fspath(source)!r} is not JSON: {error}") from error
    return source


def read_truth(ground_truth: Any) -> Truth:
    """Read a COCO ground truth.

    Parameters
    ----------
    ground_truth : dict, str or path
        COCO instances, or the path of a JSON file with them.

    Raises
    ------
    ValueError
        If it is something else.
    """
    data = load(ground_truth, "ground_truth")
    if not isinstance(data, Mapping):
        raise ValueError(f"ground_truth must be COCO instances (a dict), not a {type(data).__name__}")
    for key in ("images", "annotations", "categories"):
        if key not in data:
            raise ValueError(f"ground_truth has no {key!r}; it has {', '.join(map(repr, data)) or 'nothing'}")
    images, annotations = data["images"], data["annotations"]
    image_ids = [image["id"] for image in images]
    repeated = [key for key, count in Counter(image_ids).items() if count > 1]
    if repeated:
        raise ValueError(f"ground_truth has several images of id {repeated[0]!r}")
    category_ids, names = _names(data["categories"])
    truth = Truth(
        image_ids=image_ids,
        files=[str(image.get("file_name", image["id"])) for image in images],
        sizes=np.array([[image.get("width"), image.get("height")] for image in images], dtype=float).reshape(-1, 2),
        categories=category_ids,
        names=names,
        image=np.zeros(0, dtype=np.int64),
        category=np.zeros(0, dtype=np.int64),
        boxes=np.zeros((0, 4)),
        ids=[],
        crowd=np.zeros(0, dtype=bool),
        ignored=np.zeros(0, dtype=bool),
    )
    truth.problems.extend(_reported(data))
    kept, truth.image, truth.category, truth.boxes = _boxes(annotations, truth, "truth", truth.problems)
    chosen = [annotations[i] for i in kept]
    truth.ids = [annotation.get("id", i) for i, annotation in zip(kept.tolist(), chosen, strict=True)]
    truth.crowd = np.array([bool(annotation.get("iscrowd")) for annotation in chosen], dtype=bool)
    truth.ignored = truth.crowd | np.array([bool(annotation.get("ignore")) for annotation in chosen], dtype=bool)
    return truth


def read_detections(detections: Any, truth: Truth) -> Detections:
    """Read a detector's results.

    Parameters
    ----------
    detections : list, dict, str or path
        COCO results: a list of `image_id`, `category_id`, `bbox` and `score` with the ids of the truth. Or a COCO dict
        with `images` and `categories` of its own, which are matched by file name and category name. Or a path.

    Raises
    ------
    ValueError
        If it is something else, its boxes are in shares of the images, or not a single detection belongs to the truth
        or has a score.
    """
    data = load(detections, "detections")
    if isinstance(data, Mapping):
        if "annotations" not in data:
            raise ValueError(f"detections have no 'annotations'; they have {', '.join(map(repr, data)) or 'nothing'}")
        results = _translate(data, truth)
    else:
        results = data
    if isinstance(results, (str, bytes)) or not isinstance(results, Sequence):
        raise ValueError(f"detections must be a list of COCO results or a COCO dict, not a {type(results).__name__}")
    found = [problem._replace(what="detection") if problem.what == "truth" else problem for problem in _reported(data)]
    kept, image, category, boxes = _boxes(results, truth, "detection", found)
    scores = np.array([_number(results[i].get("score")) for i in kept], dtype=float)
    good = np.isfinite(scores)
    for i in kept[~good].tolist():
        file = truth.files[int(image[np.searchsorted(kept, i)])]
        found.append(Problem("detection", i, file, f"score {results[i].get('score')!r} is not a number", False))
    if len(results) and not good.any():
        reasons = Counter(problem.reason for problem in found if not problem.counted)
        raise ValueError(f"none of the {len(results)} detections can be used: {reasons.most_common(1)[0][0]}")
    return Detections(kept[good], image[good], category[good], boxes[good], scores[good], found)


def _reported(data: Any) -> list[Problem]:
    """Return the problems that a reader of another format left in its COCO dict."""
    return [Problem(**problem) for problem in data.get("problems", ())] if isinstance(data, Mapping) else []


def _names(categories: Sequence[Mapping[str, Any]]) -> tuple[dict[Any, int], list[str]]:
    ids = {category["id"]: place for place, category in enumerate(categories)}
    if len(ids) < len(categories):
        raise ValueError("ground_truth has several categories of one id")
    names = [str(category.get("name", category["id"])) for category in categories]
    counts = Counter(names)
    return ids, [name if counts[name] == 1 else f"{name} ({key})" for name, key in zip(names, ids, strict=True)]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _four(box: Any) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, box))
    except (TypeError, ValueError):
        numbers = ()
    return numbers if len(numbers) == 4 else (float("nan"),) * 4


def _boxes(
    items: Sequence[Mapping[str, Any]], truth: Truth, what: str, found: list[Problem]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of usable items, their image, category and box; add what is wrong with items to `found`."""
    places = {key: place for place, key in enumerate(truth.image_ids)}
    image = np.array([places.get(item.get("image_id"), -1) for item in items], dtype=np.int64)
    category = np.array([truth.categories.get(item.get("category_id"), -1) for item in items], dtype=np.int64)
    boxes = np.array([_four(item.get("bbox")) for item in items], dtype=float).reshape(-1, 4)
    finite = np.isfinite(boxes).all(axis=1)
    usable = (image >= 0) & (category >= 0) & finite
    empty = usable & (boxes[:, 2:] <= 0).any(axis=1)
    width, height = truth.sizes[image].T if len(truth.sizes) else np.full((2, len(items)), np.nan)
    x, y, w, h = boxes.T
    outside = usable & ~empty & ((x < -SLACK_PX) | (y < -SLACK_PX))
    outside |= usable & ~empty & ((x + w > width + SLACK_PX) | (y + h > height + SLACK_PX))
    for i in np.flatnonzero(~usable | empty | outside).tolist():
        item = items[i]
        file = truth.files[image[i]] if image[i] >= 0 else None
        if image[i] < 0:
            reason = f"image {item.get('image_id')!r} is not in the ground truth"
        elif category[i] < 0:
            reason = f"category {item.get('category_id')!r} is not in the ground truth"
        elif not finite[i]:
            reason = f"box {item.get('bbox')!r} is not four finite numbers"
        elif empty[i]:
            reason = f"box {_short(boxes[i])} is {'inverted' if min(w[i], h[i]) < 0 else 'empty'}"
        else:
            reason = f"box {_short(boxes[i])} leaves its image of {width[i]:g} x {height[i]:g}"
        found.append(Problem(what, i, file, reason, bool(usable[i])))
    kept = np.flatnonzero(usable)
    _refuse_shares(boxes[kept], np.column_stack([width, height])[kept], what)
    return kept, image[kept], category[kept], boxes[kept]


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


def _translate(data: Mapping[str, Any], truth: Truth) -> list[dict[str, Any]]:
    """Return a COCO dict's annotations with the ids of the truth, for what has the same names there."""
    image_ids, category_ids = {}, {}
    if "images" in data:
        by_file = _by_name(truth.files, truth.image_ids)
        by_base = _by_name([os.path.basename(file) for file in truth.files], truth.image_ids)
        for image in data["images"]:
            file = str(image.get("file_name"))
            image_ids[image["id"]] = by_file.get(file, by_base.get(os.path.basename(file), _Unknown(file)))
    if "categories" in data:
        by_name = dict(zip(truth.names, truth.categories, strict=True))
        for category in data["categories"]:
            name = str(category.get("name"))
            category_ids[category["id"]] = by_name.get(name, _Unknown(name))
    translated = []
    for annotation in data["annotations"]:
        image, category = annotation.get("image_id"), annotation.get("category_id")
        image = image_ids.get(image, image) if "images" not in data else image_ids.get(image, _Unknown(image))
        if "categories" in data:
            category = category_ids.get(category, _Unknown(category))
        translated.append({**annotation, "image_id": image, "category_id": category})
    return translated


class _Unknown(str):
    """A name, or an id, of the detections that the truth does not know; equal to no id of the truth."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = str.__hash__


def _by_name(names: Sequence[str], ids: Sequence[Any]) -> dict[str, Any]:
    """Return names to ids; a name that occurs twice says nothing."""
    counts = Counter(names)
    return {name: key for name, key in zip(names, ids, strict=True) if counts[name] == 1}
