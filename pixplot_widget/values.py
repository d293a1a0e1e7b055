"""Values of a DataFrame as text: what people read and search, whatever a column holds, and how long it may be."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "as_text",
    "blank",
    "composed",
    "described",
    "folded",
    "in_precision",
    "is_binary",
    "number_text",
    "parts_of",
    "same",
    "several",
    "text_column",
    "to_numbers",
    "two_forms",
]

LONGEST = 5_000
"""Characters of one value that are shown; a text may be a whole book."""

DEEPEST = 8
"""Lists in lists are followed so far; one may hold itself."""

MOST_NUMBERS = 32
"""A longer array of numbers is a vector, which is told by its shape."""

_LISTS = (list, tuple, set, frozenset)
_ARRAYS = (np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
_BYTES = (bytes, bytearray, memoryview)
_LARGEST_POSITIONAL, _SMALLEST_POSITIONAL = 1e21, 1e-6  # between these, JavaScript writes no exponent either
_EXACT = 2.0**53  # up to here a double holds every whole number
_MOST_BITS = 10_000  # Python does not write longer numbers, which takes time that grows with the square


def several(value: Any) -> bool:
    """Whether a cell holds several values, as a cell of tags does: a list, a set, or an array of one dimension.

    Examples
    --------
    >>> several(["a"]), several(np.array(["a"], dtype=object)), several("a"), several(np.zeros((2, 2)))
    (True, True, False, False)
    """
    if isinstance(value, _LISTS):
        return True
    if isinstance(value, _ARRAYS):
        return value.ndim == 1 and value.dtype.kind != "V"
    return hasattr(value, "to_pylist") and hasattr(value, "__len__")  # of Arrow


def to_numbers(column: pd.Series) -> np.ndarray:
    """Read a column as numbers, float64 (n,); NaN where there is none.

    Examples
    --------
    >>> to_numbers(pd.Series(["1.5", "many", None])).tolist()
    [1.5, nan, nan]
    """
    if isinstance(column.dtype, pd.ArrowDtype):  # of Arrow's decimals pandas drops those that are missing
        column = column.astype(object)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def parts_of(value: Any) -> list[Any]:
    """Give the values in a cell of several; those of a set in the order of their text.

    Examples
    --------
    >>> parts_of(frozenset({"b", "a"})), parts_of(np.array([1, 2]))
    (['a', 'b'], [np.int64(1), np.int64(2)])
    """
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return value.to_pylist() if hasattr(value, "to_pylist") else list(value)


def blank(value: Any) -> bool:
    """Whether there is nothing to show: a missing value, or an empty list.

    Examples
    --------
    >>> blank(None), blank(float("nan")), blank([]), blank(0), blank("")
    (True, True, True, False, False)
    """
    if several(value) or isinstance(value, dict):
        return len(value) == 0
    if isinstance(value, np.ndarray):
        return value.size == 0
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def is_binary(value: Any) -> bool:
    """Whether a value is a picture or other bytes, or a record of them: nothing that text should hold.

    Examples
    --------
    >>> is_binary(b"abc"), is_binary({"bytes": b"abc", "path": None}), is_binary(np.zeros((4, 4))), is_binary("abc")
    (True, True, True, False)
    """
    if isinstance(value, np.ndarray):
        encoded = value.dtype == np.uint8 and value.size > MOST_NUMBERS  # np.frombuffer gives a file's bytes so
        return value.ndim > 1 or value.dtype.kind in "SV" or encoded
    if isinstance(value, _BYTES):
        return True
    if isinstance(value, dict):
        return any(map(is_binary, value.values()))
    return _is_picture(value)


def _is_picture(value: Any) -> bool:
    return hasattr(value, "getbands") and hasattr(value, "size")  # Pillow's, which need not be loaded to tell


def described(value: Any) -> str:
    """Say in a few words what something is that is not written out.

    Examples
    --------
    >>> described(b"abc"), described(np.zeros((4, 3), np.uint8))
    ('3 bytes', 'array of shape (4, 3)')
    """
    if isinstance(value, _BYTES):
        return f"{memoryview(value).nbytes:,} bytes"
    if _is_picture(value):
        return f"image of {value.size[0]} x {value.size[1]} px"
    if hasattr(value, "shape"):
        return f"array of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"


def number_text(value: Any) -> str:
    """Write a number with all its digits: the shortest text that is this number in its own precision.

    Whole numbers have no point, and numbers of ordinary size no exponent.

    Examples
    --------
    >>> [number_text(x) for x in (1234567890.0, 48.8583736, np.float32(0.1), 1e-5, 1e300)]
    ['1234567890', '48.8583736', '0.1', '0.00001', '1e+300']
    """
    if isinstance(value, decimal.Decimal):
        whole = value.is_finite() and -20 <= value.adjusted() <= 20
        return format(value, "f") if whole else str(value)
    if not isinstance(value, (float, np.floating)) or not math.isfinite(value):
        return str(value)
    size = abs(float(value))
    if size < _EXACT and value == int(value):
        return str(int(value))
    if _SMALLEST_POSITIONAL <= size < _LARGEST_POSITIONAL:
        return np.format_float_positional(value, unique=True, trim="-")
    return str(value)


def as_text(value: Any, longest: int = LONGEST) -> str:
    """Write a value of the frame as people would.

    Parameters
    ----------
    value : object
        Anything. Several values are joined by " | ". Pictures and bytes are described and not written out.
    longest : int
        Of a longer text the beginning is given, and how long it is.

    Returns
    -------
    str
        At most about `longest` characters.

    Examples
    --------
    >>> as_text(3.0), as_text(["a", "b"]), as_text(pd.Timestamp("2020-01-02")), as_text({"bytes": b"abc"})
    ('3', 'a | b', '2020-01-02', '{"bytes": "3 bytes"}')
    """
    text = _text(value, longest, DEEPEST)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def _text(value: Any, longest: int, depth: int) -> str:
    if isinstance(value, str):
        return value
    if is_binary(value) and not isinstance(value, dict):
        return described(value)
    if isinstance(value, dict) or several(value):
        if depth == 0:
            return "…"
        return _of_dict(value, longest, depth) if isinstance(value, dict) else _of_several(value, longest, depth)
    if hasattr(value, "as_py"):
        return _text(value.as_py(), longest, depth)  # Arrow's scalars
    if isinstance(value, (float, np.floating, decimal.Decimal)):
        return number_text(value)
    if isinstance(value, (dt.datetime, np.datetime64, np.timedelta64)) and not pd.isna(value):
        return _of_moment(value)
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return f"a whole number of {value.bit_length():,} bits"
    return str(value)


def _of_several(value: Any, longest: int, depth: int) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind in "iufcb" and len(value) > MOST_NUMBERS:
        return described(value)
    parts: list[str] = []
    room = longest
    values = parts_of(value)
    for part in values:
        if room <= 0:
            return " | ".join([*parts, f"… ({len(values):,} values)"])
        parts.append(_text(part, longest, depth - 1)[: longest + 1])
        room -= len(parts[-1]) + 3
    return " | ".join(parts)


def _of_dict(value: dict[Any, Any], longest: int, depth: int) -> str:
    written: dict[str, Any] = {}
    room = longest
    for key, part in value.items():
        if room <= 0:
            written["…"] = f"{len(value):,} entries"
            break
        text = part if isinstance(part, (int, float, bool)) or part is None else _text(part, longest, depth - 1)
        written[str(key)] = text[: longest + 1] if isinstance(text, str) else text
        room -= len(str(key)) + len(str(text)) + 6
    return json.dumps(written, ensure_ascii=False)


def _of_moment(value: Any) -> str:
    """A day without its midnight, where no time zone says when that was."""
    try:
        moment = pd.Timedelta(value) if isinstance(value, np.timedelta64) else pd.Timestamp(value)
    except (ValueError, OverflowError):  # long ago, or of a unit that pandas does not have
        return str(value)
    naive = isinstance(moment, pd.Timestamp) and moment.tzinfo is None
    return str(moment).removesuffix(" 00:00:00") if naive else str(moment)


def in_precision(value: Any, dtype: Any) -> Any:
    """Give a number in the precision of its column: Python's floats have more digits than one of 32 bits.

    Examples
    --------
    >>> number_text(in_precision(0.10000000149011612, np.dtype("float32")))
    '0.1'
    """
    narrow = getattr(dtype, "numpy_dtype", dtype)
    return narrow.type(value) if isinstance(value, float) and getattr(narrow, "kind", "") == "f" else value


def composed(text: str) -> str:
    r"""Write each letter and its accents as one character where there is such a one.

    "é" may be one character or an "e" and an accent: what a keyboard types is the one, names of files on a Mac the
    other. Nobody can see which a text has.

    Examples
    --------
    >>> composed("cafe\u0301") == "caf\u00e9"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    r"""Write a text as it is compared where capitals and the encoding of accents (`composed`) do not count.

    Examples
    --------
    >>> folded("CAFE\u0301") == folded("caf\u00e9")
    True
    """
    return text.lower() if text.isascii() else composed(composed(text).casefold())


