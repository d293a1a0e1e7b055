"""What torchvision's detection models return as COCO results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .reading import shown
from .voc import corners_to_box

__all__ = ["from_torchvision"]


def from_torchvision(
    outputs: Sequence[Mapping[str, Any]],
    image_ids: Sequence[Any],
    *,
    categories: Mapping[int, Any] | Sequence[Any] | None = None,
    sizes: Sequence[tuple[float, float]] | None = None,
) -> list[dict[str, Any]]:
    """Turn what torchvision's detection models return into COCO results.

    Parameters
    ----------
    outputs : sequence of dict
        One an image: `boxes` (k, 4) as x0, y0, x1, y1; `labels` (k,); `scores` (k,): tensors, arrays or lists.
    image_ids : sequence
        The image id of each output in the ground truth.
    categories : mapping or sequence, optional
        Category id of each label; by default the label is the id, as in models trained on COCO.
    sizes : sequence of (width, height), optional
        Of the images, in px: then boxes are in shares of them.

    Returns
    -------
    list of dict
        For `match`.

    Raises
    ------
    ValueError
        If there are not as many outputs as image ids, or an output's fields are of different length.
    KeyError
        If an output lacks a field, or a label has no category.

    Examples
    --------
    >>> output = {"boxes": [[10, 20, 40, 30]], "labels": [1], "scores": [0.9]}
    >>> from_torchvision([output], image_ids=[7])
    [{'image_id': 7, 'category_id': 1, 'bbox': [10.0, 20.0, 30.0, 10.0], 'score': 0.9}]
    """
    if len(outputs) != len(image_ids):
        raise ValueError(f"there are {len(outputs)} outputs and {len(image_ids)} image ids; one of each is needed")
    if sizes is not None and len(sizes) != len(outputs):
        raise ValueError(f"there are {len(outputs)} outputs and {len(sizes)} sizes; one of each is needed")
    results = []
    for number, (output, image_id) in enumerate(zip(outputs, image_ids, strict=True)):
        for key in ("boxes", "labels", "scores"):
            if key not in output:
                raise KeyError(f"output {number} has no {key!r}; it has {', '.join(map(repr, output))}")
        boxes, labels, scores = (
            _array(output[key], f"{key} of output {number}") for key in ("boxes", "labels", "scores")
        )
        if boxes.size % 4:
            raise ValueError(f"boxes of output {number} must be four numbers each, not of shape {boxes.shape}")
        if not np.isfinite(labels).all():
            raise ValueError(f"labels of output {number} must be whole numbers, not {shown(labels.tolist())}")
        boxes, labels, scores = boxes.reshape(-1, 4), labels.reshape(-1), scores.reshape(-1)
        if not len(boxes) == len(labels) == len(scores):
            raise ValueError(
                f"output {number} has {len(boxes)} boxes, {len(labels)} labels and {len(scores)} scores; "
                "as many of each are needed"
            )
        if sizes is not None:
            boxes = boxes * np.tile(np.asarray(sizes[number], dtype=float), 2)
        for box, label, score in zip(boxes.tolist(), labels.tolist(), scores.tolist(), strict=True):
            category = _category(int(label), categories)
            results.append({"image_id": image_id, "category_id": category, "bbox": corners_to_box(box), "score": score})
    return results


def _category(label: int, categories: Mapping[int, Any] | Sequence[Any] | None) -> Any:
    if categories is None:
        return label
    if label not in (categories if isinstance(categories, Mapping) else range(len(categories))):
        raise KeyError(f"label {label} has no category; there are {len(categories)}")
    return categories[label]


def _array(values: Any, what: str) -> np.ndarray:
    """Return a tensor, wherever it lives, an array or a list as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what} must be numbers, not {shown(values)}") from None
