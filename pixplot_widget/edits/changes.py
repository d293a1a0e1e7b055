"""What an edit answers: the news of what changed, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import EditError
from ..labels import MISSING
from .fields import Field
from .history import HOW

__all__ = ["Asked", "Change", "held_words", "images", "verb", "words"]


@dataclass(frozen=True)
class Change:
    """What one edit changed: the acknowledgement to whoever asked for it, and the news to everybody else.

    Attributes
    ----------
    revision : int
        Counts changes of the log's state; the same as before where nothing changed.
    kind : {"label", "flag", "class", "merge", "undo", "redo", "revert", "hotspots", "outside"}
        What was asked for; "hotspots" changes no row, and "outside" is the news of values that somebody else wrote into
        the frame.
    rows : numpy.ndarray
        int64 (k,), ascending: rows whose label, flag or reason changed.
    codes : numpy.ndarray
        int32 (k,): their labels now.
    flags : numpy.ndarray
        bool (k,): their flags now.
    held : numpy.ndarray
        int64 (j,): rows left as they are, because they were changed outside.
    message : str
        What happened, in words.
    step : int or None
        Number of the step.
    labels : int
        How many labels there are now: more than before if one was new.
    client, seq : str and int, or None
        Who asked, and their number for it.
    """

    revision: int
    kind: str
    rows: np.ndarray
    codes: np.ndarray
    flags: np.ndarray
    held: np.ndarray
    message: str
    step: int | None
    labels: int
    client: str | None = None
    seq: int | None = None

    def __bool__(self) -> bool:
        return len(self.rows) > 0

    def in_short(self, most: int) -> Change:
        """Give it with its first rows only, so many at most, to be kept."""
        if max(len(self.rows), len(self.held)) <= most:
            return self
        first = {name: getattr(self, name)[:most].copy() for name in ("rows", "codes", "flags", "held")}
        return replace(self, **first)


@dataclass(frozen=True)
class Asked:
    """Who asked for an edit, under which number, and how it came about."""

    how: str = "code"
    client: str | None = None
    seq: int | None = None

    def check(self) -> None:
        """Raise if there is no such way for an edit to come about."""
        if self.how not in HOW:
            raise EditError(f"how must be one of {', '.join(HOW)}, not {self.how!r}")


def verb(kind: str, field: Field, codes: np.ndarray) -> str:
    """Say what is done, with room for how many images: a format string."""
    if kind == "flag":
        return "flag {}" if (codes == 1).all() else "unflag {}" if (codes != 1).all() else "flag and unflag {}"
    if len(codes) and (codes == codes[0]).all():
        if codes[0] == MISSING:
            return "take the label from {}"
        name = field.labels.names[codes[0]].replace("{", "{{").replace("}", "}}")
        return f"relabel {{}} to {name!r}"
    return "relabel {}"


def held_words(held: np.ndarray, field: Field, names: Sequence[str]) -> str:
    """Say which rows are left as they are, and what they hold."""
    first = int(held[0])
    rest = f", and {len(held) - 1} more" if len(held) > 1 else ""
    return f"{names[first]!r} holds {field.value(first)!r} now, not what was shown{rest}; left as it is"


def images(count: int) -> str:
    """Say how many images.

    Examples
    --------
    >>> images(1), images(1200)
    ('1 image', '1,200 images')
    """
    return "1 image" if count == 1 else f"{count:,} images"


def words(error: Exception) -> str:
    """Give an exception's sentence."""
    # str() of a KeyError puts its message in quotes
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
