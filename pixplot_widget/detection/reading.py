"""Somebody else's file: its text whatever byte-order mark it has, its JSON, and single values of it, read strictly.

Nothing in such a file is trusted. What is not as it should be is told apart from what is: by None, or by a ValueError
whose words are for the person who gave the file.
"""

from __future__ import annotations

import codecs
import json
import math
import numbers
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import open_regular

__all__ = ["Places", "Unknown", "entries", "folder", "json_of", "number", "plain_id", "shown", "text_of", "yes_or_no"]

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MOST_SHOWN = 80
YES = ("1", "1.0", "true", "yes", "y", "t")
NO = ("", "0", "0.0", "false", "no", "n", "f")


def text_of(path: str | os.PathLike) -> str:
    """Return the text of a file: UTF-8, or what its byte-order mark says.

    Raises
    ------
    OSError
        It cannot be read, or is no regular file.
    ValueError
        It is no such text.
    """
    with open_regular(path) as file:
        data = file.read()
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not text in UTF-8: {error.reason} at byte {error.start}") from error


def json_of(source: Any, what: str) -> Any:
    """Return what a JSON file holds, or the object itself.

    Parameters
    ----------
    source : path or object
        A path is read.
    what : str
        What it is called in errors.

    Raises
    ------
    ValueError
        The file is not JSON, or nested so deeply that it cannot be COCO.
    OSError
        It cannot be read.
    """
    if not isinstance(source, (str, os.PathLike)):
        return source
    try:
        return json.loads(text_of(source))
    except RecursionError:
        raise ValueError(f"{what} {os.fspath(source)!r} is nested too deeply to be COCO") from None
    except ValueError as error:
        raise ValueError(f"{what} {os.fspath(source)!r} is not JSON: {error}") from error


def shown(value: Any) -> str:
    """Return a value as an error quotes it: never long, and never an error itself.

    Examples
    --------
    >>> shown("cat"), shown(10**5000), len(shown([0] * 1000))
    ("'cat'", 'an int', 80)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits; a list that is its own entry
        name = type(value).__name__
        text = f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def number(value: Any) -> float:
    """Return a value as a float; NaN where it is none.

    Examples
    --------
    >>> number("0.5"), number(None), number(10**400), number([1])
    (0.5, nan, nan, nan)
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def yes_or_no(value: Any) -> bool | None:
    """Return what `iscrowd`, `ignore` or `difficult` says; None where it is neither yes nor no.

    Numbers, booleans and their text are read; what is missing is no. The text ``"0"`` is no, whatever Python says.

    Examples
    --------
    >>> [yes_or_no(value) for value in (1, True, "1", "true", 0, None, "0", "False", "maybe", 2)]
    [True, True, True, True, False, False, False, False, None, None]
    """
    if value is None:
        return False
    text = value.strip().lower() if isinstance(value, str) else str(number(_unwrapped(value)))
    return True if text in YES else False if text in NO else None


def plain_id(value: Any) -> int | float | str | None:
    """Return an id as an int, exact whatever its size, or as text; None if it is neither, or the text is empty.

    NumPy's numbers and tensors of one number are what they hold, and 7.0 is 7.

    Examples
    --------
    >>> plain_id(7.0), plain_id("7"), plain_id(10**25), plain_id([7]), plain_id(True), plain_id(None)
    (7, '7', 10000000000000000000000000, None, None, None)
    """
    value = _unwrapped(value)
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    if isinstance(value, numbers.Integral):
        return int(value)
    value = float(value)
    return None if not math.isfinite(value) else int(value) if value.is_integer() else value


def _unwrapped(value: Any) -> Any:
    """Return the Python number in a NumPy scalar, or in an array or tensor of one number and no dimension."""
    return value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value


class Unknown(str):
    """A name, or an id, that has no counterpart; equal to no other. `reason` says why, where there is more to say."""

    reason: str = ""

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = str.__hash__


class Places:
    """Where ids are in a list: the same id, or else the one whose text is the same, so that "7" finds 7.

    Parameters
    ----------
    ids : iterable
        As `plain_id` gives them.

    Examples
    --------
    >>> places = Places([7, "b", 8])
    >>> [places.find(key) for key in (8, 8.0, "8", "b", "08", None)]
    [2, 2, 2, 1, -1, -1]
    """

    def __init__(self, ids: Iterable[Any]) -> None:
        self._places: dict[Any, int] = {}
        self._texts: dict[str, int] = {}
        for place, key in enumerate(ids):
            self._places.setdefault(key, place)
            self._texts.setdefault(str(key), place)

    def find(self, key: Any) -> int:
        """Return the place of an id; -1 if it has none."""
        key = plain_id(key)
        if key is None or isinstance(key, Unknown):
            return -1
        place = self._places.get(key)
        return self._texts.get(str(key), -1) if place is None else place


def entries(value: Any, what: str) -> Sequence[Any]:
    """Return a list of a COCO dict.

    Raises
    ------
    ValueError
        It is no list.
    """
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise ValueError(f"{what} must be a list, not a {type(value).__name__}")
    return value


def folder(path: str | os.PathLike) -> Path:
    """Return a folder.

    Raises
    ------
    NotADirectoryError
        There is none.
    """
    found = Path(path).expanduser()
    if not found.is_dir():
        raise NotADirectoryError(f"there is no folder {os.fspath(path)!r}")
    return found
