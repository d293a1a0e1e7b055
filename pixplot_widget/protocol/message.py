"""What every message is, in either direction; and what its fields may be, so that no handler need doubt a type."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

__all__ = ["DTYPES", "PROTOCOL", "Message", "ProtocolError", "Rows", "check_fields", "check_json", "whole"]

PROTOCOL = 3
"""Raised whenever a message changes its meaning; a page of another number says so instead of guessing."""

DTYPES = {"uint8", "int32", "uint32", "float32"}


Rows = np.ndarray
"""Positions of rows, int32 (k,); that they are rows of the frame is for `check_rows` to say."""


class ProtocolError(ValueError):
    """A message that does not follow the protocol; `head` is the JSON of its first frame, where more came."""

    head: Any = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. Its fields are JSON values or numpy arrays of one of `DTYPES`."""

    type: ClassVar[str]


# --- what a page may send ---

MOST_TEXT = 1_000_000
"""Characters of all texts of one frame, and values in it: a filter by a thousand tags has some 30,000."""

MOST_NAME = 200
"""Characters of the name of a page: what is kept of each is kept by it."""

MOST_WORDS = 10_000
"""Characters of any other text: of labels, names of hotspots, reasons. Each goes to all pages, and into the journal."""

DEEPEST = 16
"""So deep may lists and dicts lie in one another; conditions of a filter lie in four."""

LARGEST = 2**53
"""Whole numbers beyond this are not exact in a page."""


def whole(value: Any, name: str, least: int = 0, most: int = LARGEST) -> int:
    """Return a whole number of a frame.

    Raises
    ------
    ProtocolError
        It is none, or out of range.

    Examples
    --------
    >>> whole(3, "frame", most=5)
    3
    """
    if type(value) is not int or not least <= value <= most:
        raise ProtocolError(f"{name} is a whole number from {least} to {most}, not {_brief(value)}")
    return value


def check_json(value: Any) -> None:
    """Check that the JSON of a frame is neither too long nor too deep, and holds nothing that JSON cannot.

    Raises
    ------
    ProtocolError
        It is, or it does.
    """
    size, left = 0, [(value, 0)]
    while left:
        each, depth = left.pop()
        size += 1
        if isinstance(each, str):
            size += len(each)
        elif isinstance(each, (list, dict)):
            if depth == DEEPEST:
                raise ProtocolError(f"lists and dicts of a frame lie at most {DEEPEST} deep in one another")
            if len(each) > MOST_TEXT:
                raise ProtocolError(f"a frame's JSON has at most {MOST_TEXT:,} characters, arrays aside")
            inside = [*each.keys(), *each.values()] if isinstance(each, dict) else each
            left += [(part, depth + 1) for part in inside]
        elif not (each is None or isinstance(each, (bool, int, float))):
            raise ProtocolError(f"a frame holds what JSON can, not {type(each).__name__}")
        if size > MOST_TEXT:
            raise ProtocolError(f"a frame's JSON has at most {MOST_TEXT:,} characters, arrays aside")


def _brief(value: Any) -> str:
    """Write a value for a sentence, of whatever size or depth it is."""
    if isinstance(value, (list, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a larger one"
    return repr(value if not isinstance(value, str) else value[:60])


def _is_int(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _is_float(value: Any) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_conditions(value: Any) -> bool:
    """Conditions of a filter: what they say is for the filter to judge, but their numbers are numbers."""
    return isinstance(value, list) and all(isinstance(each, dict) and _finite(each) for each in value)


def _finite(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return all(map(_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, (int, float)) or abs(value) <= sys.float_info.max  # NaN is not


_KINDS: dict[str, Callable[[Any], bool]] = {
    "int": _is_int,
    "float": _is_float,
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "list[str]": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "list[dict[str, Any]]": _is_conditions,
    "Rows": lambda value: isinstance(value, np.ndarray) and value.dtype == np.int32,
    "str | None": lambda value: value is None or isinstance(value, str),
    "str | bool | None": lambda value: value is None or isinstance(value, (str, bool)),
}
"""By how a field is annotated, what may stand in it."""

_WORDS = {
    "int": "a whole number that a page can hold",
    "float": "a finite number",
    "list[str]": "a list of texts",
    "list[dict[str, Any]]": "a list of conditions with finite numbers",
    "Rows": "an array of int32",
}
"""And what is said of it where that is not its annotation."""


def check_fields(cls: type[Message], values: dict[str, Any]) -> None:
    """Check that values are those of a message's fields.

    Raises
    ------
    ProtocolError
        One is missing or superfluous, or is not what the field holds.
    """
    fields = {field.name: str(field.type) for field in dataclasses.fields(cls)}
    if values.keys() != fields.keys():
        raise ProtocolError(f"{cls.type} has the fields {sorted(fields)}, not {_brief(' '.join(sorted(values)))}")
    for name, kind in fields.items():
        value = values[name]
        if not _KINDS[kind](value):
            held = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else _brief(value)
            raise ProtocolError(f"{cls.type}.{name} must be {_WORDS.get(kind, kind)}, not {held}")
        most = MOST_NAME if name == "client" else MOST_WORDS
        if isinstance(value, str) and len(value) > most:
            raise ProtocolError(f"{cls.type}.{name} has {len(value):,} characters; it may have {most:,}")
