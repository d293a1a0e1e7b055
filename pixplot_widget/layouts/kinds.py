"""Kinds of layout: each declares, in one file, all that the catalog, the picker and its options need to know of it.

A new kind is one `LayoutKind` given to `register`. Nothing else names it: the catalog makes it, the picker lists its
title, and the controls on screen are built from its options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..headings import column_of, headings
from .arrangements import Option
from .layout import Layout

__all__ = ["FILL", "KINDS", "LayoutData", "LayoutKind", "first", "offered", "register"]

FILL = Option("fill", "De-overlap", "share")


@dataclass(frozen=True)
class LayoutData:
    """What a layout may be made of.

    Attributes
    ----------
    df : pandas.DataFrame
        The frame as it is now.
    names : list of str
        File name of each row.
    label : str
        The label column.
    roles : mapping
        Role to column; see `catalog.ROLES`.
    overlays : mapping
        GeoJSON that can be drawn over a map, by name.
    variants : mapping
        Of the options of UMAP to the values that there are projections for.
    loose : bool
        Whether crowds of a projection are made looser, so that it may be asked for as it was.
    layout : callable
        Gives the layout of a name that this kind is made from, as it is now.
    """

    df: pd.DataFrame
    names: Sequence[str]
    label: str = "category"
    roles: Mapping[str, str] = field(default_factory=dict)
    overlays: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Sequence[float]] = field(default_factory=dict)
    loose: bool = True
    layout: Callable[[str], Layout] | None = None

    def column(self, name: str) -> pd.Series:
        """Give a column by its name as text.

        Raises
        ------
        KeyError
            If there is none: with those there are.
        """
        return column_of(self.df, name)

    def columns(self, suits: Callable[[pd.Series], bool]) -> list[str]:
        """Name the columns that suit a purpose; two of one name suit none, since neither can be asked for."""
        return [name for name, at in headings(self.df.columns).items() if suits(self.df.iloc[:, at])]


@dataclass(frozen=True)
class LayoutKind:
    """One kind of layout.

    Attributes
    ----------
    name : str
        As `PixPlot.arrange` takes it.
    title : str
        As the picker shows it.
    make : callable
        ``make(data, chosen)``: a `Layout` of `LayoutData`, and of the value of each option as text.
    options : callable
        ``options(data)``: the options there are, each with its control; None where the data does not allow the kind.
    wants : str
        What data it needs, in words, for those who ask for it in vain.
    roles : tuple of str
        Roles whose columns it is made of, besides those that are chosen by an option.
    follows : tuple of str
        Kinds that it is made from: with a new layout of those it is made anew.
    projected : bool
        Whether the layout comes from outside, as a projection does, and `make` only varies it.
    checked : bool
        Whether rows may have impossible values, so that it is made to find them even if it is not looked at.
    rank : int
        Place in the picker, lowest first.

    Examples
    --------
    >>> import numpy as np
    >>> line = LayoutKind("line", "In a line", lambda data, _: Layout(np.column_stack([np.linspace(-1, 1, 3)] * 2)))
    >>> line.make(LayoutData(pd.DataFrame({"category": ["a", "b", "c"]}), ["1", "2", "3"]), {}).xy.shape
    (3, 2)
    """

    name: str
    title: str
    make: Callable[[LayoutData, Mapping[str, str]], Layout]
    options: Callable[[LayoutData], tuple[Option, ...] | None] = lambda _data: ()
    wants: str = ""
    roles: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    projected: bool = False
    checked: bool = False
    rank: int = 100


KINDS: dict[str, LayoutKind] = {}
"""All kinds by name, in the order of the picker."""


def register(kind: LayoutKind) -> LayoutKind:
    """Add a kind of layout, for all plots made from now on; one of the same name is replaced.

    Parameters
    ----------
    kind : LayoutKind
        What it is called, and how it is made.

    Returns
    -------
    LayoutKind
        The same.

    Raises
    ------
    ValueError
        If the name is empty or holds "?", "&" or "=", which stand between options.
    """
    if not kind.name or set("?&=") & set(kind.name):
        raise ValueError(f"a kind of layout must have a name without '?', '&' and '=', not {kind.name!r}")
    KINDS[kind.name] = kind
    ranked = sorted(KINDS.values(), key=lambda each: each.rank)
    KINDS.clear()
    KINDS.update((each.name, each) for each in ranked)
    return kind


def offered(data: LayoutData) -> dict[str, tuple[Option, ...]]:
    """Give the kinds that the data allows, and the options of each, in the order of the picker.

    Examples
    --------
    >>> from pixplot_widget.layouts import catalog
    >>> list(offered(LayoutData(pd.DataFrame({"category": ["a", "b"]}), ["1", "2"])))
    ['umap', 'grid', 'category', 'sorted', 'pca']
    """
    found = ((kind.name, kind.options(data)) for kind in KINDS.values())
    return {name: options for name, options in found if options is not None}


def first(name: str | None, names: Iterable[str]) -> list[str]:
    """Put a name before the others; as they are if there is none.

    Examples
    --------
    >>> first("b", ["a", "b", "c"]), first(None, ["a"])
    (['b', 'a', 'c'], ['a'])
    """
    return list(names) if name is None else [name, *(other for other in names if other != name)]
