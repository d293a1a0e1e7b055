"""PNG files whose metadata cannot be read, or is longer than Pillow reads: the picture in them is sound."""

from __future__ import annotations

import io
import struct
import zlib
from typing import IO

from .decoding import ImageError

__all__ = ["LONG_BYTES", "SIGNATURE", "has_long_metadata", "without_metadata"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONG_BYTES = 1_000_000
"""Metadata that are longer are not read."""

MOST_BYTES = 256_000_000
_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT")
_SMALL = {b"eXIf": 65_536, b"iCCP": LONG_BYTES, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1}  # kept if whole and no longer


def has_long_metadata(file: IO[bytes]) -> bool:
    """Tell whether there is a long chunk before the pixels, which Pillow would read before it refuses it."""
    file.seek(len(SIGNATURE))
    long = False
    while not long and len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"IDAT", b"fdAT", b"IEND"):
            break
        long = length > LONG_BYTES
        file.seek(length + 4, io.SEEK_CUR)
    file.seek(0)
    return long


def without_metadata(file: IO[bytes]) -> IO[bytes]:
    """Return a PNG file with what its pixels need, and of the rest only what is short and whole.

    Parameters
    ----------
    file : file object
        At the start of the file.

    Returns
    -------
    io.BytesIO
        What is passed over is not read, so it takes no more memory than the pixels' own bytes.

    Raises
    ------
    ImageError
        If those are too many.

    Examples
    --------
    >>> without_metadata(io.BytesIO(SIGNATURE + b"nothing")).getvalue() == SIGNATURE
    True
    """
    out = io.BytesIO()
    out.write(file.read(len(SIGNATURE)))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in _PICTURE:
            if out.tell() + length > MOST_BYTES:
                raise ImageError(f"too large: more than {MOST_BYTES / 1e6:.0f} MB of pixels behind damaged metadata")
            out.write(head + file.read(length) + file.read(4))
        elif length <= _SMALL.get(kind, -1):
            body, mark = file.read(length), file.read(4)
            if mark == struct.pack(">I", zlib.crc32(kind + body)) and (kind != b"iCCP" or _is_profile(body)):
                out.write(head + body + mark)
        else:
            file.seek(length + 4, io.SEEK_CUR)
        if kind == b"IEND":
            break
    out.seek(0)
    return out


def _is_profile(body: bytes) -> bool:
    """Tell whether a color profile unpacks to no more than Pillow reads."""
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(body[body.find(b"\0") + 2 :], LONG_BYTES)
    except zlib.error:
        return False
    return unpacker.eof
