"""Conditions of a filter by themselves: their shapes, how they are kept in a file, and how pages hand them back."""

from __future__ import annotations

import base64
import hashlib
import itertools
import reprlib
import threading
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = [
    "SHAPES",
    "STATES",
    "WANTED",
    "WORDS",
    "Condition",
    "Handed",
    "brief",
    "fingerprint",
    "longer",
    "packed",
    "unpacked",
]

Condition = dict[str, Any]

STATES = ("flagged", "not flagged", "edited", "not edited", "unreadable", "readable")
SHAPES = ({"column", "any"}, {"column", "all"}, {"column", "min"}, {"column", "max"}, {"column", "min", "max"})
SHAPES += ({"column", "contains"}, {"is"}, {"query"}, {"rows"}, {"query", "rows"})
WORDS = set().union(*SHAPES)
WANTED = (
    'a condition is {"column": name, "any": [...]}, {"column": name, "all": [...]}, {"column": name, "min": ..., '
    '"max": ...}, {"column": name, "contains": text}, {"is": state}, {"query": text} or {"rows": mask}'
)


def brief(value: Any) -> str:
    """Write a value for a sentence, however long or deep it is.

    Examples
    --------
    >>> brief({"column": "year"})
    "{'column': 'year'}"
    """
    short = reprlib.Repr()
    short.maxstring = short.maxother = 100
    return short.repr(value)


def packed(mask: np.ndarray) -> dict[str, Any]:
    """Write a mask, bool (n,), as something JSON can hold."""
    bits = zlib.compress(np.packbits(mask).tobytes(), 9)
    return {"n": len(mask), "bits": base64.b64encode(bits).decode("ascii")}


def unpacked(rows: Any, n: int) -> Any:
    """Read what `packed` wrote, bool (n,), and let anything else pass as it is.

    Raises
    ------
    ValueError
        It is damaged, or of another number of rows.

    Examples
    --------
    >>> unpacked(packed(np.array([True, False])), 2).tolist()
    [True, False]
    """
    if not (isinstance(rows, dict) and rows.keys() == {"n", "bits"}):
        return rows
    if rows["n"] != n:
        raise ValueError(f"the filter was made for {brief(rows['n'])} rows; there are {n}")
    if not isinstance(rows["bits"], str):
        raise ValueError(f"the bits of a mask are text, not {brief(rows['bits'])}")
    wanted, reader = -(-n // 8), zlib.decompressobj()
    try:
        bits = reader.decompress(base64.b64decode(rows["bits"], validate=True), wanted + 1)
    except (ValueError, zlib.error) as error:
        raise ValueError(f"the rows of a filter are damaged: {error}") from error
    if len(bits) != wanted:
        raise ValueError(f"the rows of a filter are damaged: {len(bits)} bytes or more, where {n} rows have {wanted}")
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=n).astype(bool)


class Handed:
    """Conditions that pages hand back by a number, because they cannot say them, or not exactly.

    Those of the filter there is are kept, and the `MOST` that were told last: a page may still have another.

    Examples
    --------
    >>> handed = Handed()
    >>> [handed.number({"query": text}) for text in ("year > 1950", "year < 10", "year > 1950")]
    [1, 2, 1]
    >>> handed[2]
    {'query': 'year < 10'}
    """

    MOST = 16

    def __init__(self) -> None:
        self._kept: dict[int, Condition] = {}  # the last told is last
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, number: Any) -> Condition:
        with self._lock:
            if type(number) is not int or number not in self._kept:
                raise ValueError("the rows that a page filtered by are no longer known")
            return self._kept[number]

    def number(self, condition: Condition) -> int:
        """Give the number of a condition, a new one if it has none."""
        with self._lock:
            found = next((number for number, each in self._kept.items() if _same(each, condition)), None)
            number = next(self._numbers) if found is None else found
            self._kept.pop(number, None)
            self._kept[number] = condition
            return number

    def forget(self, in_use: int) -> None:
        """Forget conditions that were told long ago, but for those that were told last, as many as are in use."""
        with self._lock:
            for number in list(self._kept)[: -(in_use + self.MOST)]:
                del self._kept[number]

    def extension(self, n: int) -> Callable[[], None]:
        """Make ready for n rows, of which masks do not hold of those that are added; return what takes that in."""
        with self._lock:
            grown = {number: longer(each, n) for number, each in self._kept.items()}
        return lambda: setattr(self, "_kept", grown)


def longer(condition: Condition, n: int) -> Condition:
    """Give a condition for n rows: one that names rows does not hold of later ones."""
    if "rows" not in condition or len(condition["rows"]) >= n:
        return condition
    more = np.zeros(n - len(condition["rows"]), dtype=bool)
    return condition | {"rows": np.concatenate([condition["rows"], more])}


def fingerprint(conditions: Sequence[Condition]) -> str:
    """Give a short text that is the same for the same conditions; "" for none.

    Examples
    --------
    >>> fingerprint([]), fingerprint([{"is": "flagged"}]) == fingerprint([{"is": "edited"}])
    ('', False)
    """
    if not conditions:
        return ""
    said = hashlib.blake2b(digest_size=12)
    for condition in conditions:
        for key, value in sorted(condition.items()):
            said.update(
                value.tobytes() if isinstance(value, np.ndarray) else repr((key, value)).encode("utf-8", "replace")
            )
    return said.hexdigest()


def _same(one: Condition, other: Condition) -> bool:
    # repr, since 1 == 1.0 == True; an array is compared as such
    return one.keys() == other.keys() and all(
        np.array_equal(value, other[key]) if isinstance(value, np.ndarray) else repr(value) == repr(other[key])
        for key, value in one.items()
    )
