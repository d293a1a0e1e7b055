"""From whatever Pillow opens to an upright RGB picture of eight bits: every mode, rotation and transparency.

Large JPEGs are decoded no finer than asked for (`draft`: the decoder leaves out the fine frequencies), which is what
makes thumbnails of photos several times faster than a full decode.
"""

from __future__ import annotations

import contextlib
import math
import struct
import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

__all__ = ["NEUTRAL", "Decoded", "ImageError", "decode", "explain"]

NEUTRAL = (128, 128, 128)  # behind transparency: black and white drawings both show on it
BIG_PIXELS = 32_000_000
_ONE_BIG_AT_A_TIME = threading.Lock()  # four 100-megapixel scans in four threads would take gigabytes

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(ValueError):
    """An image that cannot be shown; the message says why, in words fit for the user."""


class Decoded(NamedTuple):
    """A picture, upright, and what it was cut down from.

    Attributes
    ----------
    image : PIL.Image.Image
        RGB; perhaps coarser than the file.
    size : tuple of int
        Width and height in pixels of the upright picture in full.
    """

    image: Image.Image
    size: tuple[int, int]


def decode(image: Image.Image, scale: Callable[[int, int], float] | None = None) -> Decoded:
    """Decode an opened image.

    Parameters
    ----------
    image : PIL.Image.Image
        As `PIL.Image.open` gives it, at its first frame.
    scale : callable, optional
        Given the upright width and height in full, says what share of them is fine enough, in (0, 1].

    Returns
    -------
    Decoded

    Examples
    --------
    >>> decode(Image.new("LA", (3, 2), (255, 0))).image.getpixel((0, 0))
    (128, 128, 128)
    """
    # Pillow turns TIFFs upright by itself while it loads them and then drops the tag, so there it is read afterwards
    late = image.format == "TIFF"
    turn = 1 if late else orientation(image)
    full = image.size[::-1] if turn >= 5 else image.size
    if scale is not None and hasattr(image, "draft"):
        share = scale(*full)
        if share < 1:
            image.draft(None, (math.ceil(image.width * share), math.ceil(image.height * share)))
    guard = _ONE_BIG_AT_A_TIME if image.width * image.height > BIG_PIXELS else contextlib.nullcontext()
    with guard:
        image.load()
        if late:
            turn = orientation(image)
            full = image.size[::-1] if turn >= 5 else image.size
        picture = to_rgb(image)
    if turn != 1:
        picture = picture.transpose(_UPRIGHT[turn])
    return Decoded(picture, full)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or it makes no sense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error):
        return 1  # damaged metadata is no reason to refuse the picture
    return value if value in _UPRIGHT else 1


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a loaded image in mode RGB, transparent parts over neutral grey.

    Examples
    --------
    >>> to_rgb(Image.fromarray(np.array([[0, 65535]], dtype=np.uint16))).getpixel((1, 0))
    (255, 255, 255)
    """
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(_to_bytes(np.asarray(image), mode)).convert("RGB")
    if mode == "LAB":
        from PIL import ImageCms

        return ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        if mode == "La":  # Pillow converts it to LA only
            image = image.convert("LA")
        over = image.convert("RGBA")
        ground = Image.new("RGB", image.size, NEUTRAL)
        ground.paste(over, mask=over.getchannel("A"))
        return ground
    return image.convert("RGB")


def _to_bytes(values: np.ndarray, mode: str) -> np.ndarray:
    """Scale grey values of more than eight bits to uint8.

    Sixteen bits are scaled as what they are, 0 to 65,535, so that pictures stay comparable; Pillow's own conversion
    clips at 255 and shows white. Wider and floating ones have no scale of their own: 0-1, 0-255 and 0-65,535 are
    recognised, anything else is stretched from its least to its greatest value.
    """
    if mode.startswith("I;16"):
        return ((values.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)
    values = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low >= 0 and high <= 65_535:
        low = 0.0
        steps = (1.0, 255.0, 65_535.0) if mode == "F" else (255.0, 65_535.0)
        high = next(step for step in steps if high <= step)
    return np.round((values - low) * (255.0 / (high - low or 1.0))).astype(np.uint8)


def explain(error: BaseException) -> str:
    """Say in words why an image could not be read.

    Examples
    --------
    >>> explain(FileNotFoundError(2, "No such file or directory"))
    'no such file'
    """
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, UnidentifiedImageError):
        return "not an image, or of a kind that Pillow cannot read"
    if isinstance(error, Image.DecompressionBombError):
        return f"too large: {error}"
    if isinstance(error, MemoryError):
        return "too large for the memory"
    text = str(error).strip() or type(error).__name__
    if isinstance(error, OSError) and error.errno is None:
        return f"damaged: {text}"
    if isinstance(error, OSError):
        return error.strerror or text
    return f"damaged: {type(error).__name__}: {text}"
