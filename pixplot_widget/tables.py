"""Tables of comma-separated values: other people's, read as text and never trusted; our own, written whole.

Text stays text here. What becomes a number of it is decided by who reads: `as_numbers` where a column says it is of
numbers, `told_numbers` where nothing is known of it.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .files import written_aside
from .values import number_text

__all__ = ["as_numbers", "numbered", "read_table", "told_numbers", "write_table"]

LONGEST_LINE = 16_000_000
"""Bytes; a longer line is no row of a table, and would be held in memory several times over."""

SEPARATORS = (",", ";", "\t")
MOST_WIDTHS = 8
"""A row may be wider than those before it: so many times the file is read anew."""

_BLOCK = 1_000_000
_HALF = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?")
_BOUNDS = range(-(2**63), 2**63)

# text is always quoted: a lone carriage return would otherwise end the line for pandas' reader
HOW: dict[str, Any] = {"index": False, "quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\n"}


def read_table(path: Path, wanted: Sequence[str] = (), fold: bool = False) -> pd.DataFrame:
    r"""Read a table with every value as text, and an empty one as missing.

    Fields are separated by commas; or by semicolons or tabs, where only those give the wanted columns. The text is
    UTF-8, or UTF-16 if the file says so in its first bytes. Empty fields beyond the last column are passed over.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    wanted : sequence of str
        Columns that must be there.
    fold : bool
        Whether capitals, and spaces around the name, do not count in names of columns.

    Returns
    -------
    pandas.DataFrame
        Of text. Of columns of one name, which those wanted may not be, the second is called ``"name.1"``.

    Raises
    ------
    OSError
        There is no such file, or it is a folder, or cannot be read.
    ValueError
        It is no such table: what is wrong with it, and in which line.
    KeyError
        A wanted column is missing.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "table.csv"
    >>> _ = path.write_text("Code;Name\n007;Bond\n")
    >>> read_table(path, ["code"], fold=True).to_dict("records")
    [{'code': '007', 'name': 'Bond'}]
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; a file of comma-separated values is expected")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a regular file; a file of comma-separated values is expected")
    encoding = _check_text(path)
    try:
        separator, header = _read_header(path, encoding, wanted, fold)
        names = _names(path, header, wanted, fold)
        table = _parsed(path, separator, encoding, len(names))
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, UnicodeError, MemoryError) as error:
        raise ValueError(f"{path} is not a table of comma-separated values: {str(error).strip()}") from error
    beyond = table.iloc[:, len(names) :].notna().any(axis=1)
    if beyond.any():
        raise ValueError(
            f"{path} is not a table of comma-separated values: row {int(beyond.to_numpy().argmax())} (counted from 0) "
            f"has more than the {len(names)} fields of its header; quotes keep a field that has a {separator!r} in it"
        )
    table = table.iloc[:, : len(names)].set_axis(names, axis=1)
    nameless = [name for name, given in zip(names, header, strict=True) if not given.strip()]
    return table.drop(columns=[name for name in nameless if table[name].isna().all()])


