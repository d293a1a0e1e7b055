"""The numbers that preparation is held to, on a quiet machine with two processors (see preparation.py)."""

from __future__ import annotations

from pathlib import Path

import preparation
import pytest


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> tuple[list[str], list[str], list[str]]:
    scratch: Path = tmp_path_factory.mktemp("pictures")
    photos = preparation.pictures(None, "PIXPLOT_BENCH_PHOTOS", 341, (400, 530), scratch)
    images = preparation.pictures(None, "PIXPLOT_BENCH_IMAGES", 10_000, (32, 32), scratch)
    return photos, images, preparation.tenfold(photos, scratch)


def figures(data, name: str) -> preparation.Figures:
    (found,) = preparation.measure(*data, [name]).values()
    return found


def test_thumbnails(data):
    assert figures(data, "thumbnails of photos")["times plain Pillow"] >= 3.5


def test_opening(data):
    found = figures(data, "opening")
    assert found[f"opening {len(data[1]):,} again, s"] <= 0.3
    assert found[f"Images of {len(data[1]):,}, s"] <= 0.1
    assert found["Images and store of 1,000,000, s"] <= 1
    assert found["PixPlot() of 10,000, s"] <= 0.5
    assert found["PixPlot() of 1,000,000, s"] <= 2
    assert found["sheet of 1,024 x 32 px, ms"] <= 15


@pytest.mark.parametrize(
    ("name", "seconds", "megabytes"),
    [
        ("photos, 1,280-d", 14, 700),
        ("small images, 1,280-d", 33, 700),
        ("small images, no vectors", 33, 700),
        ("crops of 2,000", None, 700),
        ("crops of 20 pictures", None, 700),
        ("100,000 images", None, 1200),
    ],
)
def test_from_nothing(data, name, seconds, megabytes):
    found = figures(data, name)
    assert found["peak private MB"] <= megabytes
    if "crops" in name:
        assert found["pictures decoded"] == (2_000 if "2,000" in name else 20)
    if seconds is not None:
        assert found["ready, s"] <= seconds
        assert found["again, s"] <= 1
    if found["sheet during UMAP, median ms"] is not None:
        assert found["sheet during UMAP, median ms"] <= 200


@pytest.mark.parametrize(
    ("name", "ratio"), [("digits", 1), ("project 3,400", 10), ("project 10,000", 7), ("project 50,000", 2)]
)
def test_projection(data, name, ratio):
    found = figures(data, name)
    assert found["times umap-learn"] >= ratio
    assert min(found["trust"], found["trust seeded"]) >= found["trust umap-learn"] - 0.005
