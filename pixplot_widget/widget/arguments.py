"""What `PixPlot` may be given, said in words where it may not."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..edits.fields import Field
from ..neighbors import check_vectors
from ..preparation import Placing
from ..rows import to_positions

__all__ = ["appended", "check_frame", "editable", "placing", "queue", "refuse_unknown"]


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
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise TypeError(f"PixPlot has no keyword {name!r}; {hint}")


def check_frame(df: Any, label: str) -> None:
    """Raise where `df` is no DataFrame or has no such label column."""
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df must be a pandas DataFrame with one row an image, not {type(df).__name__}")
    if label not in df.columns:
        columns = ", ".join(map(repr, df.columns)) or "no columns at all"
        raise KeyError(
            f"label={label!r} is no column of df; there are {columns}. To start without labels: df[{label!r}] = None"
        )


def editable(fields: Mapping[str, Field], column: str | None) -> str:
    """Return the kind of edit that gives labels to a column, the label column if it is None.

    Raises
    ------
    KeyError
        If edits do not write labels to it.
    """
    kinds = {str(fields[kind].column): kind for kind in ("label", "class") if kind in fields}
    if column is not None and column not in kinds:
        raise KeyError(f"column={column!r} is not corrected here; {' and '.join(map(repr, kinds))} can be")
    return "label" if column is None else kinds[column]


def queue(df: pd.DataFrame, by: Any, ascending: bool | None) -> np.ndarray:
    """Turn what a review goes by into rows in order.

    Examples
    --------
    >>> queue(pd.DataFrame({"suspicion": [0.1, 0.9, None]}), "suspicion", None).tolist()
    [1, 0]
    """
    if isinstance(by, str) and by not in df.columns:
        advice = "; find_suspects(df, vectors) makes one" if by == "suspicion" else ""
        raise KeyError(f"by={by!r} is no column of df; there are {list(df.columns)}{advice}")
    aligned = isinstance(by, pd.Series) and by.dtype != bool and by.index.equals(df.index)
    if isinstance(by, str) or aligned:
        column = (by if aligned else df[by]).reset_index(drop=True)
        numeric = pd.api.types.is_numeric_dtype(column)
        known = column.dropna().sort_values(ascending=not numeric if ascending is None else ascending, kind="stable")
        rows = known.index.to_numpy(dtype=np.int64)
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
) -> Placing:
    """Check how vectors are to become positions."""
    neighbors = _several(n_neighbors, "n_neighbors", lambda k: isinstance(k, (int, np.integer)) and k >= 2, "2 or more")
    distances = _several(min_dist, "min_dist", lambda d: 0 <= float(d) < 1, "from 0 to below 1")
    if supervise is not None and supervise not in df.columns:
        raise KeyError(f"supervise={supervise!r} is no column of df; there are {list(df.columns)}")
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be a whole number or None, not {seed!r}")
    return Placing(
        n_neighbors=[int(k) for k in neighbors],
        min_dist=[float(d) for d in distances],
        seed=None if seed is None else int(seed),
        supervise=supervising_codes(df, supervise),
        cache=cache,
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


def _several(value: Any, name: str, valid: Callable[[Any], bool], right: str) -> list[Any]:
    values = list(value) if isinstance(value, (list, tuple, range, np.ndarray)) else [value]
    if not values:
        raise ValueError(f"{name} is an empty list; give a number or several, {right}")
    for each in values:
        if isinstance(each, (str, bool)) or not isinstance(each, (int, float, np.number)) or not valid(each):
            raise ValueError(f"{name} must be {right}, not {each!r}")
    return values
