"""GeoJSON and the outline of the continents as polylines of (longitude, latitude)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ..files import open_regular

__all__ = ["clip", "continents", "features", "read"]

# How deep the coordinates of each geometry are nested above a line of positions.
_LINES = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_POINTS = ("Point", "MultiPoint")


@cache
def continents() -> tuple[np.ndarray, ...]:
    """Return the coastlines of Natural Earth's 1:110m land, each float64 (k, 2): longitude, latitude in degrees."""
    text = resources.files("pixplot_widget").joinpath("data/land-110m.json").read_text(encoding="utf-8")
    return tuple(np.array(line, dtype=float).reshape(-1, 2) / 100 for line in json.loads(text)["polylines"])


def features(geojson: Any) -> list[tuple[str | None, list[np.ndarray]]]:
    """Return the lines of every feature of a GeoJSON object, with the feature's name where it has one.

    Parameters
    ----------
    geojson : dict, str or path
        A GeoJSON object, or the path of a file with one. Points are left out: they have no outline.

    Returns
    -------
    list of (name or None, list of numpy.ndarray)
        Each line float64 (k, 2): longitude, latitude in degrees. Polygons give their rings.

    Raises
    ------
    ValueError
        If it is not GeoJSON, naming what it is instead.

    Examples
    --------
    >>> trail = {"type": "LineString", "coordinates": [[7.6, 46.0], [7.7, 46.1]]}
    >>> features({"type": "Feature", "properties": {"name": "Trail"}, "geometry": trail})[0][0]
    'Trail'
    """
    try:
        return list(_features(read(geojson)))
    except RecursionError:
        raise ValueError("geojson has collections in collections, too deep to be GeoJSON") from None


def read(geojson: Any) -> Any:
    """Return what stands in a file, if it is the path of one; anything else as it is.

    Raises
    ------
    OSError
        The file cannot be read, or is no regular one.
    ValueError
        It is not JSON, or lies too deep in itself to be GeoJSON.
    """
    if not isinstance(geojson, (str, os.PathLike)):
        return geojson
    with open_regular(geojson) as file:
        data = file.read()
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError(f"geojson {os.fspath(geojson)!r} is nested too deeply to be GeoJSON") from None
    except ValueError as error:
        raise ValueError(f"geojson {os.fspath(geojson)!r} is not JSON in UTF-8: {error}") from error


def _features(item: Any) -> Iterator[tuple[str | None, list[np.ndarray]]]:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "FeatureCollection":
        for feature in _listed(item, "features"):
            yield from _features(feature)
    elif kind == "Feature":
        properties = item.get("properties")
        name = properties.get("name") if isinstance(properties, dict) else None
        lines = list(_lines(item["geometry"])) if item.get("geometry") else []
        yield (None if name is None else str(name)), lines
    else:
        yield None, list(_lines(item))


def _lines(geometry: Any) -> Iterator[np.ndarray]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        for part in _listed(geometry, "geometries"):
            yield from _lines(part)
    elif kind in _LINES:
        nested = [geometry.get("coordinates", [])]
        for _ in range(_LINES[kind]):
            if not all(isinstance(parts, (list, tuple)) for parts in nested):
                raise ValueError(f"a {kind} of geojson has coordinates that are no lists of positions")
            nested = [part for parts in nested for part in parts]
        for line in nested:
            yield _positions(line, kind)
    elif kind not in _POINTS:
        known = ", ".join([*_LINES, *_POINTS])
        what = f"an object of type {kind!r}" if isinstance(geometry, dict) else f"a {type(geometry).__name__}"
        raise ValueError(f"geojson must be a FeatureCollection, a Feature or a geometry ({known}), not {what}")


def _listed(item: dict[str, Any], name: str) -> Any:
    parts = item.get(name, ())
    if not isinstance(parts, (list, tuple)):
        raise ValueError(f"{name} of geojson are a list, not a {type(parts).__name__}")
    return parts


def _positions(line: Any, kind: str) -> np.ndarray:
    try:
        positions = np.array([position[:2] for position in line], dtype=float).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError, KeyError) as error:
        raise ValueError(f"a {kind} of geojson has positions that are not [longitude, latitude]: {error}") from error
    if not np.isfinite(positions).all():
        raise ValueError(f"a {kind} of geojson has positions that are not finite")
    return positions


def clip(line: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> list[np.ndarray]:
    """Cut a polyline to a rectangle (Liang and Barsky, 1984), all its segments at once.

    Parameters
    ----------
    line : numpy.ndarray
        float64 (k, 2).

    Returns
    -------
    list of numpy.ndarray
        The parts inside, each float64 (at least 2, 2).

    Examples
    --------
    >>> [part.tolist() for part in clip(np.array([[-1.0, 0.5], [2.0, 0.5]]), 0, 0, 1, 1)]
    [[[0.0, 0.5], [1.0, 0.5]]]
    """
    start, step = line[:-1], np.diff(line, axis=0)
    # Each border is a pair: how fast a segment leaves through it, and how far away it is.
    leaving = np.column_stack([-step[:, 0], step[:, 0], -step[:, 1], step[:, 1]])
    room = np.column_stack([start[:, 0] - x0, x1 - start[:, 0], start[:, 1] - y0, y1 - start[:, 1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = room / leaving
    first = np.where(leaving < 0, at, 0).max(axis=1, initial=0)
    last = np.where(leaving > 0, at, 1).min(axis=1, initial=1)
    inside = (first < last) & ~((leaving == 0) & (room < 0)).any(axis=1)
    parts: list[list[np.ndarray]] = []
    for i in np.flatnonzero(inside):
        if not (parts and i and inside[i - 1] and last[i - 1] == 1 and first[i] == 0):
            parts.append([start[i] + first[i] * step[i]])
        parts[-1].append(start[i] + last[i] * step[i])
    return [np.array(part) for part in parts]
