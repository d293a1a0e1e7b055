"""What one value of a column may be: how it is written on screen, and how text typed there becomes a value again."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from ..errors import LabelError
from ..packing import sendable
from .cells import pointed_at

__all__ = ["TEXT_DTYPE", "Scalar", "plain", "scalar_of"]

NESTED = ("list", "large_list", "fixed_size_list", "struct", "map")
"""How names of Arrow's types begin whose values hold several."""

TEXT_DTYPE = pd.Series([""]).dtype  # what this pandas makes of text: str, or object before pandas 3


def plain(value: Any) -> Any:
    """Give the Python value of a numpy scalar; anything else as it is.

    Examples
    --------
    >>> plain(np.int64(3)), plain(np.str_("cat")), plain("dog")
    (3, 'cat', 'dog')
    """
    if isinstance(value, np.str_):
        return str(value)
    return value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value


@dataclass(frozen=True)
class Scalar:
    """The type of one column's values.

    Attributes
    ----------
    kind : {"text", "integer", "number", "boolean", "undecided", "any", "dtype"}
        How text is read. "undecided": a float column with no value in it, which the first label decides.
        "any": an object column of mixed types. "dtype": whatever pandas makes of the text (dates, for instance).
    dtype : dtype or None
        What the column is written as; None: as it is.
    holds : dtype or None
        What one value is held as: the dtype of its categories where the column only points to them, else `dtype`.
    column : object
        Its name, for messages.
    missing : object
        What a missing value is written as.
    nullable : bool
        Whether the dtype has missing values.
    low, high : int or None
        Bounds of an integer dtype.
    """

    kind: str
    dtype: Any
    column: Any
    missing: Any = None
    nullable: bool = True
    low: int | None = None
    high: int | None = None
    holds: Any = None

    def check_missing(self) -> None:
        """Raise LabelError if the column cannot hold a missing value."""
        if not self.nullable:
            better = "boolean" if self.kind == "boolean" else "Int64"
            if isinstance(self.dtype, pd.IntervalDtype):
                better = f"interval[float64, {self.dtype.closed}]"
            raise LabelError(
                f"column {self.column!r} has dtype {self.dtype}, which has no missing values, so a label cannot be "
                f"taken away; df[{self.column!r}] = df[{self.column!r}].astype({better!r}) gives it one that has"
            )

    def settled(self, value: Any) -> Scalar:
        """Decide an undecided column by its first value."""
        if self.kind != "undecided":
            return self
        if isinstance(self.dtype, pd.ArrowDtype):
            return self._settled_arrow(value)
        if isinstance(value, str):
            return replace(self, kind="text", dtype=TEXT_DTYPE)
        if isinstance(value, bool):
            return replace(self, kind="boolean", dtype=pd.BooleanDtype(), missing=pd.NA)
        return replace(self, kind="number")

    def _settled_arrow(self, value: Any) -> Scalar:
        """Give Arrow's column of nothing but gaps, which has a type of its own that holds no value, another type."""
        import pyarrow

        kind, made = (
            ("text", pyarrow.string())
            if isinstance(value, str)
            else ("boolean", pyarrow.bool_())
            if isinstance(value, bool)
            else ("number", pyarrow.float64())
        )
        return replace(self, kind=kind, dtype=pd.ArrowDtype(made), holds=pd.ArrowDtype(made))

    def text(self, value: Any) -> str:
        """Write a value as it is shown: whole numbers of a float column without their point, days without midnight.

        Half a character is shown as one that is not known: pages are told text that is UTF-8.
        """
        if isinstance(value, float):
            if value.is_integer() and abs(value) < 1e15:
                return str(int(value))
            # the shortest text that is this number in its own precision: 0.1, not 0.10000000149 in float32
            narrow = _float_type(self.holds)
            return str(value if narrow is None else narrow(value))
        if isinstance(value, pd.Timestamp):
            if not _in_calendar(value):
                return str(value.to_datetime64())
            if value == value.normalize() and value.tzinfo is None:
                return str(value.date())
        return sendable(str(value))

    def parse(self, value: Any) -> Any:
        """Turn typed text or a Python value into a value of this type.

        Raises
        ------
        LabelError
            It does not fit; the message says what would.
        """
        parse = {
            "text": self._parse_text,
            "integer": self._parse_integer,
            "number": self._parse_number,
            "boolean": self._parse_boolean,
            "any": self._parse_any,
            "dtype": self._parse_dtype,
            "undecided": self._parse_undecided,
        }[self.kind]
        return parse(value)

    def _held(self, value: Any, wanted: str) -> Any:
        """Give a value as the column holds it: rounded to its bits, in its unit. What is logged is what is there.

        Raises
        ------
        LabelError
            The column cannot hold it, or only as something that is missing or not finite.
        """
        try:
            with np.errstate(over="ignore"):
                held = plain(pd.array([value], dtype=self.holds)[0])
        except Exception as error:  # each dtype, and Arrow, has its own ways to refuse
            raise self._refuse(value, wanted) from error
        if pd.isna(held) or (isinstance(held, float) and not math.isfinite(held)):
            raise self._refuse(value, wanted)
        return held

    def _refuse(self, value: Any, wanted: str) -> LabelError:
        return LabelError(f"{value!r} does not fit column {self.column!r}, which holds {wanted}")

    def _parse_undecided(self, value: Any) -> Any:
        if isinstance(value, (str, bool)):
            return self._parse_text(value) if isinstance(value, str) else value
        return self._parse_number(value)

    def _parse_text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._refuse(value, f"text: give {str(value)!r}")
        if not value.strip():
            raise LabelError(f"text in column {self.column!r} needs at least one character that can be seen")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise LabelError(f"{value!r} is not valid text: it holds half a character") from error
        return value

    def _parse_integer(self, value: Any) -> int:
        number = value
        if isinstance(value, str):
            try:
                number = int(value.strip())
            except ValueError as error:
                raise self._refuse(value, "whole numbers") from error
        elif isinstance(value, float) and value.is_integer():
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise self._refuse(value, "whole numbers")
        if self.low is not None and self.high is not None and not self.low <= number <= self.high:
            raise self._refuse(value, f"{self.dtype}: whole numbers from {self.low} to {self.high}")
        return number

    def _parse_number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self._refuse(value, "numbers")
        narrow = _float_type(self.holds)
        wanted = "numbers" if narrow is None else f"numbers up to {np.finfo(narrow).max:.3g}"
        try:
            number = float(value)
        except ValueError as error:
            raise self._refuse(value, "numbers") from error
        except OverflowError as error:  # a whole number of over 308 digits
            raise self._refuse(value, wanted) from error
        if narrow is not None:
            return self._held(number, wanted)
        if not math.isfinite(number):
            raise self._refuse(value, "numbers")
        return number

    def _parse_boolean(self, value: Any) -> bool:
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        if not isinstance(value, bool):
            raise self._refuse(value, "True and False")
        return value

    def _parse_any(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._parse_text(value)
        if isinstance(value, (bool, int, float)):
            return value
        raise self._refuse(value, "text and numbers")

    def _parse_dtype(self, value: Any) -> Any:
        if isinstance(value, (bool, int, float)) and not is_numeric_dtype(self.holds):
            raise self._refuse(value, str(self.dtype))  # pandas would make a date of it, of 1970
        try:
            parsed = pd.Series([value]).astype(self.holds).iloc[0]
        except Exception as error:  # each dtype, and Arrow, has its own ways to refuse
            raise self._refuse(value, str(self.holds)) from error
        if isinstance(parsed, pd.Timestamp) and not _in_calendar(parsed):
            raise self._refuse(value, f"{self.holds}: dates of the years 1 to 9999")
        held = self._held(parsed, str(self.holds))
        if not _is_still(value, held):
            raise self._refuse(value, str(self.holds))
        return held


def _is_still(value: Any, held: Any) -> bool:
    """Tell whether a value that was given is the one that a dtype made of it.

    pandas and Arrow make the day 1970-01-10 of the number 9.9, a nanosecond of the text "1", a complex number of a
    date, and nothing at all of a date where bytes are held. Text is read as its dtype reads it, but for numbers without
    a unit where times are held; moments may be of another type or in another zone, and of a period any in it.

    Examples
    --------
    >>> _is_still(pd.Timestamp("1999-01-01"), dt.date(1999, 1, 1)), _is_still(pd.Timestamp("1999-01-01"), 9.2e17 + 0j)
    (True, False)
    """
    if isinstance(value, str):
        return not (isinstance(held, dt.timedelta) and value.strip().lstrip("+-").replace(".", "", 1).isdigit())
    moments = (dt.date, np.datetime64)  # a Timestamp is a datetime, which is a date
    if isinstance(held, pd.Period) and isinstance(value, moments):
        return held.start_time <= pd.Timestamp(value).tz_localize(None) <= held.end_time
    if isinstance(held, dt.date):
        if not isinstance(value, moments):
            return isinstance(value, pd.Period) and value.start_time == pd.Timestamp(held)
        given, kept = pd.Timestamp(value), pd.Timestamp(held)
        aware = given.tzinfo is not None and kept.tzinfo is not None
        return given == kept if aware else given.tz_localize(None) == kept.tz_localize(None)
    if isinstance(held, (int, float, complex, decimal.Decimal)):
        if not isinstance(value, (int, float, complex, decimal.Decimal)):
            return False
        return bool(value == held) or complex(value) == complex(held)  # 9.9 is no decimal number exactly
    return type(held) is type(value) or bool(held == value)


def _in_calendar(moment: pd.Timestamp) -> bool:
    """Whether Python's calendar has this moment: pandas reads "-1" as a year before our era, which has no text."""
    return 1 <= moment.year <= 9999


def _float_type(dtype: Any) -> Any:
    """Give numpy's type for the floats of a dtype (numpy's, pandas' or Arrow's); None if it does not hold floats."""
    if dtype is None or not is_float_dtype(dtype):
        return None
    return (dtype if isinstance(dtype, np.dtype) else dtype.numpy_dtype).type


def scalar_of(series: pd.Series, labels: Sequence[Any] | None = None) -> Scalar:
    """Find out what one value of a column is.

    Parameters
    ----------
    series : pandas.Series
        The column, or its categories.
    labels : sequence, optional
        Allowed labels: they decide what a column without values holds.

    Examples
    --------
    >>> scalar_of(pd.Series([1, 2])).parse("7")
    7
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        inner = scalar_of(pd.Series(series.cat.categories, name=series.name), labels)
        return replace(inner, dtype=None, nullable=True)
    values = pointed_at(series.dtype)
    inner = _scalar_of(series if values is None else series.astype(values), labels)
    return inner if values is None else replace(inner, dtype=series.dtype)


def _scalar_of(series: pd.Series, labels: Sequence[Any] | None) -> Scalar:
    dtype, name = series.dtype, series.name
    if isinstance(dtype, pd.SparseDtype):
        raise TypeError(f"column {name!r} is sparse and cannot be edited; df[{name!r}].sparse.to_dense() can")
    extension = not isinstance(dtype, np.dtype)
    missing: Any = dtype.na_value if extension else np.nan
    if is_object_dtype(dtype):
        gaps = series[series.isna()]
        return Scalar(_object_kind(series, labels), dtype, name, gaps.iloc[0] if len(gaps) else None, holds=dtype)
    if is_bool_dtype(dtype):
        return Scalar("boolean", dtype, name, missing, nullable=extension, holds=dtype)
    if is_integer_dtype(dtype):
        bounds = np.iinfo(dtype.numpy_dtype if extension else dtype)
        return Scalar("integer", dtype, name, missing, extension, int(bounds.min), int(bounds.max), dtype)
    if is_float_dtype(dtype):
        if not extension and series.isna().all():
            return Scalar("undecided", dtype, name, missing, holds=dtype)
        return Scalar("number", dtype, name, missing, holds=dtype)
    if is_string_dtype(dtype):
        return Scalar("text", dtype, name, missing, holds=dtype)
    if isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith("null"):
        return Scalar("undecided", dtype, name, missing, holds=dtype)
    if isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith(NESTED):
        raise TypeError(f"column {name!r} holds {dtype}; a label must be one value")
    return Scalar(
        "dtype",
        dtype,
        name,
        missing if isinstance(dtype, pd.ArrowDtype) or dtype.kind not in "mM" else pd.NaT,
        nullable=not (isinstance(dtype, pd.IntervalDtype) and is_integer_dtype(dtype.subtype)),
        holds=dtype,
    )


def _object_kind(series: pd.Series, labels: Sequence[Any] | None) -> str:
    kind = infer_dtype(series, skipna=True)
    if kind == "empty" and labels is not None and len(labels):
        kind = infer_dtype(list(labels), skipna=True)
    kinds = {
        "string": "text",
        "empty": "text",
        "integer": "integer",
        "boolean": "boolean",
        "floating": "number",
    }
    return kinds.get(kind, "any")
