"""Filters: what must hold of a row for it to be shown, as data that a user can read and write.

A filter is a list of conditions that all must hold. A condition is a dict of one of these shapes:

==============================================  ==========================================================
``{"column": name, "any": [value, ...]}``       a category or a tag is one of these; None: there is none
``{"column": name, "all": [tag, ...]}``         bears all of these tags
``{"column": name, "min": low, "max": high}``   a number or a date between these, both included; one may be left out
``{"column": name, "contains": text}``          the text holds this, in capitals or not
``{"is": state}``                               flagged, not flagged, edited, not edited, unreadable, readable
``{"query": text}``                             what `DataFrame.query` is given
``{"rows": mask}``                              these rows, bool (n,)
==============================================  ==========================================================
"""

from __future__ import annotations

import base64
import itertools
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import instead
from ..rows import to_positions
from . import Facet, facet, kind_of, seconds

__all__ = ["STATES", "Condition", "Sieve", "query_mask"]

Condition = dict[str, Any]

STATES = ("flagged", "not flagged", "edited", "not edited", "unreadable", "readable")
_SHAPES = ({"column", "any"}, {"column", "all"}, {"column", "min"}, {"column", "max"}, {"column", "min", "max"})
_SHAPES += ({"column", "contains"}, {"is"}, {"query"}, {"rows"})
_WORDS = set().union(*_SHAPES)
_WANTED = (
    'a condition is {"column": name, "any": [...]}, {"column": name, "all": [...]}, {"column": name, "min": ..., '
    '"max": ...}, {"column": name, "contains": text}, {"is": state}, {"query": text} or {"rows": mask}'
)
_DAY_END = 86_400 - 1e-6


def query_mask(df: pd.DataFrame, text: str) -> np.ndarray:
    """Rows that `DataFrame.query` finds, bool (n,).

    Raises
    ------
    ValueError
        If the text is no query over this frame.

    Examples
    --------
    >>> query_mask(pd.DataFrame({"year": [1900, 2000]}), "year > 1950").tolist()
    [False, True]
    """
    mask = np.zeros(len(df), dtype=bool)
    counted = df.set_axis(pd.RangeIndex(len(df)), axis=0)  # a duplicate index names no single row
    try:
        mask[counted.query(text).index] = True
    except (SyntaxError, KeyError, TypeError, ValueError, NameError, AttributeError) as error:
        raise ValueError(f"filter={text!r} is no query over {list(df.columns)}: {error}") from error
    return mask


