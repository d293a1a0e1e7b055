"""The cache holds what it was given, whole or not at all, and no more than its bound."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path
from types import SimpleNamespace

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


needs_rights = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")


def rights(folder: Path) -> dict[str, int]:
    """Return what each file and folder of a cache may be used for by whom."""
    return {str(path.relative_to(folder)): path.lstat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}


@needs_rights
class TestPrivacy:
    @pytest.fixture(autouse=True)
    def umask(self):
        before = os.umask(0)
        yield
        os.umask(before)

    def keep(self, cache: Cache) -> None:
        """Keep an array and a folder of files."""

        def build(path: Path) -> None:
            path.mkdir()
            (path / "pixels.bin").write_bytes(b"picture")

        cache.save_array("layouts", "a", np.arange(3))
        cache.create("thumbnails", "b", build, 10)

    def test_nobody_else_may_look_into_it(self, cache):
        self.keep(cache)
        found = rights(cache.folder)
        assert {name for name in found if name.endswith((".bin", "/a"))} == {"layouts/a", "thumbnails/b/pixels.bin"}
        for name, mode in found.items():
            assert mode == (0o600 if (cache.folder / name).is_file() else 0o700), name

    def test_a_cache_of_an_earlier_version_is_narrowed(self, cache):
        self.keep(cache)
        for path in [cache.folder, *cache.folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.keep(cache)
        assert not any(mode & 0o077 for mode in rights(cache.folder).values())
        assert cache.load_array("layouts", "a").tolist() == [0, 1, 2]

    def test_a_folder_of_the_users_that_holds_other_things_keeps_its_rights(self, cache):
        cache.folder.mkdir()
        (cache.folder / "mine.txt").touch(0o644)
        cache.folder.chmod(0o755)
        self.keep(cache)
        found = rights(cache.folder)
        assert found["."] == 0o755
        assert found["mine.txt"] == 0o644
        assert found["layouts"] == found["thumbnails"] == 0o700

    @pytest.mark.parametrize("planted", [".", "layouts", "tmp"])
    def test_nothing_is_written_through_a_link(self, cache, tmp_path, planted):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "mine.txt").touch()
        os.utime(elsewhere / "mine.txt", (1, 1))
        if planted != ".":
            cache.folder.mkdir()
        (cache.folder / planted).symlink_to(elsewhere) if planted != "." else cache.folder.symlink_to(elsewhere)
        with pytest.raises(OSError, match=r"is a link to another place"):
            cache.save_array("layouts", "a", np.arange(3))
        with open(cache.scratch() / f"test-{os.getpid()}", "wb") as file:
            os.unlink(file.name)
        cache.make_room(10)
        cache.clear()
        assert [path.name for path in elsewhere.iterdir()] == ["mine.txt"]
        assert cache.load_array("layouts", "a") is None

    def test_an_entry_that_is_a_link_is_not_read(self, cache, tmp_path):
        self.keep(cache)
        path = cache.path("layouts", "a")
        path.rename(tmp_path / "theirs")
        path.symlink_to(tmp_path / "theirs")
        assert cache.load_array("layouts", "a") is None
        assert (tmp_path / "theirs").exists()

    @pytest.mark.parametrize("planted", [".", "thumbnails"])
    def test_what_belongs_to_another_user_is_refused(self, cache, planted, monkeypatch):
        self.keep(cache)
        theirs = cache.folder / planted

        def lstat(path):
            status = os.lstat(path)
            known = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
            return SimpleNamespace(**{**known, "st_uid": status.st_uid + (path == theirs)})

        monkeypatch.setattr(Path, "lstat", lstat)
        with pytest.raises(OSError, match="belongs to another user"):
            cache.entry("thumbnails", "b")
        with pytest.raises(OSError, match="belongs to another user"):
            cache.create("thumbnails", "c", lambda path: path.touch(), 1)
        cache.clear()
        assert (theirs / "thumbnails/b" if planted == "." else theirs / "b").exists()
