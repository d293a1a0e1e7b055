"""Vectors made from thumbnails put pictures together that look alike."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from pixplot_widget.images import Images
from pixplot_widget.neighbors import knn
from pixplot_widget.thumbnails import ThumbnailStore, features
from pixplot_widget.thumbnails.features import thumbnail_vectors


def prepared(values, size=64) -> ThumbnailStore:
    store = ThumbnailStore(Images(pd.DataFrame(index=range(len(values))), values), size, cache=False)
    store.prepare()
    return store


def stripes(angle: float, color: tuple[int, int, int], size=(80, 80)) -> Image.Image:
    image = Image.new("RGB", size, (20, 20, 20))
    draw = ImageDraw.Draw(image)
    way = np.array([np.cos(angle), np.sin(angle)]) * 200
    off = np.array([-way[1], way[0]]) / 200 * 16
    for number in range(-10, 20):
        at = off * number
        draw.line([tuple(at - way), tuple(at + way)], fill=color, width=6)
    return image


def test_alike_in_shape_and_color():
    rng = np.random.default_rng(0)
    kinds = [(0.0, (250, 60, 60)), (0.8, (60, 250, 60)), (1.6, (80, 80, 250)), (2.4, (240, 240, 60))]
    labels = np.repeat(np.arange(4), 12)
    pictures = []
    for kind in labels:
        angle, color = kinds[kind]
        noisy = tuple(int(c) for c in np.clip(np.array(color) + rng.integers(-30, 30, 3), 0, 255))
        pictures.append(stripes(angle + rng.normal(scale=0.06), noisy))
    neighbors, _ = knn(thumbnail_vectors(prepared(pictures)), 5)
    assert (labels[neighbors] == labels[:, None]).mean() > 0.97


def test_shapes_and_proportions_of_numbers():
    vectors = thumbnail_vectors(prepared([np.zeros((9, 9, 3), np.uint8), np.full((5, 70), 255, np.uint8)]))
    assert vectors.shape == (2, 320)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize("size", [32, 64, 128])
def test_a_stretched_picture_is_nearly_the_same(size):
    square = stripes(0.0, (250, 200, 60))
    wide = square.resize((160, 80))
    other = stripes(1.57, (60, 60, 250))
    a, b, c = thumbnail_vectors(prepared([square, wide, other], size))
    assert np.linalg.norm(a - b) < 0.5 * np.linalg.norm(a - c)


def test_rows_that_cannot_be_seen_are_nan():
    store = prepared([np.zeros((9, 9), np.uint8), b"", np.full((9, 9), 255, np.uint8)])
    vectors = thumbnail_vectors(store)
    assert np.isnan(vectors).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(thumbnail_vectors(store, [1, 0])).all(axis=1).tolist() == [True, False]
    assert thumbnail_vectors(store, []).shape == (0, 320)


def test_of_very_many_it_takes_half_the_room(monkeypatch):
    rng = np.random.default_rng(0)
    store = prepared([rng.integers(0, 255, (9, 7, 3), np.uint8) for _ in range(40)])
    whole = thumbnail_vectors(store)
    monkeypatch.setattr(features, "MANY", 30)
    half = thumbnail_vectors(store)
    assert (whole.dtype, half.dtype) == (np.float32, np.float16)
    np.testing.assert_allclose(half, whole, atol=2e-3)
    assert np.array_equal(knn(half, 5)[0][:, 0], knn(whole, 5)[0][:, 0])


def test_it_says_how_far_it_is_and_stops_when_told(monkeypatch):
    monkeypatch.setattr(features, "_BLOCK", 10)
    store = prepared([np.full((4, 4, 3), gray, np.uint8) for gray in range(40)])
    told: list[tuple[int, int]] = []
    thumbnail_vectors(store, progress=lambda *far: told.append(far))
    assert told == [(0, 40), (10, 40), (20, 40), (30, 40)]
    cancel = threading.Event()
    half = thumbnail_vectors(store, cancel=cancel, progress=lambda done, _: done == 20 and cancel.set())
    assert np.isfinite(half[:30]).all()
    assert np.isnan(half[30:]).all()


def test_blocks_do_not_change_it(monkeypatch):
    pictures = [stripes(angle, (200, 100, 50)) for angle in np.linspace(0, 3, 10)]
    store = prepared(pictures)
    whole = thumbnail_vectors(store)
    monkeypatch.setattr("pixplot_widget.thumbnails.features._BLOCK", 3)
    assert np.allclose(thumbnail_vectors(store), whole)
    assert np.allclose(thumbnail_vectors(store, [7, 2]), whole[[7, 2]])