def _check_text(path: Path) -> str:
    """Find out the encoding, and that all of it is text in lines of usable length."""
    with path.open("rb") as file:
        start = file.read(4)
        wide = start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")()
        file.seek(0)
        line, length = 1, 0
        while True:
            block = file.read(_BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                bad = error.object[error.start]
                line += error.object[: error.start].count(b"\n")
                raise ValueError(
                    f"{path} is not text in {'UTF-16' if wide else 'UTF-8'}: line {line} has the byte 0x{bad:02x}; "
                    "save it in UTF-8"
                ) from error
            last = max(text.rfind("\n"), text.rfind("\r"))
            length = len(text) - last - 1 if last >= 0 else length + len(text)
            line += text.count("\n")
            if length > LONGEST_LINE:
                raise ValueError(f"{path} is not a table: line {line} has more than {LONGEST_LINE:,} characters")
            if not block:
                return "utf-16" if wide else "utf-8-sig"


def _read_header(path: Path, encoding: str, wanted: Sequence[str], fold: bool) -> tuple[str, list[str]]:
    """Give the separator and the header; that of commas, if none has all that is wanted."""
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(2 * _BLOCK)  # an open quote would swallow all of the file
    headers = {}
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
        headers[separator] = next((row for row in rows if len(row) > 1 or (row and row[0].strip())), [])
        if set(wanted) <= {_folded(name, fold) for name in headers[separator]}:
            return separator, headers[separator]
    return SEPARATORS[0], headers[SEPARATORS[0]]


def _parsed(path: Path, separator: str, encoding: str, width: int) -> pd.DataFrame:
    """Read all fields there are, also those that rows have beyond the header."""
    for _ in range(MOST_WIDTHS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # fields would be lost
                table = pd.read_csv(
                    path,
                    sep=separator,
                    encoding=encoding,
                    header=None,  # with one, pandas takes no row that is wider
                    names=range(width),
                    index_col=False,
                    dtype=str,
                    keep_default_na=False,
                    na_values=[""],
                )
                return table.iloc[1:].reset_index(drop=True)
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            wider = re.search(r"saw ([0-9]{1,4})$", str(error).strip())
            if not isinstance(error, pd.errors.ParserWarning) and (wider is None or int(wider[1]) <= width):
                raise
            width = width + 1 if wider is None else int(wider[1])
    raise pd.errors.ParserError("its rows have many different numbers of fields")


def _folded(name: str, fold: bool) -> str:
    return name.strip().lower() if fold else name


def _names(path: Path, header: list[str], wanted: Sequence[str], fold: bool) -> list[str]:
    if not header:
        raise ValueError(f"{path} is not a table of comma-separated values: it is empty")
    given = [_folded(name, fold) or f"unnamed: {k}" for k, name in enumerate(header)]
    for name in wanted:
        if name not in given:
            raise KeyError(f"{path} has no column {name!r}; it has {', '.join(given)}")
        if given.count(name) > 1:
            alike = [repr(header[k]) for k, each in enumerate(given) if each == name]
            raise ValueError(f"{path} has {len(alike)} columns {name!r}, {' and '.join(alike)}; rename all but one")
    return numbered(given)


def numbered(names: Sequence[str]) -> list[str]:
    """Number names that are there already, as pandas does.

    Examples
    --------
    >>> numbered(["a", "b", "a", "a.1"])
    ['a', 'b', 'a.2', 'a.1']
    """
    taken, seen, out = set(names), Counter[str](), []
    for name in names:
        unique = name
        while seen[name] and unique in taken:
            unique = f"{name}.{seen[name]}"
            seen[name] += unique in taken
        seen[name] += 1
        taken.add(unique)
        out.append(unique)
    return out


def told_numbers(texts: pd.Series) -> pd.Series:
    """Make numbers of a column of text, if every one of them would be written as it stands here.

    "7" and "0.5" are such numbers. "007", "1.50", "1e5", "TRUE" and "2020-01-01" stay text, and so does what stands
    beside them: of a code, a version or a date, a number would be something else.

    Parameters
    ----------
    texts : pandas.Series
        Of text, or missing values.

    Returns
    -------
    pandas.Series
        int64 (Int64 where values are missing), float64, or the column as it is.

    Examples
    --------
    >>> told_numbers(pd.Series(["7", "10"])).tolist(), told_numbers(pd.Series(["7", "010"])).tolist()
    ([7, 10], ['7', '010'])
    """
    there = texts.dropna()
    known = there.unique().tolist()
    if not known:
        return texts
    if all(_WHOLE.fullmatch(text) and int(text) in _BOUNDS for text in known):
        numbers = {text: int(text) for text in known}
        dtype = "int64" if len(there) == len(texts) else "Int64"
        return pd.Series([numbers.get(text, pd.NA) for text in texts], index=texts.index, name=texts.name, dtype=dtype)
    if all(_DECIMAL.fullmatch(text) and text in (repr(float(text)), number_text(float(text))) for text in known):
        return texts.astype("float64")
    return texts


def as_numbers(texts: pd.Series) -> pd.Series | None:
    """Make numbers of a column of text that is known to be of numbers; None if one of them is none.

    Examples
    --------
    >>> as_numbers(pd.Series(["1999", None])).tolist(), as_numbers(pd.Series(["about 1999"]))
    ([1999.0, nan], None)
    """
    known: dict[str, float] = {}
    for text in texts.dropna().unique().tolist():
        try:
            known[text] = float(text)
        except ValueError:
            return None
        if not math.isfinite(known[text]) or "_" in text:
            return None
    numbers = texts.map(known).astype("float64")
    whole = len(known) and numbers.notna().all() and (numbers % 1 == 0).all() and numbers.abs().max() < 2.0**53
    return numbers.astype("int64") if whole else numbers


def write_table(table: pd.DataFrame, path: Any = None) -> str | None:
    """Write a table so that any text of it can be read back; the file before stays until this one is whole.

    Parameters
    ----------
    table : pandas.DataFrame
        Its index is not written.
    path : path-like, optional
        The file; None: the text is returned.

    Raises
    ------
    OSError
        It cannot be written.
    ValueError
        Some text holds half a character, which no file can: which it is.
    """
    if path is None:
        return table.to_csv(None, **HOW)
    try:
        with written_aside(path, "w", newline="") as file:
            table.to_csv(file, **HOW)
    except UnicodeEncodeError as error:
        raise ValueError(f"{_half_a_character(table)}; {Path(path).name!r} was not written") from error
    return None


def _half_a_character(table: pd.DataFrame) -> str:
    """Say which text cannot be encoded."""
    for k, column in enumerate(table.columns):
        for value in (column, *table.iloc[:, k]):
            if _HALF.search(str(value)):
                return (
                    f"{value!r} in column {column!r} is not valid text: it holds half a character, as does the name of "
                    "a file that is not UTF-8; give it another one"
                )
    return "some text holds half a character"
