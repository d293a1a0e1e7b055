"""All layouts of one widget by name: those the data allows, made when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .layouts import Layout
from .layouts.categories import category_layout
from .layouts.custom import custom_layout
from .layouts.dates import date_layout
from .layouts.geography import map_layout
from .layouts.grid import grid_layout
from .layouts.ordering import sorted_layout

__all__ = ["ROLES", "Catalog", "resolve_roles"]

ROLES = ("tags", "year", "description", "permalink", "lat", "lng", "x", "y")
"""What a column can be for besides image and label, by PixPlotML's names."""


def resolve_roles(df: pd.DataFrame, roles: Mapping[str, str] | None) -> dict[str, str]:
    """Say which column plays which role.

    Parameters
    ----------
    df : pandas.DataFrame
        Whose columns are looked at.
    roles : mapping or None
        Role to column; None: columns that bear a role's name.

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
        return {role: role for role in ROLES if role in df.columns}
    for role, column in roles.items():
        if role not in ROLES:
            raise ValueError(f"roles has {role!r}; the roles are {', '.join(ROLES)}")
        if column not in df.columns:
            raise KeyError(f"roles[{role!r}] is {column!r}, which is no column; there are {list(df.columns)}")
    return dict(roles)


class Catalog(Mapping[str, Layout]):
    """Layouts by name. Looking one up makes it, unless it is there.

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
    """

    def __init__(self, df: Callable[[], pd.DataFrame], names: list[str], label: str, roles: dict[str, str]) -> None:
        self._df = df
        self._lock = threading.RLock()
        # Until vectors have been compared, images stand in the order of the frame.
        at_first = sorted_layout(np.arange(len(names)))
        self._made: dict[str, Layout] = {"umap": at_first, "pca": at_first}
        self._recipes: dict[str, Callable[[], Layout]] = {
            "grid": lambda: grid_layout(self._made["umap"].xy),
            "category": lambda: category_layout(self._df()[label]),
            "sorted": lambda: sorted_layout(names),
        }
        self._recipes |= _recipes_of_roles(df, roles)

    def __getitem__(self, name: str) -> Layout:
        with self._lock:
            if name not in self._made:
                if name not in self._recipes:
                    raise KeyError(f"there is no layout {name!r}; there are {', '.join(self)}")
                self._made[name] = self._recipes[name]()
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter([*self._made, *(name for name in self._recipes if name not in self._made)])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self._made or name in self._recipes

    @property
    def names(self) -> list[str]:
        """All names, in the order of the picker."""
        order = ["umap", "grid", "category", "date", "map", "custom", "sorted", "pca"]
        return sorted(self, key=lambda name: order.index(name) if name in order else len(order))

    def put(self, name: str, layout: Layout) -> None:
        """Keep a layout under a name, in place of an older one."""
        with self._lock:
            self._made[name] = layout
            if name == "umap":
                self._made.pop("grid", None)

    def add(self, name: str, xy: Any) -> Layout:
        """Add a user's layout: positions (n, 2), or the names of two columns.

        Raises
        ------
        ValueError, KeyError
            If the shape is another, or a column does not exist.
        """
        df = self._df()
        if isinstance(xy, (list, tuple)) and len(xy) == 2 and all(isinstance(column, str) for column in xy):
            for column in xy:
                if column not in df.columns:
                    raise KeyError(f"{column!r} is no column; there are {list(df.columns)}")
            made = custom_layout(df[xy[0]], df[xy[1]])
        else:
            array = np.asarray(xy, dtype=np.float64)
            if array.shape != (len(df), 2):
                raise ValueError(f"xy must have shape ({len(df)}, 2), one row an image, not {array.shape}")
            made = custom_layout(array)
        self.put(name, made)
        return made

    def forget(self, name: str) -> bool:
        """Make a layout anew the next time; False if it was not there."""
        with self._lock:
            return name in self._recipes and self._made.pop(name, None) is not None


def _recipes_of_roles(df: Callable[[], pd.DataFrame], roles: dict[str, str]) -> dict[str, Callable[[], Layout]]:
    recipes: dict[str, Callable[[], Layout]] = {}
    if "year" in roles:
        recipes["date"] = lambda: date_layout(df()[roles["year"]])
    if {"lat", "lng"} <= roles.keys():
        recipes["map"] = lambda: map_layout(df()[roles["lat"]], df()[roles["lng"]])
    if {"x", "y"} <= roles.keys():
        recipes["custom"] = lambda: custom_layout(df()[roles["x"]], df()[roles["y"]])
    return recipes
