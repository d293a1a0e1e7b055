"""From whatever Pillow opens to an upright RGB picture of eight bits: every mode, rotation and transparency.

Large JPEGs are decoded no finer than asked for (`draft`: the decoder leaves out the fine frequencies), which is what
makes thumbnails of photos several times faster than a full decode.
"""

from __future__ import annotations

import contextlib
import functools
import math
import struct
import threading
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image, ImageCms, UnidentifiedImageError

from .gray import BLOCK_PIXELS, blocks, deep_gray
from .profiles import to_srgb

__all__ = ["NEUTRAL", "Decoded", "ImageError", "decode", "explain", "load"]

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
        As `open_picture` gives it, at the frame that is to be shown.
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
    # Pillow turns TIFFs upright by itself while it loads them and then drops the tag, and to read the tag of a PNG it
    # loads it: of these the tag is read afterwards
    late = image.format in ("TIFF", "PNG")

    def upright() -> tuple[int, tuple[int, int], float]:
        turn = orientation(image)
        full = image.size[::-1] if turn >= 5 else image.size
        return turn, full, 1.0 if scale is None else scale(*full)

    if not late:
        turn, full, share = upright()
        if share < 1 and hasattr(image, "draft"):
            image.draft(None, (math.ceil(image.width * share), math.ceil(image.height * share)))
    guard = _ONE_BIG_AT_A_TIME if image.width * image.height > BIG_PIXELS else contextlib.nullcontext()
    with guard:
        load(image)
        if late:
            turn, full, share = upright()
        # no coarser than half as fine as would do, so that what is scaled down from it looks as from the whole
        picture = to_rgb(image, max(1, int(max(image.size) / max(full) / share / 2)))
    if turn != 1:
        picture = picture.transpose(_UPRIGHT[turn])
    return Decoded(picture, full)


def load(image: Image.Image) -> None:
    """Load an opened image, with a transparent color that is one of its pixels'."""
    clear = _transparent_color(image)
    try:
        image.load()
    except ValueError:
        # metadata behind the pixels of a PNG, which Pillow finds too long: by then the pixels are there
        if image.format != "PNG" or getattr(image, "tile", None):
            raise
    if clear is not None:
        image.info["transparency"] = clear


def _transparent_color(image: Image.Image) -> int | tuple[int, ...] | None:
    """Return the transparent color of a PNG as Pillow will have its pixels; None where it is that already.

    Pillow spreads 2 and 4 bits over 0 to 255, and takes the upper eight of 16 in color, but has the transparent color
    as it is in the file.
    """
    clear = image.info.get("transparency")
    if image.format != "PNG" or not getattr(image, "tile", None) or isinstance(clear, (bytes, type(None))):
        return None
    rawmode = image.tile[0][3]
    if isinstance(clear, tuple):
        return tuple(value >> 8 for value in clear) if str(rawmode).startswith("RGB;16") else None
    bits = {"L;2": 2, "L;4": 4}.get(rawmode)
    return None if bits is None else (clear & (2**bits - 1)) * 255 // (2**bits - 1)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or it makes no sense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error):
        return 1  # damaged metadata is no reason to refuse the picture
    return value if value in _UPRIGHT else 1


def to_rgb(image: Image.Image, coarser: int = 1) -> Image.Image:
    """Return a loaded image in mode RGB and the colors of sRGB, transparent parts over neutral gray.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode.
    coarser : int
        By this it may be scaled down where that saves much: a large image is converted block by block, so that nothing
        of its size is made beside it.

    Returns
    -------
    PIL.Image.Image
        The image itself where there is nothing to do.

    Examples
    --------
    >>> import numpy as np
    >>> to_rgb(Image.fromarray(np.array([[0, 65535]], dtype=np.uint16))).getpixel((1, 0))
    (255, 255, 255)
    """
    profile = to_srgb(image)
    plain = image.mode == "RGB" and "transparency" not in image.info
    if plain and profile is None and (coarser == 1 or image.width * image.height <= BIG_PIXELS):
        return image
    if image.mode.startswith("I") or image.mode == "F":
        convert = deep_gray(image, NEUTRAL)
    else:
        convert = functools.partial(_to_rgb, profile=profile)
    if image.width * image.height <= BLOCK_PIXELS:
        return convert(image)
    picture = Image.new("RGB", tuple(-(-side // coarser) for side in image.size))
    for left, top, right, bottom in blocks(*image.size, coarser):
        part = image.crop((left, top, right, bottom))
        if coarser > 1 and profile is not None and plain:  # a profile takes longer than the rest
            part = part.reduce(coarser)
        part = convert(part)
        if coarser > 1 and part.size == (right - left, bottom - top):
            part = part.reduce(coarser)
        picture.paste(part, (left // coarser, top // coarser))
    return picture


def _to_rgb(image: Image.Image, profile: ImageCms.ImageCmsTransform | None) -> Image.Image:
    mode = image.mode
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if mode == "La":  # Pillow converts it to LA only
        image = image.convert("LA")
    see_through = mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    over = image.convert("RGBA") if see_through else None
    if profile is None:
        picture = image.convert("RGB") if over is None else over
    else:
        color = image if over is None else over
        picture = profile.apply(color if color.mode == profile.input_mode else color.convert(profile.input_mode))
    if over is None:
        return picture
    ground = Image.new("RGB", image.size, NEUTRAL)
    ground.paste(picture, mask=over.getchannel("A"))
    return ground


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
        return "not an image, or of a kind that cannot be read"
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
