"""Arrays of integers as JSON, readable while short, compressed when long; and text that JSON can hold.

An edit of one image should be read with the eye in a journal; one of 100,000 should be a few kilobytes.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["checksums", "pack", "sendable", "strict_json", "unpack"]

MOST = 2**25
"""So many numbers are read unless less is allowed: 268 MB."""

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


def unpack(packed: Any, most: int = MOST) -> np.ndarray:
    """Read what `pack` wrote, as int64 (k,).

    Parameters
    ----------
    packed : list or dict
        As `pack` gives it, perhaps written by somebody else.
    most : int
        How many numbers there may be. No more than those are ever made, whatever a file says of itself.

    Raises
    ------
    ValueError
        It is not something that `pack` writes, or holds more numbers.

    Examples
    --------
    >>> unpack({"k": 10**10, "same": 0}, most=1000)
    Traceback (most recent call last):
        ...
    ValueError: 10000000000 numbers are packed where there can be 1000 at most
    """
    if isinstance(packed, list):
        _check_count(len(packed), most)
        if not all(type(number) is int for number in packed):
            raise ValueError("numbers were expected")
        return _whole_numbers(packed)
    try:
        count = packed["k"]
        _check_count(count, most)
        if "same" in packed:
            return np.repeat(_whole_numbers([packed["same"]]), count)
        size, text = packed["steps"].split(":", 1)
        if size not in ("1", "2", "4", "8"):
            raise ValueError(f"a packed array has integers of {size[:9]!r} bytes")
        wanted = count * int(size)
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.b64decode(text, validate=True), wanted + 1)
    except (KeyError, TypeError, AttributeError, zlib.error) as error:
        raise ValueError(f"not a packed array: {error}") from error
    if len(data) != wanted or not inflate.eof:
        raise ValueError(f"a packed array of {count} numbers holds others, or is cut off")
    return np.cumsum(np.frombuffer(data, dtype=f"<i{size}"), dtype=np.int64)


def _check_count(count: Any, most: int) -> None:
    if type(count) is not int or count < 0:
        raise ValueError("a packed array does not say how many numbers it holds")
    if count > most:
        raise ValueError(f"{count} numbers are packed where there can be {most} at most")


def _whole_numbers(numbers: list[Any]) -> np.ndarray:
    if not all(type(number) is int and -(2**63) <= number < 2**63 for number in numbers):
        raise ValueError("whole numbers of 64 bits were expected")
    return np.array(numbers, dtype=np.int64)


def strict_json(text: str | bytes) -> Any:
    """Read JSON that may have been written or damaged by somebody else.

    Raises
    ------
    ValueError
        It is no JSON, a key stands twice in it, a number is not finite, or it is nested too deeply to be read.

    Examples
    --------
    >>> strict_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    ValueError: a key stands twice
    """
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number that is finite")
    return number


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
