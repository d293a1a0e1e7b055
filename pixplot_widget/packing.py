"""Arrays of integers as JSON, readable while short, compressed when long; and text that JSON can hold.

An edit of one image should be read with the eye in a journal; one of 100,000 should be a few kilobytes.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["checksums", "pack", "sendable", "unpack"]

_READABLE = 32  # longer arrays are compressed


def pack(numbers: np.ndarray) -> Any:
    """Write a 1-D array of integers as something JSON can hold.

    Parameters
    ----------
    numbers : numpy.ndarray
        Integers that fit int64, any length.

    Returns
    -------
    list or dict
        The numbers; or, of a long array, ``{"k", "same"}`` where all are the same, else ``{"k", "steps"}``: the
        differences from one to the next (which compress well in ascending rows) as base64 of zlib of little-endian
        integers, their size in front.

    Examples
    --------
    >>> pack(np.array([3, 1, 2]))
    [3, 1, 2]
    >>> pack(np.zeros(1000, dtype=int))
    {'k': 1000, 'same': 0}
    >>> unpack(pack(np.arange(5000))).sum()
    np.int64(12497500)
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    if len(numbers) <= _READABLE:
        return numbers.tolist()
    if (numbers == numbers[0]).all():
        return {"k": len(numbers), "same": int(numbers[0])}
    steps = np.diff(numbers, prepend=0)
    size = np.result_type(np.min_scalar_type(steps.min()), np.min_scalar_type(-abs(steps.max()) - 1)).itemsize
    squeezed = zlib.compress(steps.astype(f"<i{size}").tobytes(), 6 if len(numbers) < 20_000 else 1)
    return {"k": len(numbers), "steps": f"{size}:{base64.b64encode(squeezed).decode('ascii')}"}


def unpack(packed: Any) -> np.ndarray:
    """Read what `pack` wrote, as int64 (k,).

    Raises
    ------
    ValueError
        It is not something that `pack` writes.
    """
    if isinstance(packed, list):
        if not all(type(number) is int for number in packed):
            raise ValueError("numbers were expected")
        return np.array(packed, dtype=np.int64)
    try:
        count = int(packed["k"])
        if "same" in packed:
            return np.full(count, int(packed["same"]), dtype=np.int64)
        size, text = packed["steps"].split(":", 1)
        steps = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), dtype=f"<i{int(size)}")
    except (KeyError, TypeError, AttributeError, zlib.error) as error:
        raise ValueError(f"not a packed array: {error}") from error
    if len(steps) != count:
        raise ValueError(f"a packed array of {count} numbers holds {len(steps)}")
    return np.cumsum(steps, dtype=np.int64)


def checksums(texts: Sequence[str]) -> np.ndarray:
    """Give the CRC-32 of each text in UTF-8, int64 (k,): the same on every machine and in every version.

    Examples
    --------
    >>> checksums(["a.jpg"]).tolist()
    [2603921942]
    """
    numbers = (zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts)
    return np.fromiter(numbers, dtype=np.int64, count=len(texts))


def sendable(text: str) -> str:
    r"""Give a text that UTF-8 can hold: half a character, as names of files may have, becomes one that is not known.

    Examples
    --------
    >>> sendable("caf\udce9") == "caf\ufffd", sendable("dog")
    (True, 'dog')
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
