"""What a picture is known by without being decoded: what changes whenever it does."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from typing import Any

import numpy as np
from PIL import Image

from . import remote
from .decoding import ImageError, explain, orientation
from .local import spelled_as_on_disk
from .sources import BYTES, as_bytes

__all__ = ["of_file", "of_value"]


def of_file(path: str) -> bytes:
    """Return path, size and time of a file, of a remote one what its file system says of it; of none, why not."""
    try:
        if remote.is_url(path):
            return b"url|" + remote.identity(path).encode("utf-8", "surrogatepass")
        status = os.stat(path)
    except (OSError, ValueError, ImageError) as error:
        found = spelled_as_on_disk(path) if isinstance(error, FileNotFoundError) else path
        if found != path:
            return of_file(found)
        return f"missing|{path}|{explain(error)}".encode("utf-8", "surrogatepass")
    return f"file|{path}|{status.st_size}|{status.st_mtime_ns}".encode("utf-8", "surrogatepass")


def of_value(value: Any, lock: threading.Lock) -> bytes | None:
    """Return what says what an image in memory holds; None if it is no image, or cannot be read.

    `lock` is held while an image of PIL is loaded.
    """
    if isinstance(value, BYTES):
        return b"bytes|" + hashlib.blake2b(as_bytes(value)).digest()
    if isinstance(value, np.ndarray):
        body = hashlib.blake2b(np.ascontiguousarray(value).view(np.uint8)).digest() if value.size else b""
        return f"array|{value.dtype.str}|{value.shape}|".encode() + body
    if isinstance(value, Image.Image):
        with lock, contextlib.suppress(OSError, SyntaxError):
            look = (value.mode, value.size, value.getpalette(), value.info.get("transparency"), orientation(value))
            return f"pil|{look}|".encode() + hashlib.blake2b(value.tobytes()).digest()
    return None
