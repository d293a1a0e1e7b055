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
``{"rows": mask, "query": text}``               these rows, which a query found once: its text is only shown
==============================================  ==========================================================

Values are compared as pandas compares a column with them, exactly: 1 and 1.0 are one number, "1" is none, nor are True
and False. A value may also be what stands for a missing one, and reads as None. What was set as ``{"year": 1998}``
reads as a list of conditions, a date as text.

A query runs Python, so it is run only where code in the kernel gave it. Files and pages have its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..headings import column_of, headings
from ..rows import to_positions
from .column import Facet, facet, kind_of
from .conditions import SHAPES, STATES, WANTED, WORDS, Condition, Handed, brief, longer, packed, unpacked
from .judging import (
    check_bound,
    check_values,
    date_text,
    decimal_of,
    holds,
    kept_bound,
    meant,
    named,
    same_values,
    seconds_or_number,
)

__all__ = ["STATES", "Condition", "Sieve", "query_mask"]


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
    except (SyntaxError, LookupError, TypeError, ValueError, NameError, AttributeError, ArithmeticError) as error:
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
    label_values : callable, optional
        Gives the values that the labels' names stand for; without it those are the names.

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
        label_values: Callable[[], Sequence[Any]] | None = None,
    ) -> None:
        self._df = df
        self._label = str(label)
        self._labels = labels
        self._states = states
        self._tags = tags
        self._label_values = label_values
        self._handed = Handed()

    # --- columns ---

    def kinds(self, leave_out: Sequence[str] = ()) -> dict[str, str]:
        """Columns one can filter by, and what each holds; the label column first."""
        df = self._df()
        found = {self._label: "categories"}
        for name, at in headings(df.columns).items():
            if name in found or name in leave_out:
                continue
            kind = kind_of(df.iloc[:, at], tags=name == self._tags)
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
            members = list(names) if self._label_values is None else list(self._label_values())[: len(names)]
            dtype = self._column(name).dtype
            inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
            return Facet("categories", list(names), members, inner, codes=codes)
        self.check_column(name)
        series = self._column(name)
        return facet(series, kind_of(series, tags=name == self._tags))

    def check_column(self, name: str) -> None:
        """Raise KeyError if there is no such column, or none that one could filter by."""
        if name != self._label and kind_of(self._column(name), tags=name == self._tags) is None:
            raise KeyError(f"column {name!r} holds nothing to filter by: {_held_by(self._column(name))}")

    def _column(self, name: str) -> pd.Series:
        return column_of(self._df(), name)

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
        if isinstance(value, dict) and value and not value.keys() & WORDS:
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
        if set(condition) not in SHAPES:
            raise ValueError(f"{brief(condition)} is no condition: {WANTED}")
        if "query" in condition and not isinstance(condition["query"], str):
            raise TypeError(f"a query is text, not {brief(condition['query'])}")
        if "rows" in condition:
            df = self._df()
            mask = np.zeros(len(df), dtype=bool)
            mask[to_positions(df, unpacked(condition["rows"], len(df)))] = True
            condition["rows"] = mask
        elif "query" in condition:
            query_mask(self._df(), condition["query"])
        elif "is" in condition:
            if condition["is"] not in STATES:
                raise ValueError(f"an image is {', '.join(STATES[:-1])} or {STATES[-1]}, not {brief(condition['is'])}")
        else:
            self._check_column(condition)
        return condition

    def _check_column(self, condition: Condition) -> None:
        name = condition["column"] = str(condition["column"])
        column = self.facet(name)
        fits = {
            "any": ("categories", "tags"),
            "all": ("categories", "tags"),
            "min": ("numbers", "dates"),
            "max": ("numbers", "dates"),
            "contains": ("text", "categories"),
        }
        for key in condition.keys() - {"column"}:
            if column.kind not in fits[key]:
                right = " or ".join(repr(each) for each, kinds in fits.items() if column.kind in kinds)
                raise ValueError(f"column {name!r} holds {column.kind}: filter it by {right}, not by {key!r}")
            if key in ("any", "all"):
                condition[key] = check_values(condition[key], key)
            elif key == "contains":
                condition[key] = str(condition[key])
            else:
                condition[key] = check_bound(condition[key], column, name)

    # --- what passes ---

    def mask(self, conditions: Sequence[Condition]) -> np.ndarray:
        """Rows of which all conditions hold, bool (n,)."""
        mask = np.ones(len(self._df()), dtype=bool)
        for condition in conditions:
            mask &= self._holds(condition)
        return mask

    def extension(self, conditions: Sequence[Condition], n: int) -> tuple[list[Condition], Callable[[], None]]:
        """Give conditions for n rows: those that name rows do not hold of later ones; and what takes them in."""
        return [longer(each, n) for each in conditions], self._handed.extension(n)

    def _holds(self, condition: Condition) -> np.ndarray:
        if "rows" in condition:
            return condition["rows"]
        if "query" in condition:
            return query_mask(self._df(), condition["query"])
        if "is" in condition:
            state = condition["is"]
            name = {"readable": "unreadable"}.get(state, state.removeprefix("not "))
            return self._states[name]() == (state == name)
        return holds(self.facet(condition["column"]), condition, len(self._df()))

    # --- what pages and files are told ---

    def to_page(self, conditions: Sequence[Condition]) -> list[Condition]:
        """Write conditions as a page reads them: values by their names, dates in seconds since 1970.

        What a page cannot hand back as it was has a number by which it does: rows and queries have it in `rows`, beside
        how many they are; others, where what is written is not exact, in `known`.
        """
        written, numbers_given = [], 0
        for condition in conditions:
            if "rows" in condition or "query" in condition:
                count = int(self._holds(condition).sum())
                told = {key: condition[key] for key in ("query",) if key in condition}
                told |= {"rows": self._handed.number(condition), "count": count}
            else:
                told, exact = self._told(condition)
                if not exact:
                    told["known"] = self._handed.number(condition)
            numbers_given += bool(told.keys() & {"rows", "known"})
            written.append(told)
        self._handed.forget(numbers_given)
        return written

    def _told(self, condition: Condition) -> tuple[Condition, bool]:
        """Write a condition on a column, and say whether it can be read back as it was."""
        told, exact = dict(condition), True
        if not told.keys() & {"min", "max", "any", "all"}:
            return told, exact
        column = self.facet(told["column"])
        for key in told.keys() & {"min", "max"}:
            told[key] = seconds_or_number(told[key], column, last=key == "max")
            back = date_text(told[key], column, key == "max") if column.kind == "dates" else told[key]
            exact &= back == condition[key]
        for key in told.keys() & {"any", "all"}:
            told[key] = named(column, condition[key])
            exact &= same_values(meant(column, told[key]), condition[key])
        return told, exact

    def from_page(self, conditions: Sequence[Any]) -> list[Condition]:
        """Read conditions as a page writes them.

        Raises
        ------
        ValueError, KeyError, TypeError
            If one is none.
        """
        read = []
        for told in conditions:
            if not isinstance(told, dict):
                raise TypeError(f"{brief(told)} is no condition: {WANTED}")
            condition = dict(told)
            if condition.keys() & {"rows", "known"}:
                read.append(self._handed[condition.get("rows", condition.get("known"))])
                continue
            if "query" in condition:
                raise ValueError("a page cannot make a query: it is run only where code in the kernel gives it")
            for key in {"min", "max"} & condition.keys():
                if isinstance(condition[key], bool) or not isinstance(condition[key], (int, float)):
                    raise TypeError(f"{key!r} is {brief(condition[key])}; it must be a number")
                column = self.facet(str(condition.get("column")))
                if column.kind == "dates":
                    condition[key] = date_text(condition[key], column, last=key == "max")
            read.append(self._checked(self._by_names(condition)))
        return read

    def from_json(self, conditions: Any) -> list[Condition]:
        """Read conditions as `to_json` writes them; nothing that they hold is run.

        Raises
        ------
        ValueError, KeyError, TypeError, IndexError
            If one is none, or is a query without its rows.
        """
        if not isinstance(conditions, list):
            raise TypeError(f"a filter that was kept is a list of conditions, not {brief(conditions)}")
        for each in conditions:
            if not isinstance(each, dict):
                raise TypeError(f"{brief(each)} is no condition: {WANTED}")
            if "query" in each and "rows" not in each:
                raise ValueError(f"the query {brief(each['query'])} has no rows, and is not run when it is read")
        return [self._checked(self._by_names(dict(each))) for each in conditions]

    def _by_names(self, condition: Condition) -> Condition:
        """Put values in the place of the names by which pages and files call them."""
        for key in {"any", "all"} & condition.keys():
            if isinstance(condition[key], list):
                condition[key] = meant(self.facet(str(condition.get("column"))), condition[key])
        for key in {"min", "max"} & condition.keys():
            if isinstance(condition[key], str) and self.facet(str(condition.get("column"))).kind == "numbers":
                condition[key] = decimal_of(condition[key])
        return condition

    def to_json(self, conditions: Sequence[Condition]) -> list[Condition]:
        """Write conditions for a file: a mask becomes text, as do values; a query has its rows beside it."""
        written = []
        for condition in conditions:
            kept = dict(condition)
            if "query" in kept or "rows" in kept:
                kept["rows"] = packed(self._holds(condition))
            for key in {"any", "all"} & kept.keys():
                kept[key] = named(self.facet(kept["column"]), kept[key])
            for key in {"min", "max"} & kept.keys():
                kept[key] = kept_bound(kept[key])
            written.append(kept)
        return written


def _held_by(series: pd.Series) -> str:
    """Say what a column holds that nothing can be filtered by."""
    kinds = sorted({type(value).__name__ for value in series.dropna().head(20)})
    return f"its values are of type {' and '.join(kinds)}" if kinds else "it has no values"
