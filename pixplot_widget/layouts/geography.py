"""The map: rows where they were taken, over an outline of the continents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..values import to_numbers
from .arrangements import Option
from .cells import Frame, as_series, set_apart
from .geojson import clip, continents, features
from .kinds import LayoutData, LayoutKind, register
from .layout import Caption, Layout

__all__ = ["map_layout"]

Projection = Literal["equirectangular", "mercator"]

MERCATOR_LIMIT = 85.0511
"""Latitude at which a Mercator map of the world is square; beyond it there is no end."""

INHABITED = (-58.0, 84.0)
"""Latitudes shown of the whole world, unless there are images nearer to the poles."""

WORLD = 150.0
"""Images spread over more degrees of longitude than this are shown on the whole world."""


def map_layout(lat: Any, lng: Any, projection: Projection = "equirectangular", geojson: Any = None) -> Layout:
    """Place rows at their coordinates on a map.

    Parameters
    ----------
    lat, lng : array-like
        (n,) each: degrees north, -90 to 90, and degrees east, -180 to 180; numbers or text. 0, 0 is a place.
    projection : {"equirectangular", "mercator"}
        Equirectangular has its standard parallel in the middle of what is shown, so that shapes there are true.
    geojson : dict, str or path, optional
        Lines and areas drawn over the map; a feature's `name` becomes a caption.

    Returns
    -------
    Layout
        `extra["outline"]` and `extra["overlay"]` hold polylines as [x, y, x, y, ...] in data units, cut to
        `extra["frame"]`, [x0, y0, x1, y1]. Rows without coordinates, or with impossible ones, stand in a block below,
        captioned "no location"; the impossible ones are in `problems` with the reason.
        What is shown is the part of the world where the images are.

    Raises
    ------
    ValueError
        If the columns differ in length, or the projection or the GeoJSON is not one.

    Examples
    --------
    >>> layout = map_layout([48.9, 91, None], [2.4, 0, None])
    >>> layout.problems
    ((1, 'latitude 91 is outside -90 to 90'),)
    """
    if projection not in ("equirectangular", "mercator"):
        raise ValueError(f"projection must be 'equirectangular' or 'mercator', not {projection!r}")
    latitude, longitude = as_series(lat, "lat"), as_series(lng, "lng")
    if len(latitude) != len(longitude):
        raise ValueError(f"lat and lng must be of one length, not {len(latitude)} and {len(longitude)}")
    places, problems = _places(latitude, longitude)
    over = features(geojson) if geojson is not None else []

    chart = _Chart(places, projection)
    points = chart.place(places)
    frame, captions = set_apart(points, chart.width, chart.height, "no location")
    overlay = [(name, [part for line in lines for part in chart.cut(line)]) for name, lines in over]
    names = tuple(_name(frame, name, parts) for name, parts in overlay if name and parts)
    extra = {
        "projection": projection,
        "frame": frame.rectangles([0], [0], [chart.width], [chart.height])[0],
        "outline": [_flat(frame, part) for line in continents() for part in chart.cut(line)],
        "overlay": [_flat(frame, part) for _, parts in overlay for part in parts],
    }
    return Layout(frame.xy(points), (*captions, *names), extra=extra, problems=problems)


def _places(lat: pd.Series, lng: pd.Series) -> tuple[np.ndarray, tuple[tuple[int, str], ...]]:
    """Return float64 (n, 2) longitude, latitude, NaN where there is none, and the rows with impossible ones."""
    columns, problems, empty = [], {}, lat.isna().to_numpy() & lng.isna().to_numpy()
    for name, column, limit in (("latitude", lat, 90), ("longitude", lng, 180)):
        numbers = to_numbers(column)
        missing = column.isna().to_numpy()
        values, outside = column.tolist(), ~missing & ~(np.abs(numbers) <= limit)
        for row in np.flatnonzero(outside | (missing & ~empty)).tolist():
            value = values[row]
            if missing[row]:
                reason = f"{name} is missing"
            elif np.isnan(numbers[row]):
                reason = f"{name} {value!r} is not a number"
            else:
                reason = f"{name} {numbers[row]:.10g} is outside -{limit} to {limit}"
            problems.setdefault(row, reason)
        columns.append(np.where(outside | missing, np.nan, numbers))
    places = np.column_stack(columns[::-1])
    places[np.isnan(places).any(axis=1)] = np.nan
    return places, tuple(sorted(problems.items()))


class _Chart:
    """The part of the world that is shown, `width` x `height` large, and the way there from longitude and latitude."""

    def __init__(self, places: np.ndarray, projection: Projection) -> None:
        self.mercator = projection == "mercator"
        known = places[~np.isnan(places[:, 0])]
        low, high = (known.min(axis=0), known.max(axis=0)) if len(known) else (np.full(2, np.inf), np.full(2, -np.inf))
        whole = not len(known) or high[0] - low[0] > WORLD
        self.shrink = 1.0 if whole else float(np.cos(np.radians((low[1] + high[1]) / 2)).clip(0.1))
        limit = self._project(np.array([[-180.0, -90.0], [180.0, 90.0]]))
        if whole:
            south, north = min(INHABITED[0], low[1] - 2), max(INHABITED[1], high[1] + 2)
            window = self._project(np.array([[-180.0, south], [180.0, north]]))
        else:
            window = self._project(np.array([low, high]))
            window = _grow(window)
        self.window = np.clip(window, limit[0], limit[1])
        self.width, self.height = self.window[1] - self.window[0]

    def _project(self, places: np.ndarray) -> np.ndarray:
        x, y = places[:, 0], places[:, 1]
        if self.mercator:
            y = np.clip(y, -MERCATOR_LIMIT, MERCATOR_LIMIT)
            return np.column_stack([x, np.degrees(np.arcsinh(np.tan(np.radians(y))))])
        return np.column_stack([x * self.shrink, y])

    def place(self, places: np.ndarray) -> np.ndarray:
        """Return positions from the top left corner, y down; NaN stays NaN."""
        return (self._project(places) - [self.window[0, 0], self.window[1, 1]]) * [1, -1]

    def cut(self, line: np.ndarray) -> list[np.ndarray]:
        """Return what is seen of a line of (longitude, latitude), as positions from the top left corner."""
        return clip(self.place(line), 0, 0, self.width, self.height)


def _grow(window: np.ndarray) -> np.ndarray:
    """Return a window with a margin (a tenth, at least a kilometer), between 1.3 and 2 times as wide as it is high."""
    middle, span = window.mean(axis=0), window[1] - window[0]
    width, height = span + max(0.2 * span.max(), 0.02)
    half = np.array([max(width, 1.3 * height), max(height, width / 2)]) / 2
    return np.array([middle - half, middle + half])


def _flat(frame: Frame, line: np.ndarray) -> list[float]:
    return np.round(frame.xy(line).astype(float), 5).ravel().tolist()


def _name(frame: Frame, name: str, parts: list[np.ndarray]) -> Caption:
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    return frame.captions([name], *((low + high) / 2), high[0] - low[0], None)[0]


def _options(data: LayoutData) -> tuple[Option, ...] | None:
    if not {"lat", "lng"} <= data.roles.keys():
        return None
    words = {"equirectangular": "Equirectangular", "mercator": "Mercator"}
    projection = Option("projection", "Projection", "choice", "equirectangular", tuple(words), words)
    overlay = Option("overlay", "Overlay", "choice", "", ("", *data.overlays))
    return (projection, overlay) if data.overlays else (projection,)


def _make(data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    over = data.overlays.get(chosen.get("overlay", ""))
    return map_layout(data.column(data.roles["lat"]), data.column(data.roles["lng"]), chosen["projection"], over)


register(
    LayoutKind(
        "map",
        "On a map",
        _make,
        _options,
        wants="columns lat and lng, or roles={'lat': ..., 'lng': ...}",
        roles=("lat", "lng"),
        checked=True,
        rank=50,
    )
)
