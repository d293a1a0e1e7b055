"""The filter of one widget: kept here, told to pages, and set by them; and the columns they may filter by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..protocol import FacetSent, FilterSent, FilterWanted
from ..publisher import Publisher
from . import Facet
from .conditions import Condition, fingerprint
from .filters import Sieve

__all__ = ["BINS", "Sifting", "facet_message", "value_of"]

BINS = 64
MOST_ROWS_SENT = 200_000
"""Of more rows than this a page gets histograms and counts only, and the kernel does the filtering."""

MOST_NAMES_SENT = 2_000
"""The commonest of a column's tags; others are found by search."""

MOST_TEXT_SENT = 1_000_000
"""Bytes of a column of text that pages search themselves."""

_NONE = np.zeros(0)


class Sifting:
    """What is filtered, and who should know.

    Parameters
    ----------
    publisher : Publisher
        Sends.
    sieve : Sieve
        Judges.
    label : str
        The label column, whose codes pages have already.
    """

    def __init__(self, publisher: Publisher, sieve: Sieve, label: str) -> None:
        self.sieve = sieve
        self._publisher = publisher
        self._label = label
        self._conditions: list[Condition] = []
        self._asked = ("", 0)
        # What pages are told, which another thread reads: conditions never go with the number of another question.
        self._told = (self._conditions, self._asked)

    @property
    def conditions(self) -> list[Condition]:
        """What must hold now."""
        return list(self._conditions)

    @property
    def text(self) -> str:
        """What the filter says, shortly: the same for the same conditions, "" where there are none."""
        return fingerprint(self._conditions)

    def mask(self) -> np.ndarray:
        """Rows that pass, bool (n,), as the frame is now."""
        return self.sieve.mask(self._conditions)

    def take(self, value: Any) -> Any:
        """Filter by what a user gave; returns it as it will be read.

        Raises
        ------
        ValueError, KeyError, TypeError, IndexError
            As `Sieve.check`; nothing is changed then.
        """
        self._conditions = self.sieve.check(value)
        return value_of(self._conditions)

    def extension(self, n: int) -> Callable[[], None]:
        """Make ready for n rows in all; what is returned takes them in, and may be called twice.

        A filter by rows does not show those that were added.
        """
        conditions, take_masks = self.sieve.extension(self._conditions, n)

        def take() -> None:
            take_masks()
            self._conditions = conditions
            self._told = (conditions, self._told[1])

        return take

    def read(self, message: FilterWanted) -> Any:
        """Turn what a page asks for into what a user would write; `tell` will say that this page was answered.

        Raises
        ------
        ValueError, KeyError, TypeError
            As `Sieve.from_page`; the page is answered with the filter there was.
        """
        self._asked = (message.client, message.seq)
        return value_of(self.sieve.from_page(message.conditions))

    def tell(self) -> None:
        """Tell the pages what is filtered now."""
        self._told = (self._conditions, self._asked)
        self._publisher.post("filter", self._message)

    def _message(self) -> FilterSent:
        conditions, (client, seq) = self._told
        none = np.zeros(0, dtype=np.uint8)
        mask = self.sieve.mask(conditions).astype(np.uint8) if conditions else none
        alone = [each for each in conditions if not {"any", "all", "min", "max", "is"} & each.keys()]
        fixed = self.sieve.mask(alone).astype(np.uint8) if alone else none
        return FilterSent(conditions=self.sieve.to_page(conditions), mask=mask, fixed=fixed, client=client, seq=seq)

    def post_facets(self, names: list[str]) -> None:
        """Keep columns for the pages, so that they can filter while the kernel is busy."""
        for name in names:
            self.want(name, patiently=True)

    def want(self, name: str, patiently: bool = False) -> None:
        """Send pages a column that one can filter by; `patiently`, when nothing else is to be sent.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        self.sieve.check_column(name)
        self._publisher.post(f"facet/{name}", lambda: facet_message(name, self.sieve.facet(name)), patiently=patiently)


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


def facet_message(name: str, column: Facet) -> FacetSent:
    """Write a column for a page.

    Examples
    --------
    >>> message = facet_message("year", Facet("numbers", values=np.array([1900.0, np.nan, 2000.0])))
    >>> message.low, message.high, message.missing, message.values.tolist()
    (1900.0, 2000.0, 1, [0.0, nan, 100.0])
    """
    dtypes = {"counts": np.int32, "rows": np.int32, "codes": np.int32, "values": np.float32}
    dtypes |= {"offsets": np.uint32, "text": np.uint8}
    told: dict[str, Any] = {"names": [], **dict.fromkeys(dtypes, _NONE)}
    told |= {"low": 0.0, "high": 0.0, "missing": 0, "whole": False, "complete": True}
    if column.kind in ("numbers", "dates"):
        known = column.values[~np.isnan(column.values)]
        told["missing"] = len(column.values) - len(known)
        told["complete"] = len(column.values) <= MOST_ROWS_SENT
        if len(known):
            low, high = float(known.min()), float(known.max())
            whole = bool((known == np.rint(known)).all())
            told |= {"low": low, "high": high, "whole": whole, "counts": np.histogram(known, BINS, (low, high))[0]}
        if told["complete"]:
            told["values"] = column.values - told["low"]
    elif column.kind == "tags":
        told |= _tags(column)
    elif column.kind == "categories":
        told["names"] = column.names
        told["counts"] = np.bincount(column.codes + 1, minlength=len(column.names) + 1)[1:]
        told["missing"] = int((column.codes < 0).sum())
        told["complete"] = len(column.codes) <= MOST_ROWS_SENT
        if told["complete"]:
            told["codes"] = column.codes
    elif column.kind == "text":
        told |= _texts(column.texts)
    return FacetSent(name=name, kind=column.kind, **(told | {key: told[key].astype(t) for key, t in dtypes.items()}))


def _texts(texts: np.ndarray) -> dict[str, Any]:
    """A column of text, where that is not too much."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    if sum(map(len, encoded)) > MOST_TEXT_SENT:
        return {"complete": False}
    offsets = np.cumsum([0, *map(len, encoded)])
    return {"offsets": offsets, "text": np.frombuffer(b"".join(encoded), np.uint8)}


def _tags(column: Facet) -> dict[str, Any]:
    """The commonest tags, and who bears them where that is not too much."""
    counts = np.bincount(column.codes, minlength=len(column.names))
    order = np.argsort(-counts, kind="stable")[:MOST_NAMES_SENT]
    place = np.full(len(column.names), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    complete = len(column.rows) <= MOST_ROWS_SENT and len(order) == len(column.names)
    told = {"names": [column.names[k] for k in order], "counts": counts[order], "complete": complete}
    if complete:
        told |= {"rows": column.rows, "codes": place[column.codes]}
    return told
