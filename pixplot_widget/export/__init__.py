"""What leaves the notebook as a table: metadata with the corrections, changes alone, the frame without flagged rows."""

from __future__ import annotations

import csv
import os
import re
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_float_dtype, is_string_dtype

from ..edits import EditLog
from ..labels import check_values
from ..rows import some

__all__ = ["METADATA", "changes_to_csv", "clean", "metadata", "to_csv"]

METADATA = ("filename", "category", "tags", "description", "permalink", "year", "label", "lat", "lng")
"""Columns that PixPlot and PixPlotML know by name."""

# what pandas.read_csv takes for a missing value unless it is told not to; the empty text is one in any case
_HALF = re.compile("[\ud800-\udfff]")
_TAKEN_FOR_MISSING = re.compile(r"#N/A( N/A)?|#NA|-?1\.#IND|-?1\.#QNAN|-?NaN|-?nan|<NA>|N/A|NA|NULL|None|n/a|null")


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
        other columns as they are. Lists of tags are joined by "|", years are whole numbers. Another column that has
        one of the names already is kept as ``"<name> (original)"``.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"kind": ["cat"], "path": ["a.jpg"], "words": [["fur", "paws"]]})
    >>> metadata(EditLog(df, label="kind"), image="path", roles={"tags": "words"}).iloc[0].to_dict()
    {'filename': 'a.jpg', 'category': 'cat', 'tags': 'fur|paws'}
    """
    keep = np.ones(len(log.df), dtype=bool) if flagged else _kept(log)
    df = log.df[keep]
    source = {name: name for name in METADATA if name in df.columns}
    source |= {name: column for name, column in (roles or {}).items() if name in METADATA and column in df.columns}
    source["category"] = log.label_column
    if image is not None and image in df.columns and infer_dtype(df[image], skipna=True) == "string":
        source["filename"] = image
    else:
        source.pop("filename", None)
    front = {name: df[column] for name, column in source.items() if name != "category"}
    label = log.fields["label"].present  # says so if it is gone
    check_values(label)
    front["category"] = label[keep]
    if "filename" not in front:
        log.check_rows()
        front["filename"] = pd.Series(log.names, index=log.df.index)[keep]
    front = {name: _as_pixplot(name, front[name]) for name in METADATA if name in front}
    rest = {
        (f"{column} (original)" if column in front else column): df[column]
        for column in df.columns
        if column not in source.values()
    }
    return pd.DataFrame({**front, **rest}, index=df.index)


def _as_pixplot(name: str, series: pd.Series) -> pd.Series:
    if name == "tags" and series.dtype == object:
        return series.map(lambda tags: "|".join(map(str, tags)) if isinstance(tags, (list, tuple, set)) else tags)
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

    Any text comes back as it was from ``pandas.read_csv(path)``, whatever quotes, commas or line ends are in it; except
    words like "NA" that pandas takes for missing unless told otherwise, of which a warning tells. The file is written
    aside and then put in place, so a full disk does not cost the one before.

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

    Examples
    --------
    >>> import pandas as pd
    >>> log = EditLog(pd.DataFrame({"category": ['say "cat", please']}), names=["a.jpg"])
    >>> print(to_csv(log).strip())
    "filename","category"
    "a.jpg","say ""cat"", please"
    """
    return write_csv(metadata(log, image=image, roles=roles, flagged=flagged), path)


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
    return write_csv(changes[columns], path, careful=False)


def write_csv(table: pd.DataFrame, path: Any = None, *, careful: bool = True) -> str | None:
    """Write a table so that pandas reads any text of it back; `careful` warns of text it would take for missing."""
    if careful:
        _warn_of_missing_words(table)
    # text is always quoted: a lone carriage return would otherwise end the line for pandas' reader
    how = {"index": False, "quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\n"}
    if path is None:
        return table.to_csv(None, **how)
    path = Path(path).expanduser().resolve()
    if path.exists() and not path.is_file():  # a device or a pipe
        table.to_csv(path, **how)
        return None
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name!r} to")
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with aside.open("x", encoding="utf-8", newline="") as file:
            table.to_csv(file, **how)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
    except UnicodeEncodeError as error:
        aside.unlink(missing_ok=True)
        raise ValueError(f"{_half_a_character(table)}; {path.name!r} was not written") from error
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return None


def _half_a_character(table: pd.DataFrame) -> str:
    """Say which text cannot be encoded."""
    for column in table.columns:
        for value in (column, *table[column]):
            if _HALF.search(str(value)):
                return (
                    f"{value!r} in column {column!r} is not valid text: it holds half a character, as does the name of "
                    "a file that is not UTF-8; give it another one"
                )
    return "some text holds half a character"


def _warn_of_missing_words(table: pd.DataFrame) -> None:
    for column in table.columns:
        values = table[column]
        if isinstance(values.dtype, pd.CategoricalDtype) or is_string_dtype(values.dtype):
            # lists and the like stand beside text in some columns; they have no hash, and are never taken for missing
            texts = dict.fromkeys(value for value in values if isinstance(value, str))
            words = [text for text in texts if _TAKEN_FOR_MISSING.fullmatch(text)]
            if words:
                warnings.warn(
                    f"column {column!r} holds {some(words)}, which pandas.read_csv takes for missing; read the file "
                    "with pandas.read_csv(path, keep_default_na=False, na_values=[''])",
                    stacklevel=4,
                )
