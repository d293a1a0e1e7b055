"""Gray values of more than eight bits → eight, a block at a time: there is no copy of a large scan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

__all__ = ["BLOCK_PIXELS", "blocks", "deep_gray"]

BLOCK_PIXELS = 1 << 20
_GDAL_NODATA = 42113  # the TIFF tag in which GDAL writes, as text, the value that stands for "no data"


class _Scale(NamedTuple):
    """From gray values to eight bits.

    Attributes
    ----------
    low, high : float
        What becomes 0 and 255.
    nodata : float or None
        The value that says that nothing was measured.
    """

    low: float
    high: float
    nodata: float | None


def blocks(width: int, height: int, step: int = 1) -> Iterator[tuple[int, int, int, int]]:
    """Yield left, top, right, bottom of blocks that cover a picture, each of about a megapixel at most.

    All but the last of a line, and the last line, have sides that `step` divides.

    Examples
    --------
    >>> list(blocks(3, 2))
    [(0, 0, 3, 2)]
    """
    across = min(width, max(1, BLOCK_PIXELS // step) // step * step or step)
    down = max(1, BLOCK_PIXELS // across // step) * step
    for top in range(0, height, down):
        for left in range(0, width, across):
            yield left, top, min(width, left + across), min(height, top + down)


def deep_gray(image: Image.Image, clear: tuple[int, int, int]) -> Callable[[Image.Image], Image.Image]:
    """Return what turns parts of a gray image of more than eight bits into RGB.

    Sixteen bits are scaled as what they are, 0 to 65,535, so that pictures stay comparable; Pillow's own conversion
    clips at 255 and shows white. Wider and floating ones have no scale of their own: 0-1, 0-255 and 0-65,535 are
    recognized, anything else is stretched from its least to its greatest value.

    Parameters
    ----------
    image : PIL.Image.Image
        Loaded, in one of the modes "I;16…", "I" and "F".
    clear : tuple of int
        The color of pixels without a value: not finite, declared as "no data" by GDAL's tag, or transparent. They do
        not count for the scale.

    Returns
    -------
    callable
        Takes a crop of the image and returns it in mode RGB.
    """
    sixteen = image.mode.startswith("I;16")
    nodata, transparent = _nodata(image), image.info.get("transparency")
    if nodata is None and isinstance(transparent, int):
        nodata = float(transparent)
    scale = _Scale(0.0, 65_535.0, nodata) if sixteen else _scale(image, nodata)

    def to_rgb(part: Image.Image) -> Image.Image:
        values = np.asarray(part)
        empty = _empty(values, nodata)
        if sixteen:
            gray = ((values.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)
        else:
            spread = values.astype(np.float64)
            if empty is not None:
                spread[empty] = scale.low
            spread -= scale.low
            spread *= 255.0 / (scale.high - scale.low or 1.0)
            gray = np.clip(np.round(spread, out=spread), 0, 255).astype(np.uint8)
        picture = Image.fromarray(gray).convert("RGB")
        if empty is not None:
            picture.paste(clear, mask=Image.fromarray(empty))
        return picture

    return to_rgb


def _nodata(image: Image.Image) -> float | None:
    """Return the value that GDAL's tag declares; None where there is no such tag, or nonsense in it."""
    text = getattr(image, "tag_v2", {}).get(_GDAL_NODATA)
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    try:
        return float(str(text).strip(" \t\r\n\0"))
    except ValueError:
        return None


def _empty(values: np.ndarray, nodata: float | None) -> np.ndarray | None:
    """Return where there is no value, as booleans; None where there is one everywhere."""
    empty = None if values.dtype.kind != "f" else ~np.isfinite(values)
    if nodata is not None and math.isfinite(nodata):
        # as text it may have fewer digits than in the pixels: -3.40282e+38
        same = np.abs(values.astype(np.float64) - nodata) <= 1e-5 * abs(nodata) if values.dtype.kind == "f" else None
        same = values == nodata if same is None else same
        empty = same if empty is None else empty | same
    return empty if empty is not None and empty.any() else None


def _scale(image: Image.Image, nodata: float | None) -> _Scale:
    low, high = math.inf, -math.inf
    for box in blocks(*image.size):
        values = np.asarray(image.crop(box))
        empty = _empty(values, nodata)
        values = values if empty is None else values[~empty]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    if low > high:  # there is nothing
        low = high = 0.0
    if low >= 0 and high <= 65_535:
        low = 0.0
        steps = (1.0, 255.0, 65_535.0) if image.mode == "F" else (255.0, 65_535.0)
        high = next(step for step in steps if high <= step)
    return _Scale(low, high, nodata)
