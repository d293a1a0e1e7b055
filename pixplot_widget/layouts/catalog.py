"""All layouts of one widget by name: those the data allows, made when first asked for."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import instead
from ..headings import column_of, headings
from . import dates, geography, grid, wall  # noqa: F401  # each registers its kind
from .arrangements import Option, join_name, split_name
from .custom import custom_layout
from .geojson import features, read
from .kinds import FILL, KINDS, LayoutData, offered
from .layout import Layout
from .loosen import MOST
from .ordering import sorted_layout
from .similarity import VARIATIONS, spread_out

__all__ = ["KEPT", "ROLES", "Catalog", "resolve_roles"]

ROLES = ("tags", "year", "description", "permalink", "lat", "lng", "x", "y", "suggested")
"""What a column can be for besides image and label, by PixPlotML's names."""

KEPT = 12
"""So many layouts with options are kept, the last ones used: a slider makes many, and each is 8 bytes a row."""


def padded(layout: Layout, n: int) -> Layout:
    """Give a layout of n rows: those that it lacks are not placed."""
    if len(layout) >= n:
        return layout
    return dataclasses.replace(layout, xy=np.concatenate([layout.xy, np.full((n - len(layout), 2), np.nan)]))


def own_layout(made_of: tuple[Any, ...], fill: float | None) -> Layout:
    """Make a user's layout of positions, of two columns, or of a layout that was kept."""
    if not isinstance(made_of[0], Layout):
        return custom_layout(*made_of, fill=fill)
    return made_of[0] if fill is None else spread_out(made_of[0], fill)


def _longer(made_of: pd.Series | np.ndarray | Layout, more: pd.DataFrame) -> pd.Series | np.ndarray:
    """Lengthen what a user's own layout was made of: by the column of more rows, else by missing values."""
    new = len(more)
    if isinstance(made_of, Layout):  # the new ones stand apart in it, as in all of a user's own
        made_of = made_of.xy.astype(np.float64)
    if isinstance(made_of, np.ndarray):
        return np.concatenate([made_of, np.full((new, 2), np.nan)])
    if made_of.name not in more.columns:
        return made_of.reset_index(drop=True).reindex(range(len(made_of) + new))
    return pd.concat([made_of, more[made_of.name]])


def resolve_roles(df: pd.DataFrame, roles: Mapping[str, str] | None, boxes: Sequence[str] = ()) -> dict[str, str]:
    """Say which column plays which role.

    Parameters
    ----------
    df : pandas.DataFrame
        Whose columns are looked at.
    roles : mapping or None
        Role to column; None: columns that bear a role's name.
    boxes : sequence of str
        Columns that play none by their name alone: the x of a box is no place in the picture.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If a role is unknown.
    KeyError
        If a column does not exist.

    Examples
    --------
    >>> resolve_roles(pd.DataFrame({"year": [1900]}), None)
    {'year': 'year'}
    """
    if roles is None:
        return {role: role for role in ROLES if role in headings(df.columns) and role not in boxes}
    if not isinstance(roles, Mapping):
        raise TypeError(f"roles are a dict of columns, such as {{'year': 'taken'}}, not {type(roles).__name__}")
    for role, column in roles.items():
        if role not in ROLES:
            raise ValueError(f"roles has {role!r}, which is none; {instead(role, ROLES)}")
        if column not in df.columns:
            raise KeyError(f"roles[{role!r}] is {column!r}, which is no column; {instead(column, df.columns)}")
    return dict(roles)


