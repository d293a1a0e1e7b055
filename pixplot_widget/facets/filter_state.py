"""The filter of one workspace: what must hold now, and whose question that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .conditions import Condition, fingerprint
from .filters import Sieve

__all__ = ["FilterState", "value_of"]


class FilterState:
    """What is filtered.

    Parameters
    ----------
    sieve : Sieve
        Judges.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"category": ["a", "b", "b"]})
    >>> state = FilterState(Sieve(lambda: df, "category", lambda: (np.array([0, 1, 1]), ["a", "b"]), {}))
    >>> state.set(state.check({"category": "b"}))
    True
    >>> state.mask().tolist()
    [False, True, True]
    """

    def __init__(self, sieve: Sieve) -> None:
        self.sieve = sieve
        # One tuple, which other threads read: conditions never go with the number of another question.
        self._told: tuple[list[Condition], Any] = ([], None)
        self._checked: tuple[Any, list[Condition]] = (None, [])

    @property
    def conditions(self) -> list[Condition]:
        """What must hold now."""
        return list(self._told[0])

    @property
    def told(self) -> tuple[list[Condition], Any]:
        """What must hold now, and which question that answers, of one moment."""
        return self._told

    @property
    def value(self) -> Any:
        """The filter as a user would write it; None: all rows pass."""
        return value_of(self._told[0])

    @property
    def text(self) -> str:
        """What the filter says, shortly: the same for the same conditions, "" where there are none."""
        return fingerprint(self._told[0])

    def mask(self) -> np.ndarray:
        """Rows that pass, bool (n,), as the frame is now."""
        return self.sieve.mask(self._told[0])

    def check(self, value: Any) -> Any:
        """Return what a user gave as it will be read; nothing is changed.

        Raises
        ------
        ValueError, KeyError, TypeError, IndexError
            As `Sieve.check`.
        """
        conditions = self.sieve.check(value)
        read = value_of(conditions)
        self._checked = (read, conditions)
        return read

    def set(self, value: Any, question: Any = None) -> bool:
        """Filter by what a user gave, or a page in a `question`; whether that is another filter than before.

        Raises
        ------
        ValueError, KeyError, TypeError, IndexError
            As `Sieve.check`; nothing is changed then.
        """
        read, conditions = self._checked
        if read is None or value is not read:  # a query is not run twice
            conditions = self.sieve.check(value)
        same = fingerprint(conditions) == self.text
        self._told = (conditions, self._told[1] if question is None else question)
        return not same

    def refuse(self, question: Any) -> None:
        """Answer a question by the filter as it is."""
        self._told = (self._told[0], question)

    def extension(self, n: int) -> Callable[[], None]:
        """Make ready for n rows in all; what is returned takes them in, and may be called twice.

        A filter by rows does not show those that were added.
        """
        conditions, take_masks = self.sieve.extension(self._told[0], n)

        def take() -> None:
            take_masks()
            self._told = (conditions, self._told[1])

        return take


def value_of(conditions: list[Condition]) -> Any:
    """Write conditions as shortly as a user would.

    Examples
    --------
    >>> value_of([]), value_of([{"query": "year > 1950"}]), value_of([{"is": "flagged"}])
    (None, 'year > 1950', [{'is': 'flagged'}])
    """
    if not conditions:
        return None
    if len(conditions) == 1 and conditions[0].keys() in ({"query"}, {"rows"}):
        return next(iter(conditions[0].values()))
    return [dict(each) for each in conditions]
