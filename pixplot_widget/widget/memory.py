"""How a picture was looked at: as a small JSON, and kept beside the journal for the next time."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..facets.filters import Sieve
from ..files import written_aside
from ..hotspots import check_hotspots
from ..packing import pack, unpack
from .reviewing import ReviewQueue

__all__ = ["Memory", "memory_path", "restore", "state_of"]

VERSION = 1
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
        if self._path is None or not self._path.exists():
            return None
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            warnings.warn(f"how the picture was looked at last could not be read: {error}", stacklevel=3)
            return None
        return kept if isinstance(kept, dict) else None

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
        try:
            with written_aside(self._path, "w") as file:
                json.dump(self._state(), file, indent=1)
        except OSError as error:  # the picture is not worth stopping the work for: edits are kept elsewhere
            warnings.warn(f"how the picture is looked at could not be kept: {error}", stacklevel=2)


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


def hotspots_from(kept: list[dict[str, Any]]) -> pd.DataFrame:
    """Read what `hotspots_to` wrote."""
    return pd.DataFrame(
        {
            "name": pd.Series([each["name"] for each in kept], dtype=object),
            "cover": [int(each["cover"]) for each in kept],
            "positions": pd.Series([unpack(each["positions"]) for each in kept], dtype=object),
        }
    )


SETTINGS = ("layout", "color_by", "palette", "sprite_size", "border_width")
"""Traits that are kept as they are."""


def state_of(plot: Any) -> dict[str, Any]:
    """Write down how a widget's picture is looked at."""
    spots = plot._grouping.spots
    return {
        "version": VERSION,
        **{name: getattr(plot, name) for name in SETTINGS},
        "filter": Sieve.to_json(plot._sifting.conditions),
        "camera": plot._camera,
        "hotspots": hotspots_to(spots.frame) if spots.own else None,
        "review": plot._review.to_json(),
    }


def restore(plot: Any, state: Any, leave: Collection[str] = ()) -> None:
    """Look at a widget's picture as it was; all is checked before anything is changed.

    Raises
    ------
    TypeError, ValueError, KeyError
        If it is no state, or one of other data.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict as `plot.state()` gives it, not {type(state).__name__}")
    if state.get("version") != VERSION:
        raise ValueError(f"this is a state of version {state.get('version')!r}; this pixplot_widget reads {VERSION}")
    known = {"version", "filter", "camera", "hotspots", "review", *SETTINGS}
    if unknown := state.keys() - known:
        raise ValueError(f"a state has no {sorted(unknown)[0]!r}; it may have {sorted(known)}")
    wanted = {name: value for name, value in state.items() if name not in leave}
    conditions = plot._sifting.sieve.check(wanted.get("filter") or None)
    spots = hotspots_from(wanted["hotspots"]) if wanted.get("hotspots") else None
    if spots is not None:
        check_hotspots(spots, len(plot.df))
    camera = _checked_camera(wanted.get("camera"))
    review = ReviewQueue.from_json(wanted["review"], len(plot.df)) if wanted.get("review") else None
    if "layout" in wanted and wanted["layout"] not in plot.layouts:
        raise ValueError(f"there is no layout {wanted['layout']!r}; there are {', '.join(plot.layouts)}")
    if wanted.get("color_by") and wanted["color_by"] not in plot.df.columns:
        raise ValueError(f"there is no column {wanted['color_by']!r} to color by; there are {list(plot.df.columns)}")
    with plot.hold_trait_notifications():  # a TraitError in here takes all of them back
        for name in SETTINGS:
            if name in wanted:
                setattr(plot, name, wanted[name])
    if "filter" in wanted:
        plot.filter = conditions or None
    if spots is not None:
        plot.hotspots = spots
    if camera is not None:
        plot._fly(camera)
    if review is not None:
        plot._resume_review(review)


def _checked_camera(camera: Any) -> dict[str, float] | None:
    if camera is None:
        return None
    numbers = [camera.get(key) for key in ("x", "y", "width")] if isinstance(camera, Mapping) else [None]
    if not all(isinstance(number, (int, float)) and np.isfinite(number) for number in numbers) or numbers[2] <= 0:
        raise ValueError(f"a camera is x, y and width in units of the layout, not {camera!r}")
    return {"x": float(numbers[0]), "y": float(numbers[1]), "width": float(numbers[2])}
