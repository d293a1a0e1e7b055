"""What users may call rows (positions, masks, index labels) turned into positions, and what each row is called.

Rows are positions 0..n-1 everywhere behind this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_integer_dtype, is_object_dtype

from .packing import checksums

__all__ = ["NO_ROWS", "RowKeys", "counted", "file_names", "row_keys", "some", "to_positions"]

NO_ROWS = np.empty(0, dtype=np.int64)
NO_ROWS.setflags(write=False)

_WANTED = (
    "rows are positions (an int, a list or an array of ints), a boolean mask with one entry a row, "
    "or a pandas Index or DataFrame, which mean index labels"
)


def some(values: Iterable[Any], limit: int = 5) -> str:
    """Name the first few of `values` and count the rest, for a sentence.

    Examples
    --------
    >>> some(range(8))
    '0, 1, 2, 3, 4 and 3 more'
    """
    values = list(values)
    shown = ", ".join(repr(_plain(value)) for value in values[:limit])
    rest = len(values) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


def to_positions(frame: pd.DataFrame | pd.Index, rows: Any) -> np.ndarray:
    """Turn what a user calls rows into positions.

    Parameters
    ----------
    frame : pandas.DataFrame or pandas.Index
        The frame whose rows are meant, or its index.
    rows : object
        * an int, or a list, tuple, range, set, array or Series of ints: positions from 0;
        * a boolean mask of length n: a list or an array counts by position. A boolean Series is aligned by its
          index, as pandas does in ``df[mask]``; missing entries of a nullable mask mean False;
        * a pandas Index or DataFrame: index labels. A label that stands on several rows means all of them.

    Returns
    -------
    numpy.ndarray
        int64 (k,), in [0, n): in the order given, each row once.

    Raises
    ------
    IndexError
        A position is negative or not below n.
    ValueError
        A mask is of another length, or is a Series of another index; or the array is not one-dimensional.
    KeyError
        An index label is not in the frame.
    TypeError
        Anything else.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"category": ["cat", "dog", "cat"]}, index=["a", "b", "c"])
    >>> to_positions(df, df["category"] == "cat").tolist()
    [0, 2]
    >>> to_positions(df, pd.Index(["c", "a"])).tolist()
    [2, 0]
    >>> to_positions(df, 1).tolist()
    [1]
    """
    index = frame if isinstance(frame, pd.Index) else frame.index
    if isinstance(rows, pd.DataFrame):
        return _from_labels(index, rows.index)
    if isinstance(rows, pd.Index):
        return _from_labels(index, rows)
    if isinstance(rows, pd.Series) and _is_mask(rows):
        rows = _aligned(index, rows)
    values = _as_array(rows)
    if len(values) == 0:
        return np.empty(0, dtype=np.int64)
    if values.dtype == bool:
        if len(values) != len(index):
            raise ValueError(f"a mask needs one entry a row: {len(index)}, but this one has {len(values)}")
        return np.flatnonzero(values).astype(np.int64)
    _check_range(values, len(index))
    return _once(values.astype(np.int64))


def _as_array(rows: Any) -> np.ndarray:
    """Positions or mask as a 1-D numpy array of ints or bools."""
    if isinstance(rows, (bool, np.bool_)):
        raise TypeError(f"{rows} names no row: {_WANTED}")
    if isinstance(rows, (int, np.integer)):
        return np.asarray([rows])
    if isinstance(rows, (str, bytes, float, dict)) or rows is None or not isinstance(rows, Iterable):
        raise TypeError(f"{rows!r} ({type(rows).__name__}) names no row: {_WANTED}")
    if not hasattr(rows, "dtype"):
        rows = list(rows)
        # numpy would read [True, 3] as [1, 3], so the mixture is looked for first
        kinds = {type(value) for value in rows}
        if kinds & {bool, np.bool_} and not kinds <= {bool, np.bool_}:
            raise TypeError(f"rows mix True and False with other values: {_WANTED}")
    if _is_mask(rows):
        return _mask_values(rows)
    values = np.asarray(rows)
    if values.ndim == 0:
        values = values.reshape(1)
    if values.ndim != 1:
        raise ValueError(f"rows must be one-dimensional; this array has shape {values.shape}")
    if len(values) and values.dtype == object and infer_dtype(values) == "integer":
        values = np.asarray([int(value) for value in values])
    if len(values) and not is_integer_dtype(values.dtype):
        raise TypeError(f"rows hold {values.dtype} values like {_plain(values[0])!r}: {_WANTED}")
    return values


def _is_mask(rows: Any) -> bool:
    dtype = getattr(rows, "dtype", None)
    if dtype is None:
        return len(rows) > 0 and isinstance(rows[0], (bool, np.bool_))
    return is_bool_dtype(dtype) or (is_object_dtype(dtype) and infer_dtype(rows, skipna=True) == "boolean")


def _mask_values(rows: Any) -> np.ndarray:
    values = pd.array(rows, dtype="boolean") if not isinstance(rows, np.ndarray) or rows.dtype != bool else rows
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise ValueError(f"a mask must be one-dimensional; this one has shape {values.shape}")
        return values
    return values.to_numpy(dtype=bool, na_value=False)


def _aligned(index: pd.Index, mask: pd.Series) -> np.ndarray:
    """The mask by position, aligned by its index labels like pandas does."""
    if len(mask) != len(index):
        raise ValueError(f"a mask needs one entry a row: {len(index)}, but this one has {len(mask)}")
    values = _mask_values(mask.array)
    if mask.index is index or mask.index.equals(index):
        return values
    where = mask.index.get_indexer(index) if mask.index.is_unique else np.full(len(index), -1)
    if (where < 0).any():
        raise ValueError(
            "this mask is a Series of another index than the frame's, so its entries cannot be matched to rows; "
            "give mask.to_numpy() if it counts by position"
        )
    return values[where]


def _from_labels(index: pd.Index, labels: pd.Index) -> np.ndarray:
    if len(labels) == 0:
        return np.empty(0, dtype=np.int64)
    if labels is index:
        return np.arange(len(index), dtype=np.int64)
    if isinstance(index, pd.MultiIndex) and labels.nlevels != index.nlevels:
        raise KeyError(f"the frame's index has {index.nlevels} levels, these labels have {labels.nlevels}")
    if index.is_unique:
        positions = index.get_indexer(labels)
        unknown = labels[positions < 0]
    else:
        positions, missing = index.get_indexer_non_unique(labels)
        unknown = labels[missing]
    if len(unknown):
        raise KeyError(f"not in the frame's index: {some(unknown.unique())}")
    return _once(positions.astype(np.int64))


def _check_range(values: np.ndarray, n: int) -> None:
    bad = values[(values < 0) | (values >= n)]
    if len(bad):
        where = f"0 to {n - 1}" if n else "none: the frame is empty"
        raise IndexError(f"no such row: {some(bad)}. Positions are {where}")


def _once(positions: np.ndarray) -> np.ndarray:
    """Each position once, in order of first mention."""
    if len(positions) < 2 or bool((positions[1:] > positions[:-1]).all()):
        return positions
    _, first = np.unique(positions, return_index=True)
    return positions if len(first) == len(positions) else positions[np.sort(first)]


def counted(n: int) -> str:
    """Say how many rows.

    Examples
    --------
    >>> counted(1), counted(3)
    ('1 row', '3 rows')
    """
    return f"{n} row" if n == 1 else f"{n} rows"


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def file_names(df: pd.DataFrame, names: Sequence[str] | None, identity: Sequence[Any]) -> list[str]:
    """Give the file name of each row: `names`, or the first of the identity columns, or the row's position."""
    if names is None:
        return [str(name) for name in df[identity[0]]] if len(identity) else [f"image {row}" for row in range(len(df))]
    if len(names) != len(df):
        raise ValueError(f"names has {len(names)} entries, but the frame has {len(df)} rows")
    return list(names)