class Sieve:
    """Filters of one frame: checks them, and says which rows pass.

    Parameters
    ----------
    df : callable
        Gives the frame as it is now.
    label : str
        The column whose categories edits change.
    labels : callable
        Gives its codes, int32 (n,), and names.
    states : mapping
        "flagged", "edited" and "unreadable" to what gives bool (n,) now.
    tags : str, optional
        The column of tags, if one is known.

    Examples
    --------
    >>> df = pd.DataFrame({"category": ["a", "b", "b"], "year": [1, 2, 3]})
    >>> sieve = Sieve(lambda: df, "category", lambda: (np.array([0, 1, 1]), ["a", "b"]), {})
    >>> wanted = sieve.check([{"column": "category", "any": ["b"]}, {"column": "year", "max": 2}])
    >>> sieve.mask(wanted).tolist()
    [False, True, False]
    """

    def __init__(
        self,
        df: Callable[[], pd.DataFrame],
        label: str,
        labels: Callable[[], tuple[np.ndarray, Sequence[str]]],
        states: Mapping[str, Callable[[], np.ndarray]],
        tags: str | None = None,
    ) -> None:
        self._df = df
        self._label = label
        self._labels = labels
        self._states = states
        self._tags = tags
        self._masks: dict[int, np.ndarray] = {}  # that pages know by number
        self._numbers = itertools.count(1)

    # --- columns ---

    def kinds(self, leave_out: Sequence[str] = ()) -> dict[str, str]:
        """Columns one can filter by, and what each holds; the label column first."""
        df = self._df()
        found = {self._label: "categories"}
        for column in df.columns:
            name = str(column)
            if name in found or name in leave_out or not isinstance(df[column], pd.Series):
                continue
            kind = kind_of(df[column], tags=name == self._tags)
            if kind is not None:
                found[name] = kind
        return found

    def facet(self, name: str) -> Facet:
        """Read a column.

        Raises
        ------
        KeyError
            If there is none that one could filter by.
        """
        if name == self._label:
            codes, names = self._labels()
            return Facet("categories", list(names), codes=codes)
        series = self._column(name)
        kind = kind_of(series, tags=name == self._tags)
        if kind is None:
            raise KeyError(f"column {name!r} holds nothing to filter by: it is {series.dtype}")
        return facet(series, kind)

    def _column(self, name: str) -> pd.Series:
        df = self._df()
        for column in df.columns:
            if str(column) == name and isinstance(df[column], pd.Series):
                return df[column]
        raise KeyError(f"there is no column {name!r} to filter by; {instead(name, df.columns)}")

    # --- what users write ---

    def check(self, value: Any) -> list[Condition]:
        """Turn what a user gave into conditions.

        Parameters
        ----------
        value : None, str, dict, list of dict, or rows
            Text is a query; a mask, positions, an Index or a DataFrame are rows. A dict of columns, such as
            ``{"category": "cat", "year": 1998}``, says what they hold: a value, or one of several in a list.

        Raises
        ------
        ValueError, KeyError, TypeError, IndexError
            If it is none of these: with what would be right.
        """
        if value is None:
            return []
        self._df()  # whose rows may have changed, which no filter would be right for
        if isinstance(value, dict) and value and not value.keys() & _WORDS:
            value = [self._held(str(name), wanted) for name, wanted in value.items()]
        if isinstance(value, (str, dict)):
            value = [value]
        if isinstance(value, (list, tuple)) and value and all(isinstance(each, (str, dict)) for each in value):
            return [self._checked({"query": each} if isinstance(each, str) else dict(each)) for each in value]
        return [self._checked({"rows": value})]

    def _held(self, name: str, wanted: Any) -> Condition:
        """Write what a column is to hold as a condition: a value, or one of several."""
        kind = self.facet(name).kind
        several = isinstance(wanted, (list, tuple, set, np.ndarray))
        if kind in ("categories", "tags"):
            return {"column": name, "any": list(wanted) if several else [wanted]}
        if several:
            raise ValueError(f'column {name!r} holds {kind}: filter it by one value, or by {{"column": {name!r}, ...}}')
        return {"column": name, **({"contains": wanted} if kind == "text" else {"min": wanted, "max": wanted})}

    def _checked(self, condition: Condition) -> Condition:
        if set(condition) not in _SHAPES:
            raise ValueError(f"{condition!r} is no condition: {_WANTED}")
        if "query" in condition:
            query_mask(self._df(), condition["query"])
        elif "rows" in condition:
            df = self._df()
            mask = np.zeros(len(df), dtype=bool)
            mask[to_positions(df, _unpacked(condition["rows"], len(df)))] = True
            condition["rows"] = mask
        elif "is" in condition:
            if condition["is"] not in STATES:
                raise ValueError(f"an image is {', '.join(STATES[:-1])} or {STATES[-1]}, not {condition['is']!r}")
        else:
            self._check_column(condition)
        return condition

    def _check_column(self, condition: Condition) -> None:
        name = condition["column"] = str(condition["column"])
        kind = self.facet(name).kind
        fits = {
            "any": ("categories", "tags"),
            "all": ("categories", "tags"),
            "min": ("numbers", "dates"),
            "max": ("numbers", "dates"),
            "contains": ("text", "categories"),
        }
        for key in condition.keys() - {"column"}:
            if kind not in fits[key]:
                right = " or ".join(repr(each) for each, kinds in fits.items() if kind in kinds)
                raise ValueError(f"column {name!r} holds {kind}: filter it by {right}, not by {key!r}")
            if key in ("any", "all"):
                if isinstance(condition[key], str) or not isinstance(condition[key], (list, tuple, set, np.ndarray)):
                    raise TypeError(f"{key!r} takes a list of values, not {condition[key]!r}")
                condition[key] = [None if _missing(each) else str(each) for each in condition[key]]
            elif key == "contains":
                condition[key] = str(condition[key])
            else:
                condition[key] = _bound(condition[key], kind, name)

    # --- what passes ---

    def mask(self, conditions: Sequence[Condition]) -> np.ndarray:
        """Rows of which all conditions hold, bool (n,)."""
        mask = np.ones(len(self._df()), dtype=bool)
        for condition in conditions:
            mask &= self._holds(condition)
        return mask

    def extension(self, conditions: Sequence[Condition], n: int) -> tuple[list[Condition], Callable[[], None]]:
        """Give conditions for n rows: those that name rows do not hold of later ones; and what takes in the masks."""
        longer: dict[int, np.ndarray] = {}

        def grow(mask: np.ndarray) -> np.ndarray:
            return longer.setdefault(id(mask), np.concatenate([mask, np.zeros(n - len(mask), dtype=bool)]))

        masks = {number: grow(mask) for number, mask in self._masks.items()}
        grown = [{"rows": grow(each["rows"])} if "rows" in each else each for each in conditions]
        return grown, lambda: setattr(self, "_masks", masks)

    def _holds(self, condition: Condition) -> np.ndarray:
        if "query" in condition:
            return query_mask(self._df(), condition["query"])
        if "rows" in condition:
            return condition["rows"]
        if "is" in condition:
            state = condition["is"]
            name = {"readable": "unreadable"}.get(state, state.removeprefix("not "))
            return self._states[name]() == (state == name)
        return holds(self.facet(condition["column"]), condition, len(self._df()))

    # --- what pages and files are told ---

    def to_page(self, conditions: Sequence[Condition]) -> list[Condition]:
        """Write conditions as a page reads them: dates in seconds, rows by a number and how many they are."""
        written = []
        for condition in conditions:
            told = dict(condition)
            if "rows" in told:
                number = next((k for k, mask in self._masks.items() if mask is told["rows"]), None)
                if number is None:
                    number = next(self._numbers)
                    self._masks[number] = told["rows"]
                told = {"rows": number, "count": int(told["rows"].sum())}
            for key in {"min", "max"} & told.keys():
                told[key] = _number(told[key], last=key == "max")
            written.append(told)
        return written

    def from_page(self, conditions: Sequence[Any]) -> list[Condition]:
        """Read conditions as a page writes them.

        Raises
        ------
        ValueError, KeyError, TypeError
            If one is none.
        """
        read = []
        for told in conditions:
            condition = dict(told)
            if "rows" in condition:
                if condition["rows"] not in self._masks:
                    raise ValueError("the rows that a page filtered by are no longer known")
                read.append({"rows": self._masks[condition["rows"]]})
                continue
            for key in {"min", "max"} & condition.keys():
                if isinstance(condition[key], bool) or not isinstance(condition[key], (int, float)):
                    raise TypeError(f"{key!r} is {condition[key]!r}; it must be a number")
                if self.facet(str(condition["column"])).kind == "dates":
                    condition[key] = _date_text(condition[key], last=key == "max")
            read.append(self._checked(condition))
        return read

    @staticmethod
    def to_json(conditions: Sequence[Condition]) -> list[Condition]:
        """Write conditions for a file: a mask becomes text."""
        return [_packed(each) if "rows" in each else dict(each) for each in conditions]


