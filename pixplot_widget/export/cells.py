"""What stands in the cells of a CSV file, and what those who read it with other tools make of it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..rows import some
from ..tags import tags_of
from ..values import DEEPEST, blank, described, is_binary, parts_of, several

__all__ = ["as_cells", "warn_of_readers"]


def as_cells(table: pd.DataFrame, image: Any = None) -> pd.DataFrame:
    """Give a table with nothing in its cells but what text can hold, and with text as names of its columns.

    Parameters
    ----------
    table : pandas.DataFrame
        Any; two columns may have one name.
    image : column name, optional
        The column of the pictures, which is left out silently where it holds them.

    Returns
    -------
    pandas.DataFrame
        Without the columns that hold nothing but pictures or bytes.

    Examples
    --------
    >>> table = pd.DataFrame({"photo": [b"abc"], "words": [("fur", "paws")], ("score", 1): [0.5]})
    >>> as_cells(table, image="photo").to_dict("records")
    [{'words': 'fur|paws', 'score.1': 0.5}]
    """
    columns, names, left_out = [], [], []
    for k, name in enumerate(table.columns.tolist()):
        column = table.iloc[:, k]
        if not (column.dtype == object or isinstance(column.dtype, (pd.ArrowDtype, pd.CategoricalDtype))):
            columns.append(column)
        elif _is_of_pictures(column):
            left_out += [] if name == image else [name]
            continue
        else:
            columns.append(_cells(column))
        names.append(_name(name))
    if left_out:
        warnings.warn(
            f"left out of the table: {some(left_out, 20)}, which holds pictures or bytes; a CSV file holds text",
            stacklevel=4,
        )
    out = pd.DataFrame(dict(enumerate(columns)), index=table.index)
    return out.set_axis(pd.Index(names, dtype=object), axis=1)


def _name(name: Any) -> str:
    return ".".join(str(part) for part in name if str(part)) if isinstance(name, tuple) else str(name)


def _is_of_pictures(column: pd.Series) -> bool:
    values = [value for value in column if not blank(value)]
    return bool(values) and all(is_binary(value) and not _path_of(value) for value in values)


def _path_of(value: Any) -> Any:
    """The path that a record of a picture has."""
    return value.get("path") if isinstance(value, dict) and value.keys() == {"bytes", "path"} else None


def _cells(column: pd.Series) -> pd.Series:
    values = column.tolist()
    if not any(several(value) or isinstance(value, dict) or is_binary(value) for value in values):
        return column
    there = [value for value in values if not blank(value)]
    tags = all(several(value) and _are_tags(value) for value in there)
    if tags:
        cells = [None if blank(value) else "|".join(tags_of(value)) for value in values]
    else:
        cells = [_cell(value) for value in values]
    return pd.Series(cells, index=column.index, dtype=object)


def _are_tags(value: Any) -> bool:
    """Whether joined by "|" they can be told apart again."""
    parts = parts_of(value)
    return tags_of(parts) == parts and not any("|" in part for part in parts)


def _cell(value: Any, depth: int = DEEPEST) -> Any:
    """A value that str() may write: no bytes in it, and no array, which would be shortened."""
    if _path_of(value):
        return value["path"]
    if is_binary(value) and not isinstance(value, dict):
        return described(value)
    if isinstance(value, dict) or several(value):
        if depth == 0:
            return "…"
        if isinstance(value, dict):
            return {key: _cell(part, depth - 1) for key, part in value.items()}
        parts = [_cell(part, depth - 1) for part in parts_of(value)]
        return tuple(parts) if isinstance(value, tuple) else parts
    return value.item() if isinstance(value, np.generic) and depth < DEEPEST else value


def warn_of_readers(table: pd.DataFrame, source: Any, names: Sequence[str] | None = None) -> None:
    """Warn of text that `pandas.read_csv` does not give back, and say how it does.

    What was written is read, since what pandas makes of a text depends on all others near it.

    Parameters
    ----------
    table : pandas.DataFrame
        As it was written.
    source : file object or path
        What was written. What is no regular file cannot be read back and is passed over.
    names : sequence of str, optional
        The columns to look at; None: all.
    """
    places = [k for k, name in enumerate(table.columns) if names is None or name in names]
    texts = {k: column for k in places if len(column := _texts_of(table.iloc[:, k]))}
    if not texts or not (isinstance(source, io.StringIO) or Path(source).expanduser().is_file()):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # a column of mixed types is what is looked for
        back = pd.read_csv(source)
    lost = {}
    for k, written in texts.items():
        read = back.iloc[:, k].astype(object).to_numpy()[written.index]
        same = np.fromiter((a == b and isinstance(b, str) for a, b in zip(written, read, strict=True)), bool)
        if not same.all():
            lost[k] = (written[~same].unique().tolist(), [value for value in read[~same] if blank(value)])
    if not lost:
        return
    how = f"dtype={{{', '.join(f'{back.columns[k]!r}: str' for k in lost)}}}"
    if any(missing for _, missing in lost.values()):
        how += ", keep_default_na=False, na_values=['']"
    for k, (changed, missing) in lost.items():
        taken = "takes for missing" if len(missing) else "takes for numbers or the like"
        warnings.warn(
            f"column {back.columns[k]!r} holds {some(changed)}, which pandas.read_csv {taken}; "
            f"read the file with pandas.read_csv(path, {how})",
            stacklevel=4,
        )


def _texts_of(column: pd.Series) -> pd.Series:
    """The values of a column that are text, by position; the empty one is read as missing whatever one does."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.Series([], dtype=object)
    values = column.astype(object).reset_index(drop=True)
    return values[[isinstance(value, str) and value != "" for value in values]]