class Catalog(Mapping[str, Layout]):
    """Layouts by name. Looking one up makes it, unless it is there.

    A name is a kind of layout, alone or with options: ``"category"``, ``"category?by=year"``. What options there are
    follows from the frame as it is when they are looked at.

    Parameters
    ----------
    df : callable
        Gives the frame as it is now.
    names : list of str
        File names, for the order of reading.
    label : str
        The label column.
    roles : dict
        As `resolve_roles` returns them.
    n_neighbors, min_dist : list
        Of UMAP's variants.
    reducer : object, optional
        What arranges by similarity in place of UMAP.
    """

    def __init__(
        self,
        df: Callable[[], pd.DataFrame],
        names: list[str],
        label: str,
        roles: dict[str, str],
        n_neighbors: list[int] | None = None,
        min_dist: list[float] | None = None,
        reducer: Any = None,
    ) -> None:
        self._df = df
        self._names = names
        self._label = label
        self._roles = roles
        self._variants = (n_neighbors or [15], min_dist or [0.01])
        self._loose = len(names) <= MOST  # at first: what is shown now may be asked for also when there are more
        self._reducer = reducer
        self._lock = threading.RLock()
        self._turns: dict[str, threading.Lock] = {}
        # Until vectors have been compared, images stand in the order of the frame.
        at_first = sorted_layout(np.arange(len(names)))
        self._made: dict[str, Layout] = {kind.name: at_first for kind in KINDS.values() if kind.projected}
        self._age = 0  # counts what makes layouts out of date
        self._own: dict[str, tuple[Any, ...]] = {}  # what `add` made a layout of
        self._overlays: dict[str, Any] = {}
        self._options: dict[str, tuple[Option, ...]] = {}
        self._options_for: pd.Index | None = None

    def __getitem__(self, name: str) -> Layout:
        key = self.canonical(name)
        while True:
            with self._lock:
                made = self._made.pop(key, None)
                if made is not None:
                    made = self._made[key] = padded(made, len(self._names))  # used last, dropped last
                    return made
                turn = self._turns.setdefault(key, threading.Lock())
            # Made outside the lock, so that others are there meanwhile, and by one thread at a time.
            with turn:
                with self._lock:
                    age, known = self._age, key in self._made
                if known:
                    continue
                layout = self._make(key)
                with self._lock:
                    if age != self._age:  # something it was made from has changed meanwhile
                        continue
                    self._made[key] = layout
                    self._turns.pop(key, None)
                    self._drop_oldest()
                    return layout

    def __iter__(self) -> Iterator[str]:
        kinds = list(self.options)
        with self._lock:
            variants = [name for name in self._made if name.startswith("umap?") and not self._can_be_made(name)]
        return iter([*kinds, *variants])

    def present(self, name: str) -> Layout | None:
        """Give a layout if it is made already, else None."""
        key = self.canonical(name)  # before the lock: it asks for the frame, for which it may wait for an edit
        with self._lock:
            made = self._made.get(key)
            return made if made is None else padded(made, len(self._names))

    def __repr__(self) -> str:
        return f"layouts: {', '.join(self)}"

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        try:
            self.canonical(str(name))
        except (ValueError, KeyError):
            return False
        return True

    @property
    def options(self) -> dict[str, tuple[Option, ...]]:
        """What can be chosen of every kind of layout that the data allows, in the order of the picker."""
        df = self._df()
        with self._lock:
            if self._options_for is None or not df.columns.equals(self._options_for):
                self._options = offered(self._data(df)) | dict.fromkeys(self._own, (FILL,))
                self._options_for = df.columns
            return self._options

    def canonical(self, name: str) -> str:
        """Give the one name of a layout: options in their order, without those that say what holds anyway.

        Raises
        ------
        ValueError, KeyError
            If there is no such layout, option, value or column: with what there is.
        """
        if name in self._own:
            return name
        kind, chosen = split_name(name)
        return self.name(kind, chosen)

    def name(self, kind: str, chosen: Mapping[str, Any]) -> str:
        """Name a layout by its kind and options; raises as `canonical` does."""
        options = self.options
        if kind not in options:
            wants = f"it takes {KINDS[kind].wants}; " if kind in KINDS and KINDS[kind].wants else ""
            raise ValueError(f"there is no layout {kind!r}; {wants}{instead(kind, options)}")
        known = {option.name: option for option in options[kind]}
        for option in chosen:
            if option not in known:
                raise ValueError(f"the layout {kind!r} has no option {option!r}; {instead(option, known)}")
        columns = [str(column) for column in self._df().columns]
        texts = {
            option.name: option.text(chosen[option.name], columns) for option in options[kind] if option.name in chosen
        }
        return join_name(kind, {name: text for name, text in texts.items() if text != known[name].default})

    def put(self, name: str, layout: Layout) -> list[str]:
        """Keep a layout under a name, in place of an older one; return those that follow from it."""
        followers = {kind.name for kind in KINDS.values() if name in kind.follows}
        with self._lock:
            self._age += 1
            self._made[name] = padded(layout, len(self._names))
            varied = self._forget(lambda kind, _: kind == name.partition("?")[0] or kind in followers)
        return [*varied, *(kind for kind in followers if kind not in varied)]

    def title(self, name: str) -> str:
        """Give what the picker calls a kind of layout, or a user's own."""
        if name == "umap" and self._reducer is not None:
            return f"Similarity ({type(self._reducer).__name__})"
        return KINDS[name].title if name in KINDS and name not in self._own else name

    @staticmethod
    def is_made_of_others(name: str) -> bool:
        """Whether a layout is made from other layouts, and so has to wait for them."""
        return name in KINDS and bool(KINDS[name].follows)

    def add(self, name: str, xy: Any) -> Layout:
        """Add a user's layout: positions (n, 2), the names of two columns, or a layout that there is.

        Raises
        ------
        ValueError, KeyError
            If the shape is another, or a column does not exist.
        """
        if "?" in name:
            raise ValueError(f"a layout must have a name without '?', which begins options, not {name!r}")
        df = self._df()
        if isinstance(xy, (list, tuple)) and len(xy) == 2 and all(isinstance(column, str) for column in xy):
            columns: tuple[Any, ...] = tuple(column_of(df, column).copy() for column in xy)
        else:
            given = xy if isinstance(xy, Layout) else np.array(xy, dtype=np.float64)
            shape = given.xy.shape if isinstance(given, Layout) else given.shape
            if shape != (len(df), 2):
                raise ValueError(f"xy must have shape ({len(df)}, 2), one row an image, not {shape}")
            columns = (given,)
        made = own_layout(columns, None)
        with self._lock:
            self._age += 1
            self._own[name] = columns
            self._forget(lambda kind, _: kind == name)
            self._made[name] = made
            self._options_for = None
        return made

    def add_overlay(self, geojson: Any) -> str:
        """Keep GeoJSON that can be drawn over the map; return its name: that of its file, or "overlay".

        Raises
        ------
        ValueError, OSError
            If it is no GeoJSON, or no file.
        """
        name = Path(geojson).stem if isinstance(geojson, (str, os.PathLike)) else "overlay"
        geojson = read(geojson)  # once: a map that a page asks for opens no file
        features(geojson)
        with self._lock:
            self._overlays[name] = geojson
            self._options_for = None
            self._age += 1
            self._forget(lambda kind, chosen: chosen.get("overlay") == name)
        return name

    def forget(self, columns: set[str] | None = None) -> list[str]:
        """Make layouts anew the next time that follow these columns, of all columns if None; return their names."""
        with self._lock:
            self._age += 1
            if columns is None:
                self._options_for = None
            return self._forget(lambda kind, chosen: columns is None or bool(columns & self._columns(kind, chosen)))

    def extension(self, more: pd.DataFrame, names: list[str]) -> Callable[[], list[str]]:
        """Make ready for the rows of another frame to follow, after which all are called `names`.

        Returns
        -------
        callable
            Takes them in and gives the names of the layouts that are made anew; may be called twice. In UMAP, its
            variants and PCA the new rows have no place until one is put.
        """
        own = {name: tuple(_longer(column, more) for column in columns) for name, columns in self._own.items()}
        anew: dict[str, None] = {}

        def take() -> list[str]:
            with self._lock:
                self._age += 1
                self._options_for = None
                self._names = names
                self._own.update(own)
                anew.update(dict.fromkeys(self._forget(lambda _kind, _chosen: True)))
                return list(anew)

        return take

    @property
    def problems(self) -> dict[int, list[str]]:
        """Rows that could not be placed in a layout that is made, and why; those that are checked are made for that."""
        for name in self.options:
            if name in KINDS and KINDS[name].checked:
                self[name]
        with self._lock:
            layouts = list(self._made.values())
        found: dict[int, list[str]] = {}
        for row, reason in dict.fromkeys(problem for layout in layouts for problem in layout.problems):
            found.setdefault(row, []).append(reason)
        return found

    # --- inside ---

    def _forget(self, which: Callable[[str, dict[str, str]], bool]) -> list[str]:
        gone = [name for name in self._made if self._can_be_made(name) and which(*split_name(name))]
        for name in gone:
            del self._made[name]
        return gone

    def _can_be_made(self, name: str) -> bool:
        """Whether a layout follows from others or from the frame; UMAP, its variants and PCA come from outside."""
        kind, chosen = split_name(name)
        return kind not in KINDS or not KINDS[kind].projected or bool(VARIATIONS & chosen.keys())

    def _drop_oldest(self) -> None:
        chosen = [name for name in self._made if "?" in name and self._can_be_made(name)]
        for name in chosen[:-KEPT]:
            del self._made[name]

    def _filled(self, kind: str, chosen: Mapping[str, str]) -> dict[str, str]:
        """Give every option of a layout its value."""
        return {option.name: chosen.get(option.name, option.default) for option in self.options.get(kind, ())}

    def _columns(self, kind: str, chosen: dict[str, str]) -> set[str]:
        if kind in self._own:
            return set()
        filled = self._filled(kind, chosen)
        columns = {filled[option.name] for option in self.options.get(kind, ()) if option.kind == "column"}
        return columns | {self._roles[role] for role in KINDS[kind].roles}

    def _make(self, name: str) -> Layout:
        kind, chosen = split_name(name)
        filled = self._filled(kind, chosen)
        if kind in self._own:
            return own_layout(self._own[kind], float(filled["fill"]) if filled["fill"] else None)
        return KINDS[kind].make(self._data(self._df()), filled)

    def _data(self, df: pd.DataFrame) -> LayoutData:
        n_neighbors, min_dist = self._variants
        return LayoutData(
            df=df,
            names=self._names,
            label=str(self._label),
            roles=self._roles,
            overlays=self._overlays,
            variants={"n_neighbors": n_neighbors, "min_dist": min_dist},
            loose=self._loose,
            layout=self._projection,
        )

    def _projection(self, name: str) -> Layout:
        """Give a layout that came from outside; the main one while a variant is still being made."""
        key = self.canonical(name)
        with self._lock:
            return padded(self._made.get(key, self._made[key.partition("?")[0]]), len(self._names))
