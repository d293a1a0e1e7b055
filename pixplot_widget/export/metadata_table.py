"""What leaves the notebook as a table: metadata with the corrections, changes alone, the frame without flagged rows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_float_dtype

from ..edits import EditLog
from ..labels import check_values
from ..tables import write_table
from ..tags import tags_of
from ..values import several, text_column
from .cells import as_cells, warn_of_readers

__all__ = ["METADATA", "changes_to_csv", "clean", "metadata", "to_csv"]

METADATA = ("filename", "category", "tags", "description", "permalink", "year", "label", "lat", "lng")
"""Columns that PixPlot and PixPlotML know by name."""


def clean(log: EditLog) -> pd.DataFrame:
    """Give a copy of the frame without the flagged rows.

    Parameters
    ----------
    log : EditLog
        Which frame, and what is flagged.

    Returns
    -------
    pandas.DataFrame
        The other rows with their index and dtypes; writing to it does not change the log's frame.

    Examples
    --------
    >>> import pandas as pd
    >>> log = EditLog(pd.DataFrame({"category": ["cat", "dog"]}))
    >>> change = log.flag([0])
    >>> clean(log)["category"].tolist()
    ['dog']
    """
    return log.df[_kept(log)].copy()


def _kept(log: EditLog) -> np.ndarray:
    """Which rows are not flagged in the frame as it is now, bool (n,): rows may have been added outside."""
    if log.flag_column not in log.df.columns:
        return np.ones(len(log.df), dtype=bool)
    flagged = log.df[log.flag_column].eq(True).astype("boolean")
    return ~flagged.to_numpy(dtype=bool, na_value=False)


def metadata(
    log: EditLog, *, image: Any = None, roles: Mapping[str, Any] | None = None, flagged: bool = True
) -> pd.DataFrame:
    """Give the frame with the columns of a PixPlotML metadata.csv in front, under their names there.

    Parameters
    ----------
    log : EditLog
        Which frame.
    image : column name, optional
        Column of the files; None, or a column that does not hold text: the names the log knows the images by.
    roles : mapping, optional
        Of PixPlotML's names ("tags", "year", ...) to columns of the frame.
    flagged : bool
        Whether flagged rows are in it.

    Returns
    -------
    pandas.DataFrame
        filename, category, those of tags, description, permalink, year, label, lat and lng that are there, and all
        other columns as they are, also where two have one name. Lists of tags are joined by "|", years are whole
        numbers. Another column that has one of the names already is kept as ``"<name> (original)"``.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"kind": ["cat"], "path": ["a.jpg"], "words": [["fur", "paws"]]})
    >>> metadata(EditLog(df, label="kind"), image="path", roles={"tags": "words"}).iloc[0].to_dict()
    {'filename': 'a.jpg', 'category': 'cat', 'tags': 'fur|paws'}
    """
    keep = np.ones(len(log.df), dtype=bool) if flagged else _kept(log)
    df = log.df[keep]
    columns = df.columns.tolist()  # by position: two may have one name, and a name may be any object
    wanted = {name: name for name in METADATA} | {name: c for name, c in (roles or {}).items() if name in METADATA}
    source = {name: columns.index(column) for name, column in wanted.items() if column in columns}
    source["category"] = columns.index(log.label_column) if log.label_column in columns else -1
    source.pop("filename", None)
    if image is not None and image in columns:
        place = columns.index(image)
        if infer_dtype(df.iloc[:, place], skipna=True) == "string":
            source["filename"] = place
    front = {name: df.iloc[:, place] for name, place in source.items() if name != "category"}
    label = log.fields["label"].present  # says so if it is gone
    check_values(label)
    front["category"] = label[keep]
    if "filename" not in front:
        log.check_rows()
        front["filename"] = text_column(log.names).set_axis(log.df.index)[keep]
    table = [(name, _as_pixplot(name, front[name])) for name in METADATA if name in front]
    for place, column in enumerate(columns):
        if place not in source.values():
            name = f"{column} (original)" if column in front else column
            table.append((name, df.iloc[:, place]))
    out = pd.DataFrame({k: series for k, (_, series) in enumerate(table)}, index=df.index)
    return out.set_axis(pd.Index([name for name, _ in table], tupleize_cols=False), axis=1)


def _as_pixplot(name: str, series: pd.Series) -> pd.Series:
    if name == "tags" and any(map(several, series)):
        return series.astype(object).map(lambda tags: "|".join(tags_of(tags)) if several(tags) else tags)
    if name == "year" and is_float_dtype(series.dtype) and (series.dropna() % 1 == 0).all():
        return series.astype("Int64")
    return series


def to_csv(
    log: EditLog,
    path: Any = None,
    *,
    image: Any = None,
    roles: Mapping[str, Any] | None = None,
    flagged: bool = True,
) -> str | None:
    """Write metadata.csv with the corrections, as PixPlotML reads it.

    Every text is written as it is, in quotes, and `datasets.from_pixplotml` reads labels, names and tags as text. Other
    readers guess: of "007" pandas makes 7, of "TRUE" True, and "NA" is missing to it. Where ``pandas.read_csv(path)``
    would not give a column's text back, a warning names the column and the call that does.

    Lists that hold nothing but tags are joined by "|", as on screen. Pictures and bytes are not written: a column of
    nothing else is left out, and a warning says so unless it is that of the images; beside other values, and in lists
    and records, a few words stand for them, or the path that a record has. The file is written aside and then put in
    place, so a full disk does not cost the one before.

    Parameters
    ----------
    log, image, roles, flagged
        As for `metadata`.
    path : path-like, optional
        The file; None: the text is returned.

    Returns
    -------
    str or None
        The text, if `path` is None.

    Raises
    ------
    OSError
        It cannot be written.
    ValueError
        Some text is none that a file can hold, as the name of a file that is not UTF-8: with which it is.

    Notes
    -----
    A text that begins with "=", "+", "-" or "@" is written as it is too, since this is data to be read back. A
    spreadsheet takes it for a formula: open a table of somebody else's texts there by importing its columns as text.

    Examples
    --------
    >>> import pandas as pd
    >>> log = EditLog(pd.DataFrame({"category": ['say "cat", please']}), names=["a.jpg"])
    >>> print(to_csv(log).strip())
    "filename","category"
    "a.jpg","say ""cat"", please"
    """
    table = as_cells(metadata(log, image=image, roles=roles, flagged=flagged), image)
    text = write_table(table, path)
    warn_of_readers(table, io.StringIO(text, newline="") if text is not None else path)
    return text


def changes_to_csv(log: EditLog, path: Any = None) -> str | None:
    """Write what was changed, one row a value: a patch that `apply_patch` applies to another copy of the frame.

    Parameters
    ----------
    log : EditLog
        What was edited.
    path : path-like, optional
        The file; None: the text is returned.

    Returns
    -------
    str or None
        The text, if `path` is None: file, column, old, new, position, index, how, time. A missing value is empty.

    Examples
    --------
    >>> import io
    >>> import pandas as pd
    >>> log = EditLog(pd.DataFrame({"category": ["cat", "dog"]}), names=["a.jpg", "b.jpg"])
    >>> change = log.relabel([1], "cat")
    >>> pd.read_csv(io.StringIO(changes_to_csv(log)))[["file", "column", "old", "new"]].values.tolist()
    [['b.jpg', 'category', 'dog', 'cat']]
    """
    changes = log.changes
    changes["time"] = changes["time"].map(pd.Timestamp.isoformat)
    changes["index"] = changes["index"].map(str)
    columns = ["file", "column", "old", "new", "position", "index", "how", "time"]
    table = changes[columns]
    text = write_table(table, path)
    warn_of_readers(
        table, io.StringIO(text, newline="") if text is not None else path, ["file", "column", "old", "new"]
    )
    return text
