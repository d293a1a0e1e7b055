"""How a picture was looked at: as a small JSON, and kept beside the journal for the next time.

A journal is handed on with the file beside it, so what it holds is data and no more: nothing in it is run, and a
damaged one takes neither time nor memory, and ends in a warning.
"""

from __future__ import annotations

import json
import math
import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import traitlets

from ..edits.changes import words
from ..errors import MISTAKES
from ..facets.conditions import Condition, brief
from ..files import written_aside
from ..headings import headings
from ..hotspots import check_hotspots
from ..packing import pack
from .kept import kept_rows
from .reviewing import ReviewQueue

__all__ = ["Memory", "checked_camera", "checked_setting", "memory_path", "restore", "state_of"]

VERSION = 1
MOST_BYTES = 64_000_000
"""Of a file that is read: that of a million rows, all in hotspots and under review, has a tenth."""

MOST_TEXT = 1_000
"""Of a setting: the longest name of a layout with options, of columns with long names."""

FARTHEST = 1e6
"""Of a camera, in units of the layout, which lies between -1 and 1."""

STILL_SECONDS = 1.0
"""Nothing is written before there was no change for so long."""


def memory_path(journal: str | Path) -> Path:
    """Say where the state of a journal's widget is kept.

    Examples
    --------
    >>> memory_path("work/edits.jsonl").name
    'edits.jsonl.view.json'
    """
    path = Path(journal)
    return path.with_name(path.name + ".view.json")


class Memory:
    """Writes a state to a file once it has been still for a moment; without a path it does nothing.

    Parameters
    ----------
    path : Path or None
        The file.
    state : callable
        Gives the state as it is then.

    Examples
    --------
    >>> Memory(None, dict).load() is None
    True
    """

    def __init__(self, path: Path | None, state: Callable[[], dict[str, Any]]) -> None:
        self._path = path
        self._state = state
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def load(self) -> dict[str, Any] | None:
        """Read what was kept; None where nothing was, or where it cannot be read, of which there is a warning."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            kept = self._read()
        except (OSError, ValueError, RecursionError) as error:
            said = "it lies too deep" if isinstance(error, RecursionError) else error
            warnings.warn(f"how the picture was looked at last could not be read: {said}", stacklevel=3)
            return None
        return kept

    def _read(self) -> dict[str, Any]:
        with self._path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        kept = json.loads(data.decode("utf-8"))
        if not isinstance(kept, dict):
            raise ValueError(f"it holds {brief(kept)}, which is no state")
        return kept

    def touch(self) -> None:
        """Something changed: write it soon."""
        if self._path is None:
            return
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(STILL_SECONDS, self._write)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Write now what is still to be written."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._write()

    def _write(self) -> None:
        with self._lock:
            self._timer = None
        # The picture is not worth stopping the work for: edits are kept elsewhere. A frame that has other rows by now
        # cannot say which of them the filter lets pass.
        try:
            state = json.dumps(self._state(), indent=1)
            with written_aside(self._path, "w") as file:
                file.write(state)
        except (OSError, *MISTAKES) as error:
            warnings.warn(f"how the picture is looked at could not be kept: {words(error)}", stacklevel=2)


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


MOST_OVERLAP = 20
"""So many hotspots an image may be in, on average."""

SETTINGS = ("layout", "color_by", "palette", "sprite_size", "border_width")
"""Traits that are kept as they are."""


def state_of(plot: Any) -> dict[str, Any]:
    """Write down how a widget's picture is looked at."""
    spots = plot._grouping.spots
    return {
        "version": VERSION,
        **{name: getattr(plot, name) for name in SETTINGS},
        "filter": plot._sifting.sieve.to_json(plot._sifting.conditions),
        "camera": plot._camera,
        "hotspots": hotspots_to(spots.frame) if spots.own else None,
        "review": plot._review.to_json(),
    }


def restore(plot: Any, state: Any, leave: Collection[str] = ()) -> None:
    """Look at a widget's picture as it was; all is checked before anything is changed.

    A filter that is a query without its rows, as earlier versions kept it, is left out, with a warning.

    Raises
    ------
    TypeError, ValueError, KeyError
        If it is no state, or one of other data.
    """
    try:
        found = _checked(plot, state, leave)
    except (IndexError, OverflowError, RecursionError, traitlets.TraitError) as error:
        raise ValueError(f"this is no state of this picture: {words(error)}") from error
    if found.query:
        warnings.warn(
            f"the filter was the query {brief(found.query)}, which is not run when it is read, and is left out; "
            "to filter by it set plot.filter to its text",
            stacklevel=3,
        )
    if found.hotspots is not None:
        plot.hotspots = found.hotspots  # first: a journal that is full would refuse them
    with plot.hold_trait_notifications():
        for name, value in found.settings.items():
            setattr(plot, name, value)
    if found.filter is not None:
        plot.filter = found.filter or None
    if found.camera is not None:
        plot._fly(found.camera)
    if found.review is not None:
        plot._resume_review(found.review)


class _Found(NamedTuple):
    """What a state holds, checked."""

    settings: dict[str, Any]
    filter: list[Condition] | None
    query: str
    hotspots: pd.DataFrame | None
    camera: dict[str, float] | None
    review: ReviewQueue | None


def _checked(plot: Any, state: Any, leave: Collection[str]) -> _Found:
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict as `plot.state()` gives it, not {type(state).__name__}")
    if state.get("version") != VERSION:
        raise ValueError(
            f"this is a state of version {brief(state.get('version'))}; this pixplot_widget reads {VERSION}"
        )
    known = {"version", "filter", "camera", "hotspots", "review", *SETTINGS}
    if unknown := state.keys() - known:
        raise ValueError(f"a state has no {brief(min(map(str, unknown)))}; it may have {sorted(known)}")
    n, wanted = len(plot.df), {name: value for name, value in state.items() if name not in leave}
    conditions, query = None, _query_in(wanted.get("filter"))
    if "filter" in wanted and not query:
        conditions = plot._sifting.sieve.from_json(wanted["filter"] or [])
    return _Found(
        {name: checked_setting(plot, name, wanted[name]) for name in SETTINGS if name in wanted},
        conditions,
        query,
        hotspots_from(wanted["hotspots"], n) if wanted.get("hotspots") else None,
        None if wanted.get("camera") is None else checked_camera(wanted["camera"]),
        ReviewQueue.from_json(wanted["review"], n) if wanted.get("review") else None,
    )


def checked_setting(plot: Any, name: str, value: Any) -> Any:
    """Give a setting that a file or a page wants as setting it would make it; nothing is changed yet.

    Raises
    ------
    ValueError, KeyError, traitlets.TraitError
        It cannot be that.
    """
    if not isinstance(value, (str, int, float, type(None))) or (isinstance(value, str) and len(value) > MOST_TEXT):
        raise ValueError(f"{name} cannot be {brief(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is a number, not {value}")
    if name == "color_by" and value and (not isinstance(value, str) or value not in headings(plot.df.columns)):
        raise ValueError(f"there is no column {brief(value)} to color by; there are {list(plot.df.columns)}")
    return plot.traits()[name]._validate(plot, value)


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
