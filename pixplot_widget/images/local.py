"""Files of this machine: how one is found under its name, and opened only if it is a file."""

from __future__ import annotations

import functools
import os
import stat
from typing import IO

from ..values import composed
from .decoding import ImageError

__all__ = ["FILE_BYTES", "open_file", "regular_file", "spelled_as_on_disk"]

FILE_BYTES = 1_500_000_000
"""Larger files are no pictures."""


def open_file(path: str) -> IO[bytes]:
    """Open a regular file to read.

    A named pipe would be waited for without end and a device may never end, so neither is opened; what was put in the
    file's place after it was looked at is not read either.

    Raises
    ------
    ImageError
        If it is something else, or empty.
    OSError
        If it is not there or may not be read.
    """
    try:
        regular_file(path)
    except FileNotFoundError:
        path = spelled_as_on_disk(path)
        regular_file(path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(os.fstat(descriptor))
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def regular_file(path: str) -> int:
    """Return a file's size in bytes; raises as `open_file` does."""
    if not path or "\0" in path:
        raise ImageError("no such file")
    try:
        status = os.stat(path)
    except UnicodeEncodeError:
        raise ImageError("no such file: its name cannot be one of a file") from None
    return _check(status)


def _check(status: os.stat_result) -> int:
    if stat.S_ISDIR(status.st_mode):
        raise ImageError("a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("not a regular file")
    if status.st_size == 0:
        raise ImageError("empty file (0 bytes)")
    if status.st_size > FILE_BYTES:
        raise ImageError(f"too large: a file of {status.st_size / 1e9:.1f} GB")
    return status.st_size


def spelled_as_on_disk(path: str) -> str:
    r"""Return a path that is not there in the normal form in which it is; the same path if it is in none.

    A name with an accent has several forms in Unicode. Tables have the composed one (typed, or from Windows), files
    from a Mac's archive the decomposed one, and other systems take these for two names.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> _ = open(os.path.join(folder, "Ka\u0308fer.png"), "w")
    >>> os.path.exists(spelled_as_on_disk(os.path.join(folder, "K\u00e4fer.png")))
    True
    """
    if path.isascii() or "\0" in path:
        return path
    folder, name = os.path.split(path)
    if not name:
        return path
    try:
        changed = os.stat(folder or os.curdir).st_mtime_ns
    except (OSError, ValueError):
        if folder == path or (found := spelled_as_on_disk(folder)) == folder:
            return path
        folder = found
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
        changed = os.stat(folder).st_mtime_ns
    there = _accented(folder or os.curdir, changed).get(composed(name))
    return path if there is None else os.path.join(folder, there)


@functools.lru_cache(maxsize=8)
def _accented(folder: str, changed: int) -> dict[str, str]:
    """Return the names in a folder that have several forms: the composed form → the form on disk.

    `changed` is when the folder was: it is looked through once for all the names that are not found in it.
    """
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return {}
    return {composed(name): name for name in sorted(names, reverse=True) if not name.isascii()}
