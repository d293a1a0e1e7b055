"""Boxes around outlines: what COCO's `segmentation` says of an annotation that has no `bbox`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .reading import number

__all__ = ["box_around"]


def box_around(segmentation: Any) -> tuple[float, ...] | None:
    """Return the box of an outline.

    Parameters
    ----------
    segmentation : list or dict
        Polygons, each x0, y0, x1, y1, ...; or a run-length encoding, `counts` as numbers or as COCO's text, and `size`
        (height, width).

    Returns
    -------
    tuple of float or None
        x, y, width, height in px; None where it is neither, or encloses nothing. Of polygons it is the box of their
        corners; of a run-length encoding that of its pixels, as pycocotools gives it.

    Examples
    --------
    >>> box_around([[0, 0, 4, 0, 4, 3], [9, 9, 9.5, 9, 9, 9.5]])
    (0.0, 0.0, 9.5, 9.5)
    >>> box_around({"size": [4, 5], "counts": [5, 2, 2, 2, 9]})
    (1.0, 1.0, 2.0, 2.0)
    """
    if isinstance(segmentation, Mapping):
        return _of_runs(segmentation.get("counts"), segmentation.get("size"))
    if not _is_list(segmentation) or not len(segmentation):
        return None
    polygons = segmentation if all(_is_list(polygon) for polygon in segmentation) else [segmentation]
    corners = [number(value) for polygon in polygons for value in polygon]
    if any(len(polygon) % 2 for polygon in polygons) or len(corners) < 6 or not np.isfinite(corners).all():
        return None
    xs, ys = corners[::2], corners[1::2]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _is_list(value: Any) -> bool:
    return isinstance(value, np.ndarray) or (isinstance(value, Sequence) and not isinstance(value, (str, bytes)))


def _of_runs(counts: Any, size: Any) -> tuple[float, ...] | None:
    """Return the box of the pixels of runs, which go down the columns, outside and inside by turns."""
    if not _is_list(size) or len(size) != 2:
        return None
    height, width = (number(side) for side in size)
    if isinstance(counts, (str, bytes)):
        counts = _decoded(counts)
    if not _is_list(counts) or not (0 < height < 2**31 and 0 < width < 2**31):
        return None
    runs = np.array([number(count) for count in counts])
    if not np.isfinite(runs).all() or (runs < 0).any() or runs.sum() != height * width:
        return None
    ends = np.cumsum(runs)
    inside = np.flatnonzero(runs[1::2] > 0) * 2 + 1
    if not len(inside):
        return None
    first, last = ends[inside - 1], ends[inside] - 1
    left, right = first // height, last // height
    if (left < right).any():  # a run that goes on in the next column has reached the lower edge
        top, bottom = 0.0, height - 1
    else:
        top, bottom = (first % height).min(), (last % height).max()
    return float(left.min()), float(top), float(right.max() - left.min() + 1), float(bottom - top + 1)


def _decoded(text: str | bytes) -> list[int] | None:
    """Return the runs that COCO's text holds: five bits a character, each from the third on as a difference."""
    codes = text.encode("latin-1", "replace") if isinstance(text, str) else text
    runs: list[int] = []
    value = bits = 0
    for code in codes:
        code -= 48
        if not 0 <= code < 64 or bits > 60:
            return None
        value |= (code & 31) << bits
        bits += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << bits
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = bits = 0
    return None if bits else runs
