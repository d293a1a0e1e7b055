"""How a picture is looked at: its settings, what each may be, and all of it as a small JSON."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ..edits.changes import words
from ..errors import instead
from ..facets.conditions import Condition, brief
from ..headings import headings
from ..hotspots import check_hotspots
from ..packing import pack
from .kept import kept_rows
from .review_queue import ReviewQueue

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["SETTINGS", "check_plain", "check_setting", "checked_camera", "restore", "state_of"]

VERSION = 1

MOST_TEXT = 1_000
"""Of a setting: the longest name of a layout with options, of columns with long names."""

FARTHEST = 1e6
"""Of a camera, in units of the layout, which lies between -1 and 1."""

MOST_OVERLAP = 20
"""So many hotspots an image may be in, on average."""


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
    if not isinstance(name, str) or (name and name not in headings(workspace.df.columns)):
        raise ValueError(f"there is no column {name!r} to color by; {instead(name, workspace.df.columns)}")
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


def hotspots_to(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Write hotspots as JSON: name, cover, positions.

    Examples
    --------
    >>> import numpy as np
    >>> hotspots_to(pd.DataFrame({"name": ["a"], "cover": [2], "positions": [np.array([1, 2])]}))
    [{'name': 'a', 'cover': 2, 'positions': [1, 2]}]
    """
    return [
        {"name": name, "cover": int(cover), "positions": pack(positions)}
        for name, cover, positions in zip(frame["name"], frame["cover"], frame["positions"], strict=True)
    ]


def hotspots_from(kept: Any, n: int) -> pd.DataFrame:
    """Read what `hotspots_to` wrote, for a frame of n rows.

    Raises
    ------
    TypeError, ValueError, KeyError
        It is something else, or of other rows.
    """
    if not isinstance(kept, list):
        raise TypeError(f"hotspots that were kept are a list, not {brief(kept)}")
    spots: list[tuple[str, Any, np.ndarray]] = []
    for each in kept:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str) or type(each.get("cover")) is not int:
            raise ValueError(f"a hotspot that was kept is name, cover and positions, not {brief(each)}")
        spots.append((each["name"], each["cover"], np.unique(kept_rows(each.get("positions"), n))))
        if sum(len(positions) for _, _, positions in spots) > MOST_OVERLAP * max(n, 1_000):
            raise ValueError("the hotspots that were kept hold more images than there are, many times over")
    columns = ("name", "cover", "positions")
    found = {column: pd.Series([spot[k] for spot in spots], dtype=object) for k, column in enumerate(columns)}
    return check_hotspots(pd.DataFrame(found), n)


def state_of(workspace: Workspace) -> dict[str, Any]:
    """Write down how a picture is looked at."""
    spots = workspace.hotspots.spots
    return {
        "version": VERSION,
        **workspace.settings,
        "filter": workspace.filter.sieve.to_json(workspace.filter.conditions),
        "camera": workspace.camera,
        "hotspots": hotspots_to(spots.frame) if spots.own else None,
        "review": workspace.review_queue.to_json(),
    }


def restore(workspace: Workspace, state: Any, leave: Collection[str] = ()) -> None:
    """Look at a picture as it was; all is checked before anything is changed.

    A filter that is a query without its rows, as earlier versions kept it, is left out, with a warning.

    Raises
    ------
    TypeError, ValueError, KeyError
        If it is no state, or one of other data.
    """
    try:
        found = _checked(workspace, state, leave)
    except (IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"this is no state of this picture: {words(error)}") from error
    if found.query:
        warnings.warn(
            f"the filter was the query {brief(found.query)}, which is not run when it is read, and is left out; "
            "to filter by it set plot.filter to its text",
            stacklevel=3,
        )
    if found.hotspots is not None:
        workspace.set_hotspots(found.hotspots)  # first: a journal that is full would refuse them
    for name, value in found.settings.items():
        workspace.set(name, value)
    if found.filter is not None:
        workspace.filter_by(found.filter or None)
    if found.camera is not None:
        workspace.look_at(found.camera)
    if found.review is not None:
        workspace.resume_review(found.review)


class _Found(NamedTuple):
    """What a state holds, checked."""

    settings: dict[str, Any]
    filter: list[Condition] | None
    query: str
    hotspots: pd.DataFrame | None
    camera: dict[str, float] | None
    review: ReviewQueue | None


def _checked(workspace: Workspace, state: Any, leave: Collection[str]) -> _Found:
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict as `plot.state()` gives it, not {type(state).__name__}")
    if state.get("version") != VERSION:
        raise ValueError(
            f"this is a state of version {brief(state.get('version'))}; this pixplot_widget reads {VERSION}"
        )
    known = {"version", "filter", "camera", "hotspots", "review", *SETTINGS}
    if unknown := state.keys() - known:
        raise ValueError(f"a state has no {brief(min(map(str, unknown)))}; it may have {sorted(known)}")
    n, wanted = len(workspace.df), {name: value for name, value in state.items() if name not in leave}
    conditions, query = None, _query_in(wanted.get("filter"))
    if "filter" in wanted and not query:
        conditions = workspace.filter.sieve.from_json(wanted["filter"] or [])
    settings = {name: wanted[name] for name in SETTINGS if name in wanted}
    for name, value in settings.items():
        check_plain(name, value)
        settings[name] = check_setting(workspace, name, value)
    return _Found(
        settings,
        conditions,
        query,
        hotspots_from(wanted["hotspots"], n) if wanted.get("hotspots") else None,
        None if wanted.get("camera") is None else checked_camera(wanted["camera"]),
        ReviewQueue.from_json(wanted["review"], n) if wanted.get("review") else None,
    )


def _query_in(conditions: Any) -> str:
    """Give the text of a query that has no rows beside it; "" if there is none."""
    for each in conditions if isinstance(conditions, list) else [conditions]:
        if isinstance(each, str):
            return each
        if isinstance(each, dict) and isinstance(each.get("query"), str) and "rows" not in each:
            return each["query"]
    return ""


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
