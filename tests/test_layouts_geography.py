from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_checks import assert_inside

from pixplot_widget.layouts.geography import map_layout
from pixplot_widget.layouts.geojson import clip, continents, features

DEGREES = st.one_of(st.none(), st.floats(-100, 200), st.sampled_from([0, -90, 90, 180, -180, np.inf, "x", "12.5"]))
PROJECTIONS = pytest.mark.parametrize("projection", ["equirectangular", "mercator"])

CITIES = pd.DataFrame(
    {
        "lat": [51.5, 40.7, -33.9, 35.7, 0.0, -54.8],
        "lng": [-0.1, -74.0, 151.2, 139.7, 0.0, -68.3],
    },
    index=["London", "New York", "Sydney", "Tokyo", "Null Island", "Ushuaia"],
)


def possible(value, limit):
    try:
        return value is not None and abs(float(value)) <= limit
    except ValueError:
        return False


@given(
    st.lists(st.tuples(DEGREES, DEGREES), max_size=60),
    st.sampled_from(["equirectangular", "mercator"]),
)
def test_every_row_is_placed_and_every_impossible_one_is_reported(places, projection):
    lat, lng = (pd.Series([place[i] for place in places], dtype=object) for i in (0, 1))
    layout = map_layout(lat, lng, projection)
    assert_inside(layout, len(places))
    good = [possible(a, 90) and possible(b, 180) for a, b in places]
    empty = [a is None and b is None for a, b in places]
    assert [row for row, _ in layout.problems] == [i for i in range(len(places)) if not good[i] and not empty[i]]
    x0, y0, x1, y1 = layout.extra["frame"]
    inside = (
        (layout.xy[:, 0] >= x0 - 1e-5)
        & (layout.xy[:, 0] <= x1 + 1e-5)
        & (layout.xy[:, 1] >= y0 - 1e-5)
        & (layout.xy[:, 1] <= y1 + 1e-5)
    )
    assert inside.tolist() == good
    assert [caption.count for caption in layout.captions] == ([good.count(False)] if False in good else [])


@PROJECTIONS
def test_cities_stand_where_an_atlas_has_them(projection):
    layout = map_layout(CITIES["lat"], CITIES["lng"], projection)
    xy = pd.DataFrame(layout.xy, index=CITIES.index, columns=["x", "y"])
    x0, _, x1, _ = layout.extra["frame"]
    assert xy["x"].sort_values().index.tolist() == CITIES["lng"].sort_values().index.tolist()
    assert xy["y"].sort_values().index.tolist() == CITIES["lat"].sort_values().index.tolist()
    assert xy["x"]["Null Island"] == pytest.approx((x0 + x1) / 2)
    assert xy["x"]["New York"] == pytest.approx(-74 / 180, abs=1e-5)
    assert (xy["y"]["London"] - xy["y"]["Null Island"]) == pytest.approx(
        (51.5 if projection == "equirectangular" else 60.23) / 180, abs=1e-3
    )


@PROJECTIONS
def test_cities_by_the_sea_are_near_the_outline(projection):
    layout = map_layout(CITIES["lat"], CITIES["lng"], projection)
    coast = np.concatenate([np.reshape(line, (-1, 2)) for line in layout.extra["outline"]])
    for city in ("New York", "Sydney", "Tokyo", "Ushuaia"):
        place = layout.xy[CITIES.index.get_loc(city)]
        assert np.linalg.norm(coast - place, axis=1).min() < 3 / 180


@PROJECTIONS
@pytest.mark.parametrize("lat", [CITIES["lat"].tolist(), [48.8566, 48.8570], [48.8566, 48.8566]])
def test_the_outline_is_inside_the_frame_and_small(projection, lat):
    layout = map_layout(lat, CITIES["lng"][: len(lat)], projection)
    x0, y0, x1, y1 = layout.extra["frame"]
    for line in layout.extra["outline"]:
        points = np.reshape(line, (-1, 2))
        assert len(points) > 1
        assert (points >= [x0 - 1e-4, y0 - 1e-4]).all()
        assert (points <= [x1 + 1e-4, y1 + 1e-4]).all()
    assert len(json.dumps(layout.extra)) < 100_000


