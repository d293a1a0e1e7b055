"""Which labels are probably wrong: the margin between the label given and the most probable other one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..labels import MISSING, LabelColumn

__all__ = ["class_probabilities", "from_neighbors", "suspicion_of"]

PRIOR_VOTES = 0.5
"""Votes that the labels' overall shares have among those of the neighbors, so that two neighbors decide nothing."""


def class_probabilities(proba: Any, column: LabelColumn) -> np.ndarray:
    """Bring a user's probabilities into the order of the label column.

    Parameters
    ----------
    proba : array-like (n, n_classes) or pandas.DataFrame
        Columns are labels, compared by value: 1 is 1.0, and the text "1" is it too where no label is that text. Of an
        array, those of the column in sorted order.
    column : LabelColumn
        n rows.

    Returns
    -------
    numpy.ndarray
        float64 (n, len(column)); 0 for labels that have no column. Rows of NaN are rows without a judgment.

    Raises
    ------
    ValueError
        If the shape does not fit, or values are no probabilities.
    """
    found = np.unique(column.codes[column.codes != MISSING])
    if isinstance(proba, pd.DataFrame):
        codes = _codes_of(list(proba.columns), column)
    else:
        codes = sorted(found.tolist(), key=_sortable(column))
    values = np.asarray(proba, dtype=np.float64)
    if values.shape != (len(column.codes), len(codes)):
        raise ValueError(
            f"proba must have shape ({len(column.codes)}, {len(codes)}), a row an image and a column for each of the "
            f"labels {[column.decode(code) for code in codes][:10]}, not {values.shape}"
        )
    with np.errstate(invalid="ignore"):
        if (values < 0).any() or (values > 1 + 1e-6).any() or np.isinf(values).any():
            raise ValueError("proba must be probabilities, from 0 to 1; turn scores into them by a softmax")
    probabilities = np.zeros((len(column.codes), len(column.names)))
    probabilities[:, codes] = values
    return probabilities


def _codes_of(names: list[Any], column: LabelColumn) -> list[int]:
    """Return which label each name of a column of probabilities is."""
    by_value = {_comparable(value): code for code, value in enumerate(column.values)}
    codes = []
    for name in names:
        code = column.find(name)
        if code is None:
            code = by_value.get(_comparable(name))
        if code is None and isinstance(name, str):  # a table that was a text file
            code = by_value.get(_in_text(name))
        codes.append(code)
    unknown = [name for name, code in zip(names, codes, strict=True) if code is None]
    if unknown:
        raise ValueError(f"proba has columns that are no labels: {unknown[:5]}; labels are {column.values[:20]}")
    if len(set(codes)) < len(codes):
        twice = next(column.values[code] for code in codes if codes.count(code) > 1)
        raise ValueError(f"proba has several columns for the label {twice!r}; one of each is needed")
    return codes


def _comparable(value: Any) -> Any:
    """Return what equals its like of another type: 1 is 1.0 and NumPy's 1; a true value is none of them."""
    value = value.item() if isinstance(value, (np.number, np.bool_)) else value
    return (bool, value) if isinstance(value, bool) else value


def _in_text(text: str) -> Any:
    """Return the number that a text is, a whole one exactly, or the truth value, as `_comparable` does; else None."""
    if text in ("True", "False"):
        return _comparable(text == "True")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def _sortable(column: LabelColumn) -> Any:
    values = {code: column.decode(code) for code in range(len(column.names))}
    try:
        ranks = {code: rank for rank, (code, _) in enumerate(sorted(values.items(), key=lambda item: item[1]))}
    except TypeError:  # labels of several kinds have no order but that of their text
        ranks = {code: rank for rank, (code, _) in enumerate(sorted(values.items(), key=lambda item: str(item[1])))}
    return ranks.__getitem__


def from_neighbors(codes: np.ndarray, classes: int, near: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Estimate the probability of each label of each row from the labels of its neighbors, never from its own.

    A neighbor's vote counts in inverse proportion to its distance (Dudani, 1976), and those of a label that is
    common everywhere count no more than those of a rare one.

    Parameters
    ----------
    codes : numpy.ndarray
        int (n,), -1 = no label.
    classes : int
        How many labels there are.
    near, distances : numpy.ndarray
        (n, k), nearest first; -1 and inf where there are fewer.

    Returns
    -------
    numpy.ndarray
        float64 (n, classes); rows without a labeled neighbor are NaN.
    """
    n = len(codes)
    voters = np.where(near >= 0, codes[near], MISSING)
    counts = np.bincount(codes[codes != MISSING], minlength=classes).astype(np.float64)
    known = voters != MISSING
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(known, distances, 0.0).sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True)
        weights = np.where(known, 1.0 / (0.5 + distances / np.where(scale > 0, scale, 1.0)), 0.0)
    votes = np.zeros((n, classes))
    rows = np.broadcast_to(np.arange(n)[:, None], voters.shape)
    np.add.at(votes, (rows[known], voters[known]), weights[known])
    total = votes.sum(axis=1, keepdims=True)
    prior = counts / max(1.0, counts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        probabilities = (votes + PRIOR_VOTES * prior) / (total + PRIOR_VOTES)
    probabilities[total[:, 0] == 0] = np.nan
    return probabilities


def suspicion_of(probabilities: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how suspicious each label is, and which other would be more probable.

    Parameters
    ----------
    probabilities : numpy.ndarray
        float (n, classes); a row of NaN has no judgment.
    codes : numpy.ndarray
        int (n,): the labels given, -1 = none.

    Returns
    -------
    suspicion : numpy.ndarray
        float64 (n,) in [0, 1], NaN where there is no label or no judgment.
    suggested : numpy.ndarray
        int64 (n,), -1 where nothing is suggested.
    """
    n, classes = probabilities.shape
    suspicion, suggested = np.full(n, np.nan), np.full(n, MISSING, dtype=np.int64)
    judged = np.flatnonzero(~np.isnan(probabilities).any(axis=1)) if classes else np.empty(0, dtype=np.int64)
    if not judged.size:
        return suspicion, suggested
    others = probabilities[judged].copy()
    given = codes[judged]
    labeled = given != MISSING
    own = np.where(labeled, others[np.arange(len(judged)), given], 0.0)
    others[labeled, given[labeled]] = -1.0
    best = others.argmax(axis=1)
    top = np.maximum(others[np.arange(len(judged)), best], 0.0)
    suspicion[judged[labeled]] = ((1.0 + top - own) / 2.0)[labeled].clip(0.0, 1.0)
    better = ~labeled | (top > own)
    suggested[judged[better]] = best[better]
    return suspicion, suggested
