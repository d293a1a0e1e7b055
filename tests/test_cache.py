"""The cache holds what it was given, whole or not at all, and no more than its bound."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixplot_widget
from pixplot_widget.cache import STALE_SECONDS, Cache


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache", limit=1_000_000)


def filled(cache: Cache, key: str, size: int, used: float) -> None:
    path = cache.create("layouts", key, lambda path: path.write_bytes(bytes(size)), size)
    os.utime(path, (used, used))


@settings(max_examples=40)
@given(arrays.arrays(st.sampled_from([np.float32, np.int64, np.uint8]), arrays.array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_back_as_they_were(tmp_path_factory, array):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    cache.save_array("layouts", "a", array)
    found = cache.load_array("layouts", "a")
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()


def test_nothing_is_none(cache):
    assert cache.load_array("layouts", "a") is None


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:20] + b"!" + data[21:], lambda data: b""]
)
def test_a_damaged_array_counts_as_none_and_goes(cache, damage):
    cache.save_array("layouts", "a", np.arange(5))
    path = cache.path("layouts", "a")
    path.write_bytes(damage(path.read_bytes()))
    assert cache.load_array("layouts", "a") is None
    assert not path.exists()


def test_the_least_recently_used_go_first(cache):
    for number in range(4):
        filled(cache, f"k{number}", 200_000, used=1000 + number)
    cache.used(cache.path("layouts", "k0"))
    filled(cache, "new", 550_000, used=9000)
    assert {path.name for path in cache.entries("layouts")} == {"k0", "k3", "new"}
    assert cache.info().bytes <= 1_000_000


def test_reading_counts_as_use(cache):
    cache.save_array("layouts", "a", np.arange(3))
    path = cache.path("layouts", "a")
    os.utime(path, (1, 1))
    cache.load_array("layouts", "a")
    assert time.time() - path.stat().st_mtime < 60


def test_a_failed_build_leaves_nothing(cache):
    def fails(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        cache.create("layouts", "a", fails, 10)
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_what_kills_left_behind_is_swept(cache):
    old = cache.scratch() / "left"
    old.mkdir()
    (old / "part").write_bytes(b"x")
    os.utime(old, (time.time() - 2 * STALE_SECONDS,) * 2)
    fresh = cache.scratch() / "being-built"
    fresh.mkdir()
    cache.make_room()
    assert not old.exists()
    assert fresh.exists(), "another process is at it"


def test_too_full_a_disk_is_an_error_in_words(cache):
    with pytest.raises(OSError, match=r"disk of .* is full: .* MB are needed and .* MB are free"):
        cache.make_room(10**18)


def test_clear_and_info(cache):
    cache.save_array("layouts", "a", np.zeros(10_000))
    (cache.folder / "mine.txt").write_text("not the cache's")
    info = cache.info()
    assert info.layouts == 1
    assert info.bytes >= 80_000
    assert info.limit == 1_000_000
    assert cache.clear() == info.bytes
    assert cache.info().bytes == 0
    assert (cache.folder / "mine.txt").exists()


def test_public_names(monkeypatch, tmp_path):
    monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIXPLOT_WIDGET_CACHE_LIMIT", "2e9")
    info = pixplot_widget.cache.info()
    assert info.folder == tmp_path / "elsewhere"
    assert info.limit == 2_000_000_000
    assert not info.folder.exists(), "asking makes nothing"
    assert pixplot_widget.cache.clear() == 0
    for wrong in ("lots", "5GB", "inf", "nan", "-1"):
        monkeypatch.setenv("PIXPLOT_WIDGET_CACHE_LIMIT", wrong)
        with pytest.raises(ValueError, match=f"number of bytes.*{wrong}"):
            pixplot_widget.cache.info()


def _hammer(folder: str, seed: int) -> int:
    """Save, read and drop the same few names as the other processes do; return how often something was wrong."""
    cache = Cache(folder, limit=60_000)
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(60):
        key = int(rng.integers(6))
        if rng.random() < 0.5:
            cache.save_array("layouts", f"k{key}", np.full(2000, key, np.int64))
        else:
            found = cache.load_array("layouts", f"k{key}")
            wrong += found is not None and not (found == key).all()
    return wrong


def test_many_processes_on_one_cache(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as workers:
        assert workers.starmap(_hammer, [(str(tmp_path / "c"), seed) for seed in range(3)]) == [0, 0, 0]
    assert Cache(tmp_path / "c", limit=60_000).info().bytes <= 60_000 + 3 * 20_480