def test_a_city_fills_the_picture():
    rng = np.random.default_rng(0)
    layout = map_layout(48.85 + rng.normal(0, 0.02, 50), 2.35 + rng.normal(0, 0.03, 50))
    assert np.ptp(layout.xy, axis=0).max() > 1.2
    # a kilometer is as long eastwards as it is northwards
    corner = map_layout([48.80, 48.90, 48.80], [2.30, 2.30, 2.30 + 0.1 / np.cos(np.radians(48.85))]).xy
    assert corner[1, 1] - corner[0, 1] == pytest.approx(corner[2, 0] - corner[0, 0], rel=1e-3)


def test_missing_locations_are_below_the_map_and_are_no_problem():
    layout = map_layout([10, None, 20, float("nan")], [10, None, 20, float("nan")])
    assert layout.problems == ()
    assert layout.xy[[1, 3], 1].max() < layout.extra["frame"][1]
    assert (layout.captions[0].text, layout.captions[0].count) == ("no location", 2)


def test_reasons_are_in_words():
    layout = map_layout([91, "north", 5, None, 0], [0, 0, -181, 5, 0])
    assert dict(layout.problems) == {
        0: "latitude 91 is outside -90 to 90",
        1: "latitude 'north' is not a number",
        2: "longitude -181 is outside -180 to 180",
        3: "latitude is missing",
    }


@pytest.mark.parametrize("lat", [[], [None], [None] * 30, [89.9], [-90, 90]])
@PROJECTIONS
def test_degenerate_places(lat, projection):
    layout = map_layout(lat, lat, projection)
    assert_inside(layout, len(lat))
    assert layout.problems == ()
    assert layout.extra["outline"] or len([v for v in lat if v is not None]) == 1


SQUARE = [[5, 44], [15, 44], [15, 55], [5, 55], [5, 44]]
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Area"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE, SQUARE[:4]], [SQUARE]]},
        },
        {"type": "Feature", "properties": None, "geometry": None},
        {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Point", "coordinates": [1, 2]},
                {"type": "LineString", "coordinates": [[5, 44, 300], [6, 45, 310]]},
            ],
        },
    ],
}


def test_geojson_is_drawn_over_the_map_and_named(tmp_path):
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(FEATURES))
    layouts = [map_layout([44, 55], [5, 15], geojson=given_) for given_ in (FEATURES, path, str(path))]
    for layout in layouts:
        assert len(layout.extra["overlay"]) == 4
        assert np.reshape(layout.extra["overlay"][0], (-1, 2))[0] == pytest.approx(layout.xy[0], abs=1e-4)
        (caption,) = layout.captions
        assert caption.text == "Area"
        assert (caption.x, caption.y) == pytest.approx(tuple(layout.xy.mean(axis=0)), abs=1e-4)


@pytest.mark.parametrize(
    ("geojson", "words"),
    [
        ({"type": "Topology"}, "type 'Topology'"),
        ([1], "a list"),
        ({"type": "LineString", "coordinates": [["a", 1], [2, 3]]}, "not \\[longitude, latitude\\]"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, None]]]}, "not"),
    ],
)
def test_what_is_no_geojson_is_refused(geojson, words):
    with pytest.raises(ValueError, match=words):
        features(geojson)


def test_bad_arguments():
    with pytest.raises(ValueError, match="mercator"):
        map_layout([1], [1], projection="robinson")
    with pytest.raises(ValueError, match="2 and 1"):
        map_layout([1, 2], [1])


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=12))
def test_clipping_keeps_exactly_what_is_inside(points):
    line = np.array(points)
    parts = clip(line, -1, -1, 1, 1)
    for part in parts:
        assert len(part) >= 2
        assert np.abs(part).max() <= 1 + 1e-9
    # Every point well inside, sampled along the line, is on a part; the parts are no longer than the line.
    length = sum(np.linalg.norm(np.diff(part, axis=0), axis=1).sum() for part in parts)
    share = (np.arange(200) + 0.5) / 200
    sampled = 0.0
    for a, b in itertools.pairwise(line):
        inside = (np.abs(a + share[:, None] * (b - a)) <= 1).all(axis=1).mean()
        sampled += inside * np.linalg.norm(b - a)
    assert length == pytest.approx(sampled, abs=0.02 + 0.02 * len(line) * 2)


def test_the_continents_stay_within_their_budget():
    lines = continents()
    assert sum(map(len, lines)) > 4000
    assert all(np.abs(np.diff(line[:, 0])).max() < 90 for line in lines)