class RowKeys(Sequence[str]):
    """What each row is called, and a checksum of it that is worked out once.

    Examples
    --------
    >>> keys = RowKeys(["a.jpg", "b.jpg"])
    >>> keys[1], keys.checksums(np.array([0])).tolist()
    ('b.jpg', [2603921942])
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._checksums = np.full(len(keys), -1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, row: Any) -> Any:
        return self._keys[row]

    def grown(self, keys: Sequence[str]) -> RowKeys:
        """Give these with others behind them."""
        new = RowKeys([*self._keys, *keys])
        new._checksums[: len(self)] = self._checksums
        return new

    def become(self, other: RowKeys) -> None:
        """Hold what others hold; nothing changes if it is done twice."""
        vars(self).update(vars(other))

    def checksums(self, rows: np.ndarray) -> np.ndarray:
        """Give the CRC-32 of what rows (int64 (k,)) are called, int64 (k,)."""
        new = rows[self._checksums[rows] < 0]
        self._checksums[new] = checksums([self._keys[row] for row in new.tolist()])
        return self._checksums[rows]


def row_keys(df: pd.DataFrame, names: list[str], identity: Sequence[Any]) -> RowKeys:
    """Give what tells a row from others across kernels: its file, and its box where several rows are of one file."""
    more = [df[column].astype(str).tolist() for column in identity[1:]]
    return RowKeys(["|".join(parts) for parts in zip(names, *more, strict=True)] if more else names)
