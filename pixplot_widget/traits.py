"""Kinds of traits that `PixPlot` has, and what may be set of it."""

from __future__ import annotations

import difflib
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from .rows import NO_ROWS

if TYPE_CHECKING:
    from .widget import PixPlot

__all__ = ["Heading", "Positions", "refuse_misspelled"]


class Positions(traitlets.TraitType):
    """Positions of rows: int64 (k,), anything that `to_positions` understands can be set."""

    default_value = NO_ROWS

    def validate(self, obj: PixPlot, value: Any) -> np.ndarray:
        """Turn what was set into positions."""
        return obj._workspace.positions(value)


class Heading(traitlets.Unicode):
    """What a column is called, in text: the name of any other kind can be set too."""

    def validate(self, obj: PixPlot, value: Any) -> str | None:
        """Turn what was set into text."""
        return super().validate(obj, value if value is None else str(value))


def refuse_misspelled(plot: object, name: str) -> None:
    """Raise AttributeError where what is set is nearly, but not quite, something that a plot has.

    Python would make an attribute of that name, and nothing on screen would follow.
    """
    kind = type(plot)
    if name.startswith("_") or hasattr(kind, name) or name in plot.__dict__:
        return
    known = ((each, inspect.getattr_static(kind, each)) for each in dir(kind) if not each.startswith("_"))
    settable = [each for each, value in known if isinstance(value, traitlets.TraitType) or getattr(value, "fset", None)]
    if near := difflib.get_close_matches(name, settable, n=1, cutoff=0.8):
        raise AttributeError(f"PixPlot has no {name!r} to set; did you mean {near[0]!r}?")
