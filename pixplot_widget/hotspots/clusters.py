"""Hotspots: where images crowd, found by density, named after what sets them apart.

Clusters are looked for in a layout or a projection of few dimensions and not in the vectors themselves: in 1,280
dimensions density says little, and HDBSCAN took 178 s for 10,000 rows.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..cache import Cache
from ..neighbors.search import stop_if
from ..tags import Tags, read_tags

__all__ = ["check_hotspots", "cover_of", "find_hotspots", "hotspot_columns", "name_groups", "numbered"]

VERSION = 1  # to be raised whenever the same points come to have other clusters
MOST_DIMENSIONS = 15

SAMPLE, SAMPLE_DEEP = 5_000, 4_000
"""So many rows are clustered, in up to 3 dimensions and in more; the others join them.

scikit-learn's HDBSCAN compares all pairs, cannot be stopped, and holds the interpreter while it runs. So it is given
so few rows that whoever gives up need not wait for it, and what it finds for nobody is thrown away: a process of its
own, to be killed, would take longer to start than it runs. Measured on two busy cores: 10,000 rows in 2 dimensions took
0.6 s, in which another thread waited 0.5 s at a stretch; a sample of 5,000 takes 0.1 to 0.2 s (another waits 0.14 s),
and its clusters agree with those of all 10,000 to an adjusted Rand index of 0.81 to 0.97. With all that follows,
100,000 rows take 0.8 s in 2 dimensions and 1.2 s in 15, and 500,000 take 2.5 s.
"""

NEIGHBORS = 10
"""A row is in a crowd if so many others are near (HDBSCAN's min_samples): fewer make many small crowds by chance."""

LEAST_SHARE = 0.3
"""A word that fewer of a group's images bear does not name it."""


def find_hotspots(
    points: Any,
    labels: Any = None,
    tags: Any = None,
    *,
    max_clusters: int = 20,
    min_size: int | None = None,
    seed: int = 0,
    cache: Cache | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """Find the clusters of a layout and name them.

    Parameters
    ----------
    points : array-like
        float (n, 2 to 15): a layout or a low-dimensional projection. Rows with NaN are in no cluster.
    labels, tags : array-like, optional
        (n,) each: what clusters are named after. Tags are text with "|" between them, or lists.
    max_clusters : int
        So many are returned, the largest ones.
    min_size : int, optional
        Least number of images in a cluster; by default a hundredth of them all, at least 5.
    seed : int
        Of the sample that is clustered where there are many rows.
    cache : Cache, optional
        Where the clusters of the same points are found again.
    cancel : threading.Event, optional
        Looked at between the steps.

    Returns
    -------
    pandas.DataFrame
        One row a cluster, the largest first: `name`, `size`, `cover` (position of its most central row) and
        `positions` (int64 (size,), ascending). No cluster holds more than half the rows.

    Raises
    ------
    ValueError
        If the points are not (n, 2 to 15), or the columns are of another length.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> points = np.concatenate([rng.normal(0, 1, (50, 2)), rng.normal(20, 1, (40, 2)), rng.normal(-20, 1, (30, 2))])
    >>> spots = find_hotspots(points, labels=["cat"] * 50 + ["dog"] * 40 + ["owl"] * 30)
    >>> spots[["name", "size"]].to_dict("list")
    {'name': ['cat', 'dog', 'owl'], 'size': [50, 40, 30]}
    """
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or not 2 <= array.shape[1] <= MOST_DIMENSIONS:
        raise ValueError(
            f"points must have shape (n, 2 to {MOST_DIMENSIONS}), not {array.shape}; "
            "project vectors first, for instance with pixplot_widget.project"
        )
    for name, column in (("labels", labels), ("tags", tags)):
        if column is not None and len(column) != len(array):
            raise ValueError(f"{name} must have a value for each of the {len(array)} rows, not {len(column)}")
    if max_clusters < 1:
        raise ValueError(f"max_clusters must be 1 or more, not {max_clusters}")
    placed = np.flatnonzero(np.isfinite(array).all(axis=1))
    least = max(5, len(placed) // 100) if min_size is None else min_size
    if least < 2:
        raise ValueError(f"min_size must be 2 or more, not {least}")
    codes = np.full(len(array), -1)
    codes[placed] = _known_clusters(array[placed], least, seed, cache, cancel)
    found = [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]
    found = [positions for positions in found if least <= len(positions) <= len(array) / 2]
    found.sort(key=lambda positions: (-len(positions), positions[0]))
    found = found[:max_clusters]
    stop_if(cancel)
    names = name_groups(found, len(array), labels, tags)
    return _frame(names, found, [cover_of(array, positions) for positions in found])


def _frame(names: Sequence[str], positions: Sequence[np.ndarray], covers: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": pd.Series(list(names), dtype=object),
            "size": np.array([len(rows) for rows in positions], dtype=np.int64),
            "cover": np.array(covers, dtype=np.int64),
            "positions": pd.Series(list(positions), dtype=object),
        }
    )


def _known_clusters(
    points: np.ndarray, least: int, seed: int, cache: Cache | None, cancel: threading.Event | None
) -> np.ndarray:
    if cache is None:
        return _cluster(points, least, seed, cancel)
    content = hashlib.blake2b(points.tobytes(), digest_size=16).hexdigest()
    name = f"hotspots{VERSION}-{least}-{seed}-{points.shape[1]}-{content}"
    codes = cache.load_array("layouts", name)
    if codes is None:
        codes = _cluster(points, least, seed, cancel)
        with contextlib.suppress(OSError):  # a full disk is told of where thumbnails and layouts are kept
            cache.save_array("layouts", name, codes.astype(np.int32))
    return codes.astype(np.int64)


def _cluster(points: np.ndarray, least: int, seed: int, cancel: threading.Event | None) -> np.ndarray:
    """Return int64 (n,): the cluster of each row, -1 where it is in none."""
    stop_if(cancel)
    size = len(points)
    most = SAMPLE if points.shape[1] <= 3 else SAMPLE_DEEP
    if size <= most:
        return _hdbscan(points, least)
    sample = np.sort(np.random.default_rng(seed).choice(size, most, replace=False))
    codes = np.full(size, -1)
    codes[sample] = _hdbscan(points[sample], max(2, round(least * most / size)))
    stop_if(cancel)
    return _extend(points, sample, codes)


def _hdbscan(points: np.ndarray, least: int) -> np.ndarray:
    from sklearn.cluster import HDBSCAN

    size = len(points)
    if size < max(2 * least, 10) or not np.ptp(points, axis=0).any():
        return np.full(size, -1)
    model = HDBSCAN(
        min_cluster_size=least,
        min_samples=min(NEIGHBORS, least),
        max_cluster_size=size // 2,
        algorithm="auto",  # a k-d tree for points in a plane; scikit-learn 1.3 has another name for it
        copy=True,
    )
    return model.fit(points).labels_.astype(np.int64)


def _extend(points: np.ndarray, sample: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Let the other rows join the cluster of their nearest sampled row, if it has its own neighbors as far away."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points[sample])
    reach = tree.query(points[sample], k=NEIGHBORS + 1, workers=-1)[0][:, -1]
    rest = np.setdiff1d(np.arange(len(points)), sample)
    distance, nearest = tree.query(points[rest], k=1, workers=-1)
    codes = codes.copy()
    codes[rest] = np.where(distance <= reach[nearest], codes[sample][nearest], -1)
    return codes


def cover_of(points: np.ndarray, positions: np.ndarray) -> int:
    """Return the position of the most central of some rows: the one nearest to their mean.

    Examples
    --------
    >>> cover_of(np.array([[0.0, 0], [1, 0], [2, 0], [9, 9]]), np.array([0, 1, 2]))
    1
    """
    members = np.asarray(points, dtype=np.float64)[positions]
    if np.isnan(members).all(axis=1).all():
        return int(positions[0])
    away = ((members - np.nanmean(members, axis=0)) ** 2).sum(axis=1)
    return int(positions[np.nanargmin(away)])


def name_groups(groups: Sequence[np.ndarray], n: int, labels: Any = None, tags: Any = None) -> list[str]:
    """Name groups of rows after the labels and tags that set each apart, no two alike.

    A word counts by what knowing the group says of it: its share p in the group against its share q in all rows,
    p log(p / q) (its part of the relative entropy). Two words are joined where the best covers less than half.

    Parameters
    ----------
    groups : sequence of numpy.ndarray
        int64 (k,) each: positions.
    n : int
        Number of rows in all.
    labels, tags : array-like, optional
        (n,) each.

    Returns
    -------
    list of str
        "group 1", ... where nothing sets a group apart.

    Examples
    --------
    >>> name_groups([np.array([0, 1]), np.array([2, 3])], 4, tags=["a|x", "a|x", "b|x", "b|x"])
    ['a', 'b']
    """
    words = _words(labels, tags)
    names: list[str] = []
    for number, positions in enumerate(groups, start=1):
        ranked = _telling(words, positions, n)
        candidates = []
        if ranked:
            best, share = ranked[0]
            alone = share >= 0.5 or len(ranked) == 1
            candidates = [best] if alone else []
            candidates += [f"{best}, {other}" for other, _ in ranked[1:4]]
        name = next((candidate for candidate in candidates if candidate not in names), None)
        names.append(name or numbered(candidates[0] if candidates else f"group {number}", names))
    return names


def numbered(name: str, taken: Sequence[str]) -> str:
    """Give a name a number if others have it already.

    Examples
    --------
    >>> numbered("cat", ["cat", "dog"])
    'cat (2)'
    """
    number, free = 2, name
    while free in taken:
        free = f"{name} ({number})"
        number += 1
    return free


def _words(labels: Any, tags: Any) -> Tags:
    """Return labels and tags as one column of tags; a label with "|" in it stays one word."""
    parts = [] if tags is None else [read_tags(tags)]
    if labels is not None:
        parts.append(read_tags([None if pd.isna(label) else [label] for label in labels]))
    texts = [np.array(part.names, dtype=object)[part.codes] for part in parts]
    codes, names = pd.factorize(np.concatenate([np.array([], dtype=object), *texts]))
    rows = np.concatenate([np.array([], dtype=np.int64), *(part.rows for part in parts)])
    pairs = np.unique(rows * max(len(names), 1) + codes)  # a label may be among the tags
    return Tags(list(names), *np.divmod(pairs, max(len(names), 1)))


def _telling(words: Tags, positions: np.ndarray, n: int) -> list[tuple[str, float]]:
    """Return the words that set a group apart, the most telling first, with their shares in it."""
    inside = np.zeros(n, dtype=bool)
    inside[positions] = True
    share = np.bincount(words.codes[inside[words.rows]], minlength=len(words.names)) / len(positions)
    everywhere = words.counts / n
    candidates = np.flatnonzero((share >= LEAST_SHARE) & (share > 1.2 * everywhere))
    tells = share[candidates] * np.log(share[candidates] / everywhere[candidates])
    order = candidates[np.argsort(-tells, kind="stable")]
    return [(words.names[code], float(share[code])) for code in order.tolist()]


def check_hotspots(hotspots: Any, n: int, points: Any = None) -> pd.DataFrame:
    """Check hotspots that a user sets, and fill in what follows from their positions.

    Parameters
    ----------
    hotspots : pandas.DataFrame or mapping
        Columns `name` and `positions`, and maybe `cover`; or names to positions.
    n : int
        Number of rows.
    points : array-like, optional
        float (n, d), by which covers are chosen that are not given; without them the first row is the cover.

    Returns
    -------
    pandas.DataFrame
        As `find_hotspots` returns it, in the order given.

    Raises
    ------
    TypeError
        If it is neither table nor mapping.
    KeyError
        If a column is missing.
    IndexError
        If a position is not one of the rows.
    ValueError
        If a hotspot is empty, or its cover not in it.

    Examples
    --------
    >>> check_hotspots({"blurred": [3, 1]}, n=5).iloc[0].to_dict()
    {'name': 'blurred', 'size': 2, 'cover': 1, 'positions': array([1, 3])}
    """
    if isinstance(hotspots, Mapping):
        hotspots = pd.DataFrame({"name": list(hotspots), "positions": pd.Series(list(hotspots.values()), dtype=object)})
    if not isinstance(hotspots, pd.DataFrame):
        raise TypeError(
            f"hotspots are a dict of names to positions, or a DataFrame as plot.hotspots, not {type(hotspots).__name__}"
        )
    for column in ("name", "positions"):
        if column not in hotspots:
            raise KeyError(f"hotspots need a column {column!r}; there are {', '.join(map(str, hotspots.columns))}")
    names = [str(name) for name in hotspots["name"]]
    found, covers = [], []
    given = hotspots["cover"].tolist() if "cover" in hotspots else [None] * len(names)
    for name, positions, cover in zip(names, hotspots["positions"], given, strict=True):
        rows = np.unique(np.asarray(positions, dtype=np.int64))
        if not len(rows):
            raise ValueError(f"hotspot {name!r} has no positions")
        if rows[0] < 0 or rows[-1] >= n:
            raise IndexError(
                f"hotspot {name!r} has position {rows[0] if rows[0] < 0 else rows[-1]}; there are {n} rows"
            )
        if cover is None or pd.isna(cover):
            cover = rows[0] if points is None else cover_of(points, rows)
        elif cover not in rows:
            raise ValueError(f"the cover of hotspot {name!r}, {cover}, is not among its positions")
        found.append(rows)
        covers.append(int(cover))
    return _frame(names, found, covers)


def hotspot_columns(hotspots: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Return one boolean column a hotspot: which rows are in it.

    Parameters
    ----------
    hotspots : pandas.DataFrame
        As `find_hotspots` returns it.
    index : pandas.Index
        Of the frame that the columns are for; they come in the order of its rows.

    Examples
    --------
    >>> hotspot_columns(check_hotspots({"blurred": [1]}, n=2), pd.RangeIndex(2))["blurred"].tolist()
    [False, True]
    """
    columns: dict[str, np.ndarray] = {}
    for name, positions in zip(hotspots["name"], hotspots["positions"], strict=True):
        inside = np.zeros(len(index), dtype=bool)
        inside[positions] = True
        columns[numbered(name, list(columns))] = inside
    return pd.DataFrame(columns, index=index)
