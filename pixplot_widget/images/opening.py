"""The one way in which pictures are opened, since they may be somebody else's: what is opened, and what is refused.

Pillow tells files by their content, not by their names, and opens what any of its plugins recognizes. Here only
formats that are nothing but pictures are opened: none that starts a program (EPS: Ghostscript, WMF: Windows), hands
what it holds to whichever plugin takes it (IPTC, unless that is raw pixels), or contains other things (BUFR, GRIB,
HDF5, MPEG, FPX, MIC). Formats that a user has registered, as `pillow_heif.register_heif_opener()` does, are opened
too: what is not Pillow's own was asked for in the user's own code.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
from collections.abc import Iterator
from typing import IO, Any

from PIL import Image

from .decoding import ImageError, explain
from .local import open_file
from .png import LONG_BYTES, SIGNATURE, has_long_metadata, without_metadata
from .quiet import quietly

__all__ = ["FORMATS", "open_picture"]

FORMATS = frozenset(
    (
        *("AVIF", "BLP", "BMP", "CUR", "DCX", "DDS", "DIB", "FITS", "FLI", "FTEX", "GBR", "GIF", "ICNS", "ICO", "IM"),
        *("IMT", "IPTC", "JPEG", "JPEG2000", "MCIDAS", "MPO", "MSP", "PCD", "PCX", "PIXAR", "PNG", "PPM", "PSD", "QOI"),
        *("SGI", "SPIDER", "SUN", "TGA", "TIFF", "WEBP", "XBM", "XPM", "XVTHUMB"),
    )
)
"""Pillow's formats that are opened."""

_FREQUENT = frozenset(("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"))
LARGE_BYTES = 256_000_000
_PIECEWISE = frozenset(  # of larger files only these, which are not read whole
    ("BMP", "DIB", "FITS", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "PSD", "SGI", "TGA", "TIFF")
)

WORK_BYTES = 2_500_000_000
"""What decoding one picture may take, where `PIL.Image.MAX_IMAGE_PIXELS` is as Pillow has it."""

_PILLOW_PIXELS = 1024**3 // 12  # its MAX_IMAGE_PIXELS; it refuses pictures of more than twice as many
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}  # a pixel in memory; 4 in all others
_BESIDE = {"JPEG2000": 16, "WEBP": 12, "AVIF": 8, "FITS": 8}  # bytes a pixel that decoders take beside the picture
_SCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")


@contextlib.contextmanager
def open_picture(source: str | os.PathLike | bytes | IO[bytes]) -> Iterator[Image.Image]:
    """Open a picture for the length of a block, in which nothing is said of it but what is raised.

    Parameters
    ----------
    source : path, bytes or file object
        A path of this machine, an encoded picture, or an open file of one.

    Yields
    ------
    PIL.Image.Image
        At its first frame; not decoded yet.

    Raises
    ------
    ImageError
        If it is no regular file, of a format that is not opened, damaged, or takes too much memory to decode.
    OSError
        If it is not there, or may not be read; `explain` has it in words.

    Examples
    --------
    >>> out = io.BytesIO()
    >>> Image.new("RGB", (3, 2)).save(out, "PNG")
    >>> with open_picture(out.getvalue()) as image:
    ...     image.size
    (3, 2)
    """
    on_disk = isinstance(source, (str, os.PathLike))
    with quietly():
        file: Any = open_file(os.fspath(source)) if on_disk else source
        if isinstance(file, bytes):
            file = io.BytesIO(file)
        try:
            with _identified(file) as image:
                _check_size(image)
                yield image
        finally:
            if on_disk:
                file.close()


def _identified(file: IO[bytes]) -> Image.Image:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    formats = _formats(_PIECEWISE if size > LARGE_BYTES else FORMATS)
    try:
        if head.startswith(SIGNATURE) and size > LONG_BYTES and has_long_metadata(file):
            return Image.open(without_metadata(file), formats=["PNG"])
        image = Image.open(file, formats=formats)
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(explain(error)) from error
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        if head.startswith(_SCRIPT):
            raise ImageError("a PostScript file: that is a program, and cannot be shown") from error
        if head.startswith(SIGNATURE):
            return _without_metadata(file, error)
        raise ImageError(explain(error)) from error
    if image.format == "IPTC" and image.tile[0][3][0] != "raw":
        raise ImageError("an IPTC file that holds a file of another kind, which is not opened")
    return image


def _without_metadata(file: IO[bytes], error: Exception) -> Image.Image:
    """Open what is left of a PNG without its metadata, or say what was wrong with it at first."""
    file.seek(0)
    try:
        return Image.open(without_metadata(file), formats=["PNG"])
    except Exception:  # noqa: BLE001 - as above
        raise ImageError(explain(error)) from error


def _formats(safe: frozenset[str]) -> list[str]:
    """Return the names of the formats that are opened, of Pillow's only safe ones, those first that are frequent."""
    if len(Image.ID) < len(FORMATS):  # few plugins are loaded until they are needed
        Image.init()
    return _ordered(tuple(Image.ID), safe)


@functools.lru_cache(maxsize=8)
def _ordered(names: tuple[str, ...], safe: frozenset[str]) -> list[str]:
    opened = [name for name in names if name in safe or not _is_pillows(name)]
    return sorted(opened, key=lambda name: name not in _FREQUENT)


def _is_pillows(name: str) -> bool:
    """Tell whether a format's plugin is one of Pillow's own."""
    return (getattr(Image.OPEN[name][0], "__module__", None) or "").partition(".")[0] == "PIL"


def _check_size(image: Image.Image) -> None:
    """Refuse what takes more memory than a picture may, before it is decoded.

    The bounds move with `PIL.Image.MAX_IMAGE_PIXELS`, by which users say how large their pictures may be.
    """
    most = Image.MAX_IMAGE_PIXELS
    if most is None:
        return
    pixels = image.width * image.height
    tags = getattr(image, "tag_v2", {})
    tile = [tags.get(tag, 1) for tag in (322, 323)]  # libtiff decodes whole tiles, which may be larger than the picture
    if all(isinstance(side, int) for side in tile):
        pixels = max(pixels, tile[0] * tile[1])
    need = pixels * (_BYTES.get(image.mode, 4) + _BESIDE.get(image.format or "", 0))
    if pixels > 2 * most or need > WORK_BYTES * most / _PILLOW_PIXELS:
        raise ImageError(
            f"too large: {image.width:,} × {image.height:,} px ({image.mode}) take more memory to decode than one "
            "picture may; PIL.Image.MAX_IMAGE_PIXELS raises the bound"
        )
