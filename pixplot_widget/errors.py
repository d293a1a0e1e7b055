"""What is raised when an edit cannot be made: every message is a sentence for the person who asked for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from .values import folded

__all__ = ["MISTAKES", "EditError", "JournalError", "LabelError", "RowsChangedError", "instead", "nearest"]

MISTAKES = (IndexError, KeyError, OverflowError, TypeError, ValueError)
"""What bad input raises, with a sentence that says what was wrong; anything else is a fault of this package."""

MOST_NAMED = 20
"""A frame may have thousands of columns; a sentence names so many of them."""


def nearest(name: Any, known: Iterable[Any], likeness: float = 0.6) -> Any:
    """Give the known name that one most likely meant, whatever the case of its letters; None if none is near.

    Parameters
    ----------
    name : object
        What was written.
    known : iterable
        What there is.
    likeness : float
        How like one another they must be, 0 to 1, as `difflib` measures it.

    Examples
    --------
    >>> nearest("categroy", ["filename", "category"])
    'category'
    >>> nearest("year", ["filename", "category"]) is None
    True
    """
    lower = {folded(str(each)): each for each in reversed(list(known))}
    near = difflib.get_close_matches(folded(str(name)), lower, n=1, cutoff=likeness)
    return lower[near[0]] if near else None


def instead(name: Any, known: Iterable[Any]) -> str:
    """Say what there is in place of a name that there is not: the nearest one if one is near, and all.

    Examples
    --------
    >>> instead("categroy", ["filename", "category"])
    "did you mean 'category'? There are 'filename', 'category'"
    >>> instead("year", ["filename", "category"])
    "there are 'filename', 'category'"
    """
    names = list(known)
    if not names:
        return "there are none"
    near = nearest(name, names)
    rest = len(names) - MOST_NAMED
    there = ", ".join(map(repr, names[:MOST_NAMED])) + (f" and {rest} more" if rest > 0 else "")
    return f"there are {there}" if near is None else f"did you mean {near!r}? There are {there}"


class EditError(ValueError):
    """An edit that was refused; nothing has changed.

    Examples
    --------
    >>> EditError("column 'category' is gone").reason
    "column 'category' is gone"
    """

    @property
    def reason(self) -> str:
        """Why, in words that can be shown as they are."""
        return str(self)


class LabelError(EditError):
    """The label does not fit the column: another type, not in the list of allowed ones, or empty."""


class RowsChangedError(EditError):
    """Rows of the frame were added, removed or reordered since it was given to the log."""


class JournalError(EditError):
    """The journal cannot be read or written, so the edit could not be made safe and was not made."""
