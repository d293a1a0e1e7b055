"""Columns that one can filter by, and the filter, as pages hear of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..facets import Facet
from ..facets.filter_state import FilterState
from ..protocol import FacetSent, FilterSent

__all__ = ["BINS", "facet_message", "filter_message"]

BINS = 64
MOST_ROWS_SENT = 200_000
"""Of more rows than this a page gets histograms and counts only, and the kernel does the filtering."""

MOST_NAMES_SENT = 2_000
"""The commonest of a column's tags; others are found by search."""

MOST_TEXT_SENT = 1_000_000
"""Bytes of a column of text that pages search themselves."""

_NONE = np.zeros(0)


def filter_message(state: FilterState) -> FilterSent:
    """Write the filter for the pages, with the page and the number of the question that it answers."""
    conditions, asked = state.told
    client, seq = asked or ("", 0)
    sieve = state.sieve
    none = np.zeros(0, dtype=np.uint8)
    mask = sieve.mask(conditions).astype(np.uint8) if conditions else none
    alone = [each for each in conditions if not {"any", "all", "min", "max", "is"} & each.keys()]
    fixed = sieve.mask(alone).astype(np.uint8) if alone else none
    return FilterSent(conditions=sieve.to_page(conditions), mask=mask, fixed=fixed, client=client, seq=seq)


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