def holds(column: Facet, condition: Condition, n: int) -> np.ndarray:
    """Say of which rows of a column a condition holds: bool (n,)."""
    if "contains" in condition:
        needle = condition["contains"].casefold()
        if column.kind == "categories":
            hits = np.array([needle in name.casefold() for name in column.names] + [False])
            return hits[column.codes]
        return np.fromiter((needle in text for text in column.texts), bool, n)
    if column.kind in ("numbers", "dates"):
        mask = ~np.isnan(column.values)
        if "min" in condition:
            mask &= column.values >= _number(condition["min"])
        if "max" in condition:
            mask &= column.values <= _number(condition["max"], last=True)
        return mask
    wanted = condition.get("any", condition.get("all"))
    each = [_bearing(column, name, n) for name in wanted]
    if not each:
        return np.full(n, "all" in condition)
    return np.logical_or.reduce(each) if "any" in condition else np.logical_and.reduce(each)


def _bearing(column: Facet, name: str | None, n: int) -> np.ndarray:
    if column.kind == "categories":
        if name is None:
            return column.codes < 0
        return np.array([each == name for each in column.names] + [False])[column.codes]
    mask = np.zeros(n, dtype=bool)
    if name is None:
        mask[column.rows] = True
        return ~mask
    mask[column.rows[np.array([each == name for each in column.names], dtype=bool)[column.codes]]] = True
    return mask


def _missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _bound(value: Any, kind: str, name: str) -> Any:
    if kind == "numbers":
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise TypeError(f"column {name!r} holds numbers; a bound is one too, not {value!r}")
        return value.item() if isinstance(value, np.number) else value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if np.isnan(seconds([text])[0]):
        raise ValueError(f"column {name!r} holds dates; a bound is one too, not {value!r}")
    return text


def _number(bound: Any, last: bool = False) -> float:
    """A bound as a number; a day, where it is the last one, counts to its end."""
    if not isinstance(bound, str):
        return float(bound)
    return float(seconds([bound])[0]) + (_DAY_END if last and len(bound) <= len("2000-01-01") else 0)


def _date_text(moment: float, last: bool) -> str:
    text = str(np.datetime64(round(moment * 1e6), "us"))
    short = text.removesuffix("T00:00:00.000000")
    return text.removesuffix(".000000") if last else short.removesuffix(".000000")


def _packed(condition: Condition) -> Condition:
    bits = zlib.compress(np.packbits(condition["rows"]).tobytes(), 9)
    return {"rows": {"n": len(condition["rows"]), "bits": base64.b64encode(bits).decode("ascii")}}


def _unpacked(rows: Any, n: int) -> Any:
    if not (isinstance(rows, dict) and rows.keys() == {"n", "bits"}):
        return rows
    if rows["n"] != n:
        raise ValueError(f"the filter was made for {rows['n']} rows; there are {n}")
    bits = np.frombuffer(zlib.decompress(base64.b64decode(rows["bits"])), np.uint8)
    return np.unpackbits(bits, count=n).astype(bool)