def two_forms(texts: Iterable[Any]) -> list[tuple[str, str]]:
    r"""Find texts that look the same and are not: they differ in how accents are encoded.

    Returns
    -------
    list of (str, str)
        The one that came first, and another.

    Examples
    --------
    >>> [len(text) for text in two_forms(["caf\u00e9", "dog", "cafe\u0301"])[0]]
    [4, 5]
    """
    first: dict[str, str] = {}
    found = []
    for text in dict.fromkeys(text for text in texts if isinstance(text, str) and not text.isascii()):
        other = first.setdefault(composed(text), text)
        if other != text:
            found.append((other, text))
    return found


def text_column(texts: Iterable[Any]) -> pd.Series:
    r"""Make a column of text that may hold half a character, as a name of a file does that is not UTF-8.

    Where pandas keeps text in Arrow's memory, such a text has no place, and the column is one of objects.

    Examples
    --------
    >>> len(text_column(["a.png", "caf\udce9.png"]))
    2
    """
    values = texts if isinstance(texts, np.ndarray) else list(texts)  # an array of objects is not made one of numbers
    half = any(isinstance(text, str) and not _is_utf8(text) for text in values)
    return pd.Series(values, dtype=object) if half else pd.Series(values)


def _is_utf8(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values of a setting are the same, whatever they are made of.

    Examples
    --------
    >>> import numpy as np
    >>> same([{"rows": np.arange(2)}], [{"rows": np.arange(2)}]), same(np.arange(2), np.arange(3)), same(None, "a")
    (True, False, False)
    """
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.array_equal(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other or bool(one == other)
