"""What `PixPlot` may be given, said in words where it may not."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..edits.fields import Field
from ..errors import EditError, instead
from ..headings import column_of
from ..images.truths import OUTCOME, holds_matches
from ..layouts.ordering import sort_order
from ..layouts.reduced import check_reducer
from ..layouts.running import check_seed
from ..neighbors import check_vectors
from ..preparation import Placing
from ..rows import to_positions

__all__ = [
    "appended",
    "check_frame",
    "check_given",
    "editable",
    "given_by_people",
    "one_row",
    "placing",
    "queue",
    "refuse_unknown",
    "replacing",
]


def refuse_unknown(unknown: dict[str, Any], function: Callable) -> None:
    """Raise TypeError for keywords that a function does not have, naming the nearest that it has."""
    if not unknown:
        return
    known = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    name = next(iter(unknown))
    raise TypeError(f"PixPlot has no keyword {name!r}; {instead(name, known)}")


def check_frame(df: Any, label: Any) -> None:
    """Raise where `df` is no DataFrame or has no such label column."""
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df must be a pandas DataFrame with one row an image, not {type(df).__name__}{_made_one(df)}")
    if not pd.api.types.is_hashable(label):
        raise TypeError(
            f"label is the name of a column, not a {type(label).__name__}; make the labels one: df['category'] = ..."
        )
    if label is None:
        raise KeyError("label=None is no column of df; to start without labels: df['category'] = None")
    if label not in df.columns:
        indexed = "it is the index: df.reset_index() makes it a column; " if label in df.index.names else ""
        raise KeyError(
            f"label={label!r} is no column of df; {indexed}{instead(label, df.columns)}. "
            f"To start without labels: df[{label!r}] = None"
        )
    levels = df.columns.nlevels
    if levels > 1 and not (isinstance(label, tuple) and len(label) == levels):
        raise KeyError(
            f"label={label!r} is part of a name: columns of df have {levels} levels; give all of it, such as "
            f"{df.columns[0]!r}"
        )
    alike = [name for name in df.columns.tolist() if str(name) == str(label)]
    if len(alike) > 1:
        raise ValueError(f"label={label!r} may be any of the columns {alike}, which read alike; rename all but one")


def _made_one(given: Any) -> str:
    """Say what makes a DataFrame of something that is often given in place of one; "" if nothing comes to mind."""
    if isinstance(given, (str, os.PathLike)):
        path = os.fspath(given)
        how = f"datasets.from_folder({path!r})" if os.path.isdir(path) else f"pd.read_csv({path!r})"
        return f"; write PixPlot({how})"
    if hasattr(given, "to_pandas"):
        return "; write PixPlot(df.to_pandas())"
    if hasattr(given, "compute"):
        return "; write PixPlot(df.compute())"
    if isinstance(given, Mapping):
        return "; write PixPlot(pd.DataFrame(...))"
    if isinstance(given, (list, tuple, pd.Series)):
        return '; write PixPlot(pd.DataFrame({"filename": ..., "category": None}))'
    return ""


def editable(fields: Mapping[str, Field], column: str | None) -> str:
    """Return the kind of edit that gives labels to a column, the label column if it is None.

    Raises
    ------
    KeyError
        If edits do not write labels to it.
    """
    kinds = {str(fields[kind].column): kind for kind in ("label", "class", "truth") if kind in fields}
    if column is not None and column not in kinds:
        raise KeyError(f"column={column!r} is not corrected here; these can be: {', '.join(map(repr, kinds))}")
    return "label" if column is None else kinds[column]


def check_given(df: pd.DataFrame, column: Any) -> None:
    """Raise EditError where the labels of a column are what `detection.match` found, which nobody gives."""
    if not given_by_people(df, column):
        raise EditError(
            f"column {column!r} is what detection.match found, and is not edited: correct the class of the truth or "
            "flag the box, and match(to_coco(boxes, truth), detections) says what becomes of it"
        )


def given_by_people(df: pd.DataFrame, column: Any) -> bool:
    """Tell whether the labels of a column are people's, and not the outcome that `detection.match` works out.

    Examples
    --------
    >>> given_by_people(pd.DataFrame({"outcome": ["recovered"]}), "outcome")
    True
    """
    return column != OUTCOME or not holds_matches(df)


def one_row(df: pd.DataFrame, row: Any) -> int:
    """Return the position that is meant by one row: its position, or a pandas object of one row.

    Raises
    ------
    ValueError
        If it is not one row.
    TypeError, IndexError, KeyError
        As `to_positions` does.
    """
    found = to_positions(df, row)
    if len(found) != 1:
        raise ValueError(f"one row is wanted, not {len(found)}: its position, from 0 to {len(df) - 1}")
    return int(found[0])


def queue(df: pd.DataFrame, by: Any, ascending: bool | None) -> np.ndarray:
    """Turn what a review goes by into rows in order: of a column as the sorted layout has them, numbers largest first.

    Values that do not compare, such as numbers and text by turns, go by their text.

    Examples
    --------
    >>> queue(pd.DataFrame({"suspicion": [0.1, 0.9, None]}), "suspicion", None).tolist()
    [1, 0]
    """
    if isinstance(by, str) and by not in map(str, df.columns):
        advice = "df['suspicion'] = find_suspects(df)['suspicion'] makes one; " if by == "suspicion" else ""
        raise KeyError(f"by={by!r} is no column of df; {advice}{instead(by, df.columns)}")
    named = isinstance(by, str) or (pd.api.types.is_hashable(by) and by in df.columns)  # where columns are numbered
    aligned = isinstance(by, pd.Series) and by.dtype != bool and by.index.equals(df.index)
    if named or aligned:
        column = by if aligned else column_of(df, by)
        order = sort_order(column, not pd.api.types.is_numeric_dtype(column) if ascending is None else ascending)
        rows = order[column.notna().to_numpy()[order]]
    else:
        rows = to_positions(df, by)
    if rows.size == 0:
        raise ValueError(f"there is nothing to review by {by.name if aligned else by!r}")
    return rows


def placing(
    df: pd.DataFrame,
    n_neighbors: int | Sequence[int],
    min_dist: float | Sequence[float],
    supervise: str | None,
    seed: int | None,
    cache: bool,
    reducer: Any = None,
) -> Placing:
    """Check how vectors are to become positions."""
    whole = (int, np.integer)
    neighbors = _several(n_neighbors, "n_neighbors", lambda k: isinstance(k, whole) and k >= 2, "an int, 2 or more")
    distances = _several(min_dist, "min_dist", lambda d: 0 <= float(d) < 1, "a number from 0 to below 1")
    if supervise is not None and supervise not in df.columns:
        raise KeyError(f"supervise={supervise!r} is no column of df; {instead(supervise, df.columns)}")
    if check_reducer(reducer) is not None and (len(neighbors) > 1 or len(distances) > 1):
        raise ValueError("a reducer has parameters of its own; give n_neighbors and min_dist to it, and no lists here")
    return Placing(
        n_neighbors=[int(k) for k in neighbors],
        min_dist=[float(d) for d in distances],
        seed=check_seed(seed),
        supervise=supervising_codes(df, supervise),
        cache=cache,
        reducer=reducer,
    )


def supervising_codes(df: pd.DataFrame, column: str | None) -> np.ndarray | None:
    """Turn the column that supervises UMAP into codes, -1 = missing; None if there is none."""
    return None if column is None else pd.factorize(df[column])[0].astype(np.int32)


def appended_images(column: str | None, images: Sequence[Any] | None) -> str | Sequence[Any]:
    """Say where the images of rows to be appended are: in the plot's column, or given as the plot's were."""
    if column is not None:
        if images is not None:
            raise ValueError(
                f"images of this plot are in column {column!r}, so those of new rows are too, not in image="
            )
        return column
    if images is None:
        raise ValueError("this plot was given its images as a sequence; give those of the new rows with image=")
    return images


def appended(present: np.ndarray | None, more: Any, count: int) -> np.ndarray | None:
    """Check the vectors of rows to be appended against those there are; return all of them, None if from thumbnails.

    Raises
    ------
    ValueError, TypeError
        They are missing or superfluous, of another width, or no vectors.
    """
    if present is None:
        if more is not None:
            raise ValueError(
                "vectors of this plot are made from its thumbnails, so new rows need none; to go over to others, "
                "append the rows and then set plot.vectors, of all rows"
            )
        return None
    if more is None:
        raise ValueError(f"the new rows need vectors too: ({count}, {present.shape[1]})")
    vectors = check_vectors(more, count)
    if vectors.shape[1] != present.shape[1]:
        raise ValueError(f"the new vectors have {vectors.shape[1]} columns; those there are have {present.shape[1]}")
    return np.concatenate([present, vectors])


def replacing(vectors: Any, n: int, once: Sequence[int]) -> np.ndarray:
    """Check vectors that are set in place of others, for a frame of `n` rows that had as many as `once` says before.

    Raises
    ------
    ValueError, TypeError
        As `check_vectors`; of vectors that were made before rows were added, that they were.

    Examples
    --------
    >>> replacing(np.zeros((2, 4)), 3, [2])
    Traceback (most recent call last):
    ...
    ValueError: these are vectors of 2 rows, as there were before rows were added; there are 3 now: give those of all 3
    """
    size = len(vectors) if hasattr(vectors, "__len__") else n
    if size != n and size in once:
        raise ValueError(
            f"these are vectors of {size} rows, as there were before rows were added; there are {n} now: "
            f"give those of all {n}"
        )
    return check_vectors(vectors, n)


def _several(value: Any, name: str, valid: Callable[[Any], bool], right: str) -> list[Any]:
    values = list(value) if isinstance(value, (list, tuple, range, np.ndarray)) else [value]
    if not values:
        raise ValueError(f"{name} is an empty list; give {right}, or several")
    for each in values:
        if isinstance(each, (str, bool)) or not isinstance(each, (int, float, np.number)) or not valid(each):
            raise ValueError(f"{name} must be {right}, not {each!r}")
    return values
