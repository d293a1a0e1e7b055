"""Embedded color profiles: thumbnails have the colors that a browser shows of the full picture.

Only pictures with a profile that differs from sRGB pay for it. What a profile does is worked out once, and kept for the
next picture that has the same.
"""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

__all__ = ["to_srgb"]

MOST_BYTES = 4_000_000
SAME = 2  # levels of 255 by which a profile may differ from sRGB to count as such
_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # what a profile is of → the mode it takes
_KEPT = 16


def to_srgb(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Return what brings an image's colors to sRGB; None where there is nothing to do.

    A profile that is damaged, or of another kind of colors than the image, is passed over: it is no reason to refuse
    the picture.

    Examples
    --------
    >>> to_srgb(Image.new("RGB", (2, 2))) is None
    True
    """
    profile = image.info.get("icc_profile")
    if not profile or not isinstance(profile, bytes) or len(profile) > MOST_BYTES:
        return None
    mode = {"1": "L", "LA": "L", "La": "L", "CMYK": "CMYK", "L": "L"}.get(image.mode, "RGB")
    return _transform(profile, mode)


@functools.lru_cache(maxsize=_KEPT)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _SPACES.get(source.profile.xcolor_space) != mode:
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        changed = mode == "CMYK" or _changes(transform, mode)
    except (OSError, ValueError, TypeError, ImportError, ImageCms.PyCMSError):
        return None  # damaged, of a kind that littleCMS cannot read, or there is no littleCMS
    return transform if changed else None


def _changes(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether a transformation shows: it is tried on colors from all over."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    before = Image.fromarray(grid if mode == "RGB" else grid[:, :, 0])
    after = transform.apply(before)
    return bool(np.abs(np.asarray(after, dtype=int) - np.asarray(before.convert("RGB"), dtype=int)).max() > SAME)
