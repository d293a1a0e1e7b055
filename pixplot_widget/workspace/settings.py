"""The settings of a picture that are kept, and what each may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import instead
from ..facets.conditions import brief
from ..headings import headings

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["SETTINGS", "Setting", "check_plain", "check_setting", "checked_camera"]

MOST_TEXT = 1_000
"""Of a setting: the longest name of a layout with options, of columns with long names."""

FARTHEST = 1e6
"""Of a camera, in units of the layout, which lies between -1 and 1."""


@dataclass(frozen=True)
class Setting:
    """What one setting is at first, and what it may be.

    `least` and `most` bound a number, `choices` are all that a text may be; `check`, which goes by what the workspace
    holds, raises or returns what is meant.
    """

    default: Any
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Workspace, Any], Any] | None = None


def _layout(workspace: Workspace, name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a layout is named by a text, such as 'umap', not {brief(name)}")
    return workspace.catalog.canonical(name)


def _coloring(workspace: Workspace, name: Any) -> str | None:
    if name is None:
        return None
    if name == str(workspace.log.labels.name):
        return ""
    columns = workspace.current().columns
    if not isinstance(name, str) or (name and name not in headings(columns)):
        raise ValueError(f"there is no column {name!r} to color by; {instead(name, columns)}")
    return name


SETTINGS: dict[str, Setting] = {
    "layout": Setting("umap", check=_layout),
    "color_by": Setting("", check=_coloring),
    "palette": Setting("standard", choices=("standard", "colorblind")),
    "sprite_size": Setting(1.0, 0.05, 20),
    "border_width": Setting(2.0, 0, 20),
}
"""What is kept of how a picture is looked at, besides filter, camera, hotspots and review."""


def check_setting(workspace: Workspace, name: str, value: Any) -> Any:
    """Return a setting as it will be read; nothing is changed yet.

    Raises
    ------
    ValueError, KeyError, TypeError
        It cannot be that.
    """
    setting = SETTINGS[name]
    if setting.check is not None:
        return setting.check(workspace, value)
    if setting.choices:
        if value not in setting.choices:
            raise ValueError(f"{name} cannot be {brief(value)}; it is one of {', '.join(map(repr, setting.choices))}")
        return value
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not setting.least <= value <= setting.most:
        raise ValueError(f"{name} is a number from {setting.least:g} to {setting.most:g}, not {brief(value)}")
    return float(value)


def check_plain(name: str, value: Any) -> None:
    """Raise ValueError for a setting of a file or a page that is neither a short text nor a finite number."""
    if not isinstance(value, (str, int, float, type(None))) or (isinstance(value, str) and len(value) > MOST_TEXT):
        raise ValueError(f"{name} cannot be {brief(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is a number, not {value}")


def checked_camera(camera: Any) -> dict[str, float]:
    """Give a camera as numbers.

    Raises
    ------
    ValueError
        It is none, or looks at nothing that could be there.

    Examples
    --------
    >>> checked_camera({"x": 0, "y": 1, "width": 2})
    {'x': 0.0, 'y': 1.0, 'width': 2.0}
    """
    numbers = [camera.get(key) for key in ("x", "y", "width")] if isinstance(camera, Mapping) else [None]
    plain = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers)
    if not plain or not all(abs(each) <= FARTHEST for each in numbers) or numbers[2] <= 0:
        raise ValueError(f"a camera is x, y and width in units of the layout, not {brief(camera)}")
    return {"x": float(numbers[0]), "y": float(numbers[1]), "width": float(numbers[2])}
