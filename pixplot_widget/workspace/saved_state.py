"""How a picture is looked at, as a small JSON: written, and read back within bounds."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ..edits.changes import words
from ..facets.conditions import Condition, brief
from ..hotspots import check_hotspots
from ..packing import pack
from .kept import kept_rows
from .review_queue import ReviewQueue
from .settings import SETTINGS, check_plain, check_setting, checked_camera

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["restore", "state_of"]

VERSION = 1

MOST_OVERLAP = 20
"""So many hotspots an image may be in, on average."""


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
        **workspace.view.settings,
        "filter": workspace.filter.sieve.to_json(workspace.filter.conditions),
        "camera": workspace.view.camera,
        "hotspots": hotspots_to(spots.frame) if spots.own else None,
        "review": workspace.review.queue.to_json(),
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
        workspace.view.set(name, value)
    if found.filter is not None:
        workspace.filter_by(found.filter or None)
    if found.camera is not None:
        workspace.view.look_at(found.camera)
    if found.review is not None:
        workspace.review.offer(found.review)


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
