"""Rows that stand in a file which somebody else may have written: read within bounds, or refused in words."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

from ..facets.conditions import brief
from ..packing import unpack

__all__ = ["kept_rows"]

SIZES = (1, 2, 4, 8)


def kept_rows(packed: Any, n: int) -> np.ndarray:
    """Read positions of rows that `packing.pack` wrote, int64 (k,), at most n of them.

    Raises
    ------
    ValueError
        They are none, more than n, or not of n rows: nothing larger than n rows was made for that.

    Examples
    --------
    >>> kept_rows([2, 0], 3).tolist()
    [2, 0]
    >>> kept_rows({"k": 10**10, "same": 0}, 3)
    Traceback (most recent call last):
    ...
    ValueError: rows that were kept are 10000000000, where there are 3
    """
    count = packed.get("k") if isinstance(packed, dict) else len(packed) if isinstance(packed, list) else None
    if type(count) is not int:
        raise ValueError(f"{brief(packed)} are no rows as they are kept")
    if not 0 <= count <= n:
        raise ValueError(f"rows that were kept are {brief(count)}, where there are {n}")
    if isinstance(packed, dict) and "same" not in packed:
        _check_size(packed.get("steps"), count)
    try:
        rows = unpack(packed)
    except OverflowError as error:
        raise ValueError(f"rows that were kept are damaged: {error}") from error
    if len(rows) and not 0 <= rows.min() <= rows.max() < n:
        raise ValueError(f"rows that were kept go from {rows.min()} to {rows.max()}; there are {n}")
    return rows


def _check_size(steps: Any, count: int) -> None:
    """Look whether what was squeezed is as long as it says, without taking out more than that."""
    size, mark, text = steps.partition(":") if isinstance(steps, str) else ("", "", "")
    if not mark or size not in map(str, SIZES):
        raise ValueError(f"{brief(steps)} are no steps from row to row")
    try:
        found = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), count * int(size) + 1)
    except (ValueError, zlib.error) as error:
        raise ValueError(f"rows that were kept are damaged: {error}") from error
    if len(found) != count * int(size):
        raise ValueError(f"rows that were kept are damaged: they are not {count}, as is written there")
