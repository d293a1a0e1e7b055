"""A picture in full, as a browser can show it: the file itself where every browser shows it right, else a JPEG."""

from __future__ import annotations

import io
from typing import NamedTuple

from PIL import Image

from .decoding import ImageError, explain, orientation
from .opening import open_picture

__all__ = ["ORIGINAL_BYTES", "ORIGINAL_PX", "Original", "as_it_is", "as_jpeg"]

_BROWSER_MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_BROWSER_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")
ORIGINAL_BYTES = 8_000_000
"""Larger files are sent to the browser as a JPEG instead ..."""

ORIGINAL_PX = 4096
"""... of no more than this on its longest side."""


class Original(NamedTuple):
    """A picture as a browser can show it: encoded bytes, MIME type, and width and height of the full picture in px."""

    data: bytes
    mime: str
    size: tuple[int, int]


def as_it_is(data: bytes) -> Original | None:
    """Return an encoded image that every browser shows upright and in its right colors; None if not all do.

    Raises
    ------
    ImageError
        If it is damaged.
    """
    try:
        with open_picture(data) as image:
            fit = image.mode in _BROWSER_MODES and orientation(image) == 1 and max(image.size) <= ORIGINAL_PX * 2
            mime = _BROWSER_MIME.get(image.format or "")
            return Original(data, mime, image.size) if fit and mime else None
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        raise ImageError(explain(error)) from error


def as_jpeg(picture: Image.Image, size: tuple[int, int]) -> Original:
    """Return a picture of this size in full as a JPEG, no larger than browsers take with ease."""
    picture.thumbnail((ORIGINAL_PX, ORIGINAL_PX), reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return Original(out.getvalue(), "image/jpeg", size)
