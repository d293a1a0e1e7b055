"""Thumbnails are right, whole, resumable, and their cache survives kills, company and a full disk."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget import pool
from pixplot_widget.cache import Cache
from pixplot_widget.images import Images
from pixplot_widget.thumbnails import PENDING, READY, UNREADABLE, ThumbnailStore, extent, placeholder, records, render
from pixplot_widget.thumbnails import store as store_module
from tools.waiting import SECONDS


def color_of(row: int) -> tuple[int, int, int]:
    return (row * 37 % 256, row * 91 % 256, row * 53 % 256)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Thirty plain pictures, each of its own color and size."""
    path = tmp_path / "pictures"
    path.mkdir()
    for row in range(30):
        Image.new("RGB", (40 + row, 30), color_of(row)).save(path / f"{row}.png")
    return path


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache")


def images_in(folder: Path, rows=range(30)) -> Images:
    return Images(pd.DataFrame({"filename": [f"{row}.png" for row in rows]}), image_dir=folder)


def prepared(images: Images, **arguments) -> ThumbnailStore:
    store = ThumbnailStore(images, **arguments)
    store.prepare()
    return store


@pytest.fixture
def decoded(monkeypatch) -> list[int]:
    """The rows that were decoded, in order."""
    rows: list[int] = []
    real = Images.load_group

    def counted(self, group, longest=None):
        rows.extend(group)
        return real(self, group, longest)

    monkeypatch.setattr(Images, "load_group", counted)
    return rows


class TestRender:
    @given(st.integers(1, 700), st.integers(1, 700), st.sampled_from([32, 64, 128, 256]))
    def test_the_picture_fills_the_top_left(self, width, height, cell):
        picture = Image.new("RGB", (width, height), (200, 100, 50))
        pixels, shape, color = render(picture, cell)
        assert shape.max() == 255
        assert shape.min() >= 1
        assert extent(shape, cell).max() == cell
        relative = 255 * np.array([width, height]) / max(width, height)
        assert (np.abs(shape - np.maximum(1, relative)) <= 0.5).all()
        assert (pixels == (200, 100, 50)).all(), "the rest of the cell repeats the edge"
        assert color.tolist() == [200, 100, 50]

    def test_the_longest_strip(self):
        assert render(Image.new("RGB", (6400, 100)), 64).shape.tolist() == [255, 4]
        assert extent(np.array([255, 4], np.uint8), 32).tolist() == [32, 1]

    def test_the_edge_is_repeated(self):
        picture = Image.new("RGB", (64, 32))
        picture.paste((255, 0, 0), (0, 31, 64, 32))
        pixels = render(picture, 64).pixels
        assert (pixels[31:] == (255, 0, 0)).all()

    def test_extent_rounds_as_the_page_does(self):
        sides = np.arange(1, 256)
        shapes = np.stack([sides, sides], axis=1).astype(np.uint8)
        for cell in (32, 64, 128, 256):
            expected = np.maximum(1, np.floor(sides * cell / 255 + 0.5))
            assert (extent(shapes, cell)[:, 0] == expected).all()


class TestPrepare:
    @pytest.mark.parametrize("keep", [True, False])
    @pytest.mark.parametrize("size", [32, 64, 128])
    def test_all_rows_become_ready(self, folder, size, keep, monkeypatch, tmp_path):
        monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "cache"))
        store = ThumbnailStore(images_in(folder), size, cache=keep)
        assert store.pixels.shape == (30, size, size, 3)
        assert not store.pixels.any()
        store.prepare()
        assert (store.state == READY).all()
        for row in range(30):
            assert (store.pixels[row] == color_of(row)).all()
            assert (store.coarse[row] == color_of(row)).all()
            assert store.colors[row].tolist() == list(color_of(row))
            assert store.shapes[row].tolist() == [255, int(255 * 30 / (40 + row) + 0.5)]
        assert store.problems == []
        assert store.notice == ""
        with pytest.raises(ValueError, match="read-only"):
            store.pixels[0] = 0

    def test_bad_rows_are_placeholders(self, folder, cache):
        (folder / "3.png").write_bytes(b"")
        (folder / "5.png").unlink()
        (folder / "5.png").mkdir()
        (folder / "7.png").write_bytes((folder / "7.png").read_bytes()[:70])
        (folder / "9.png").unlink()
        store = prepared(images_in(folder), cache=cache)
        assert np.flatnonzero(store.state == UNREADABLE).tolist() == [3, 5, 7, 9]
        assert [row for row, _ in store.problems] == [3, 5, 7, 9]
        assert "empty" in store.problems[0][1]
        assert (store.pixels[5] == placeholder(64).pixels).all()
        assert (store.state[[0, 29]] == READY).all()

    def test_a_mended_file_is_found_next_time(self, folder, cache):
        good = (folder / "3.png").read_bytes()
        (folder / "3.png").write_bytes(b"")
        prepared(images_in(folder), cache=cache).close()
        (folder / "3.png").write_bytes(good)
        assert (prepared(images_in(folder), cache=cache).state == READY).all()

    def test_progress(self, folder, cache, decoded):
        seen = []
        store = ThumbnailStore(images_in(folder), cache=cache)
        store.prepare(progress=lambda done, total: seen.append((done, total)))
        assert len(decoded) == 30
        assert seen[0] == (0, 30)
        assert seen[-1] == (30, 30)

    def test_cancelled_and_taken_up_again(self, folder, cache, decoded):
        cancel = threading.Event()
        store = ThumbnailStore(images_in(folder), cache=cache)
        cancel.set()
        store.prepare(cancel=cancel)
        assert (store.state == PENDING).all()
        store.prepare()
        assert (store.state == READY).all()
        assert sorted(decoded) == list(range(30))

    def test_crops_are_grouped(self, tmp_path, cache, monkeypatch):
        Image.effect_noise((300, 300), 90).save(tmp_path / "a.png")
        frame = pd.DataFrame({"filename": "a.png", "x": np.arange(100) * 2.0, "y": 5, "w": 60, "h": 30})
        images = Images(frame, image_dir=tmp_path, box=["x", "y", "w", "h"])
        opened = []
        real = Image.open
        monkeypatch.setattr(Image, "open", lambda *args, **kw: opened.append(args) or real(*args, **kw))
        store = prepared(images, cache=cache)
        assert (store.shapes == (255, 128)).all()
        assert len(opened) == 1

    def test_a_hanging_file_holds_nobody_up(self, folder, cache, monkeypatch):
        monkeypatch.setattr(pool.run, "__kwdefaults__", {**pool.run.__kwdefaults__, "patience": 0.05, "give_up": 0.6})
        release = threading.Event()
        real = Images.load_group

        def hangs(self, rows, longest=None):
            if rows[0] in (0, 1, 2, 3):
                release.wait(SECONDS)
            return real(self, rows, longest)

        monkeypatch.setattr(Images, "load_group", hangs)
        store = prepared(images_in(folder), cache=cache)
        assert np.flatnonzero(store.state == UNREADABLE).tolist() == [0, 1, 2, 3]
        assert "took longer" in store.problems[0][1]
        assert (store.state[4:] == READY).all()
        release.set()

    def test_an_empty_table(self, cache, tmp_path):
        store = prepared(Images(pd.DataFrame({"filename": []}), image_dir=tmp_path), cache=cache)
        assert store.pixels.shape == (0, 64, 64, 3)

    def test_sizes(self, folder):
        with pytest.raises(ValueError, match="32, 64, 128, 256 px, not 50"):
            ThumbnailStore(images_in(folder), 50)

    def test_closed(self, folder, cache):
        store = prepared(images_in(folder), cache=cache)
        store.close()
        assert (store.pixels[4] == color_of(4)).all()
        with pytest.raises(ValueError, match="closed"):
            store.prepare()

    def test_closed_while_at_work(self, folder, cache):
        store = ThumbnailStore(images_in(folder), cache=cache)
        store.prepare(progress=lambda done, _: done and store.close())
        assert all((store.pixels[row] == color_of(row)).all() for row in np.flatnonzero(store.state == READY))

    def test_a_fault_of_the_program_is_not_hidden(self, folder, cache, monkeypatch):
        monkeypatch.setattr("pixplot_widget.thumbnails.store.render", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prepared(images_in(folder), cache=cache)

    def test_a_million_rows_take_no_memory_and_what_fits_on_disk(self, cache):
        images = Images(pd.DataFrame({"filename": np.full(1_000_000, "no.png")}))
        store = ThumbnailStore(images, cache=cache)
        assert store.pixels.shape == (1_000_000, 32, 32, 3)


class TestBlocks:
    """Long tables: a file for each block of them."""

    @pytest.fixture(autouse=True)
    def _small_blocks(self, monkeypatch):
        monkeypatch.setattr(store_module, "BLOCK", 8)

    @pytest.mark.parametrize("keep", [True, False])
    def test_every_row_shows_its_own_picture_also_the_next_time(self, folder, keep, cache, decoded):
        for _ in range(2):
            store = prepared(images_in(folder), cache=cache if keep else False)
            assert (store.state == READY).all()
            assert store.pixels.shape == (30, 64, 64, 3)
            for level in (store.pixels, store.coarse):
                assert [level[row][0, 0].tolist() for row in range(30)] == [list(color_of(row)) for row in range(30)]
            assert store.colors.tolist() == [list(color_of(row)) for row in range(30)]
            store.close()
        assert sorted(decoded) == (list(range(30)) if keep else sorted([*range(30)] * 2))
        assert cache.info().thumbnails == (4 if keep else 0)

    def test_the_first_block_is_a_fair_sample_and_begins_before_the_last_is_looked_at(
        self, folder, cache, monkeypatch, decoded
    ):
        real, go, looked = Images.keys, threading.Event(), []

        def waits(self, cancel=None, rows=None):
            looked.append(list(rows))
            assert len(looked) == 1 or go.wait(SECONDS)
            return real(self, cancel, rows)

        monkeypatch.setattr(Images, "keys", waits)
        store = ThumbnailStore(images_in(folder), cache=cache)

        def progress(done: int, _: int) -> None:
            if done == 8:  # while the second block is waited for
                assert sorted(decoded) == sorted(looked[0])
                go.set()

        monkeypatch.setattr(store_module, "PROGRESS_SECONDS", 0)
        store.prepare(progress=progress)
        assert go.is_set()
        assert (store.state == READY).all()
        assert max(looked[0]) > 16, "not just the head of the table"
        assert min(looked[0]) < 15

    def test_a_row_is_made_on_the_spot_once_its_block_has_a_file(self, folder, cache):
        store = ThumbnailStore(images_in(folder), cache=cache)
        (first, *_) = [store._open_next(None)]
        other = next(row for row in range(30) if row not in first)
        store.ensure([first[0], other])
        assert store.state[first[0]] == READY
        assert store.state[other] == PENDING

    def test_only_the_changed_file_is_decoded_again(self, folder, cache, decoded):
        prepared(images_in(folder), cache=cache).close()
        Image.new("RGB", (10, 10), "white").save(folder / "4.png")
        decoded.clear()
        store = prepared(images_in(folder), cache=cache)
        assert decoded == [4]
        assert (store.pixels[4] == 255).all()

    def test_cancelled_between_two_and_taken_up_again(self, folder, cache, decoded, monkeypatch):
        monkeypatch.setattr(store_module, "PROGRESS_SECONDS", 0)
        cancel = threading.Event()
        store = ThumbnailStore(images_in(folder), cache=cache)
        store.prepare(cancel=cancel, progress=lambda done, _: done >= 8 and cancel.set())
        assert 0 < (store.state == READY).sum() < 30
        store.prepare()
        assert (store.state == READY).all()
        assert all((store.pixels[row] == color_of(row)).all() for row in range(30))

    def test_crops_of_one_picture_stay_together(self, tmp_path, cache, monkeypatch):
        for name in "abcde":
            Image.new("RGB", (40, 40), "red").save(tmp_path / f"{name}.png")
        frame = pd.DataFrame({"filename": [f"{name}.png" for name in "abcde"] * 5, "x": 1, "y": 1, "w": 9, "h": 9})
        images = Images(frame, image_dir=tmp_path, box=["x", "y", "w", "h"])
        opened = []
        real = Image.open
        monkeypatch.setattr(Image, "open", lambda *args, **kw: opened.append(args) or real(*args, **kw))
        store = prepared(images, cache=cache)
        assert (store.state == READY).all()
        assert len(opened) == 5

    def test_no_room_for_a_later_one_is_an_error(self, folder, cache, monkeypatch):
        free = iter([10**9, 10**9])
        monkeypatch.setattr(Cache, "_free", lambda self: next(free, 1000))
        monkeypatch.setattr(records, "MEMORY_LIMIT", 300_000)  # more than a block takes, less than the table
        store = ThumbnailStore(images_in(folder), cache=cache)
        with pytest.raises(OSError, match=r"GB are needed on disk for thumbnails.*PIXPLOT_WIDGET_CACHE"):
            store.prepare()
        assert (store.state == READY).sum() <= 8


class TestCache:
    def test_the_second_time_nothing_is_decoded(self, folder, cache, decoded):
        first = prepared(images_in(folder), cache=cache)
        first.close()
        decoded.clear()
        again = prepared(images_in(folder), cache=cache)
        assert decoded == []
        assert (again.pixels == first.pixels).all()
        assert (again.shapes == first.shapes).all()
        assert (again.colors == first.colors).all()

    def test_only_the_changed_file_is_decoded_again(self, folder, cache, decoded):
        prepared(images_in(folder), cache=cache).close()
        Image.new("RGB", (10, 10), "white").save(folder / "4.png")
        decoded.clear()
        store = prepared(images_in(folder), cache=cache)
        assert decoded == [4]
        assert (store.pixels[4] == 255).all()
        assert (store.pixels[5] == color_of(5)).all()

    def test_a_file_changed_meanwhile_is_shown_but_not_kept(self, folder, cache, decoded):
        store = ThumbnailStore(images_in(folder), cache=cache)

        def change(done: int, _: int) -> None:
            if done == 0:  # keys are taken, nothing is decoded
                Image.new("RGB", (50, 50), "white").save(folder / "29.png")

        store.prepare(progress=change)
        assert (store.pixels[29] == 255).all()
        assert store.state[29] == READY
        store.close()
        decoded.clear()
        prepared(images_in(folder), cache=cache)
        assert decoded == [29]

    def test_another_choice_and_order_of_the_same_files(self, folder, cache, decoded):
        prepared(images_in(folder, range(20)), cache=cache).close()
        decoded.clear()
        rows = [25, 3, 3, 19, 0, 28]
        store = prepared(images_in(folder, rows), cache=cache)
        assert sorted(decoded) == [0, 5], "positions of the two files not seen before"
        for position, row in enumerate(rows):
            assert (store.pixels[position] == color_of(row)).all()

    def test_each_size_has_its_own(self, folder, cache):
        prepared(images_in(folder), size=64, cache=cache).close()
        assert prepared(images_in(folder), size=128, cache=cache).pixels.shape[1] == 128
        assert cache.info().thumbnails == 2

    @pytest.mark.parametrize(
        ("file", "damage"),
        [
            *itertools.product(["pixels.bin", "rows.bin", "keys.bin"], ["cut", "gone"]),
            *itertools.product(["rows.bin", "keys.bin"], ["noise"]),
        ],
    )
    def test_a_damaged_entry_is_remade(self, folder, cache, file, damage):
        prepared(images_in(folder), cache=cache).close()
        (entry,) = cache.entries("thumbnails")
        if damage == "cut":
            os.truncate(entry / file, 10)
        elif damage == "noise":
            (entry / file).write_bytes(b"\x7f" * (entry / file).stat().st_size)
        else:
            (entry / file).unlink()
        store = prepared(images_in(folder), cache=cache)
        assert all((store.pixels[row] == color_of(row)).all() for row in range(30))

    def test_without_a_cache_nothing_stays(self, folder, tmp_path, monkeypatch):
        monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "cache"))
        store = prepared(images_in(folder), cache=False)
        assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
        assert (store.pixels[3] == color_of(3)).all()

    def test_deleting_it_while_in_use_harms_nobody(self, folder, cache):
        store = prepared(images_in(folder), cache=cache)
        assert cache.clear() > 0
        assert (store.pixels[3] == color_of(3)).all()
        store.close()
        assert cache.info().bytes == 0

    @pytest.mark.parametrize("planted", [".", "thumbnails", "entry", "entry/pixels.bin"])
    def test_what_somebody_has_planted_is_left_alone_and_all_is_shown(self, folder, cache, tmp_path, planted, decoded):
        prepared(images_in(folder), cache=cache).close()
        (entry,) = cache.entries("thumbnails")
        path = cache.folder / "thumbnails" / planted.replace("entry", entry.name) if "entry" in planted else None
        path = cache.folder / planted if path is None else path
        path.rename(tmp_path / "theirs")
        path.symlink_to(tmp_path / "theirs")
        pixels = tmp_path / "theirs" / "pixels.bin" if planted == "entry" else tmp_path / "theirs"
        before = pixels.read_bytes() if pixels.is_file() else None
        decoded.clear()
        with pytest.warns(RuntimeWarning, match=r"will not be kept: .* is a link .*PIXPLOT_WIDGET_CACHE can name"):
            store = prepared(images_in(folder), cache=cache)
        assert len(decoded) == 30
        assert (store.state == 1).all()
        assert "will not be kept" in store.notice
        assert before is None or pixels.read_bytes() == before

    def test_what_exceeds_the_bound_is_kept_smaller(self, folder, tmp_path, decoded):
        small = Cache(tmp_path / "cache", limit=200_000)
        with pytest.warns(RuntimeWarning, match="at 128 px take .* may hold .*: 32 px are kept, and finer ones"):
            prepared(images_in(folder), size=128, cache=small).close()
        assert small.info().thumbnails == 1
        assert small.info().bytes <= 200_000
        decoded.clear()
        with pytest.warns(RuntimeWarning, match="32 px are kept"):
            store = prepared(images_in(folder), size=128, cache=small)
        assert decoded == []
        assert store.size == 32
        assert (store.pixels[3] == color_of(3)).all()

    def test_what_exceeds_the_bound_even_so_is_not_kept(self, folder, tmp_path):
        small = Cache(tmp_path / "cache", limit=50_000)
        with pytest.warns(RuntimeWarning, match="more than the cache may hold.*: they are not kept"):
            store = prepared(images_in(folder), cache=small)
        assert "not kept" in store.notice
        assert store.pixels.shape == (30, 64, 64, 3)
        assert (store.pixels[3] == color_of(3)).all()
        assert small.info().thumbnails == 0


SCRIPT = """
import sys, os, signal, threading
import pandas as pd
from pixplot_widget.images import Images
from pixplot_widget.thumbnails import ThumbnailStore
from pixplot_widget.thumbnails import store as thumbnails
thumbnails.CHECKPOINT_SECONDS = 0.01
folder, mode = sys.argv[1:]
images = Images(pd.DataFrame({"filename": sorted(os.listdir(folder))}), image_dir=folder)
store = ThumbnailStore(images)
def progress(done, total):
    print(done, flush=True)
thumbnails.PROGRESS_SECONDS = 0
store.prepare(progress=progress)
if mode == "digest":
    import hashlib
    print(hashlib.sha256(store.pixels.tobytes()).hexdigest(), (store.state == 1).all(), flush=True)
"""


class TestProcesses:
    @pytest.fixture
    def photos(self, tmp_path) -> Path:
        """Four hundred pictures that take a moment to decode."""
        folder = tmp_path / "photos"
        folder.mkdir()
        rng = np.random.default_rng(0)
        Image.fromarray(rng.integers(0, 255, (240, 320, 3), np.uint8)).save(folder / "000.png")
        for row in range(1, 400):
            shutil.copy(folder / "000.png", folder / f"{row:03}.png")
        return folder

    def start(self, photos: Path, cache: Path, mode: str) -> subprocess.Popen:
        environment = {**os.environ, "PIXPLOT_WIDGET_CACHE": str(cache)}
        command = [sys.executable, "-c", SCRIPT, str(photos), mode]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def test_killed_at_any_moment_and_resumed(self, photos, tmp_path, decoded):
        cache = tmp_path / "cache"
        for least in (1, 60, 200):
            process = self.start(photos, cache, "prepare")
            for line in process.stdout:
                if int(line) >= least:
                    break
            process.send_signal(signal.SIGKILL)
            process.communicate()
        names = sorted(path.name for path in photos.iterdir())
        images = Images(pd.DataFrame({"filename": names}), image_dir=photos)
        decoded.clear()
        store = prepared(images, cache=Cache(cache))
        assert 0 < len(decoded) < 400 - 150, "what was done before the last kill is not redone"
        expected = render(images.load(0, 64), 64).pixels
        assert (np.asarray(store.pixels) == expected).all()

    def test_two_at_once(self, photos, tmp_path):
        processes = [self.start(photos, tmp_path / "cache", "digest") for _ in range(2)]
        last = [process.communicate(timeout=SECONDS)[0].splitlines()[-1] for process in processes]
        assert [process.returncode for process in processes] == [0, 0]
        assert last[0] == last[1]
        assert last[0].endswith("True")
        assert Cache(tmp_path / "cache").info().thumbnails == 1


class TestFullDisk:
    def test_no_room_from_the_start(self, folder, cache, monkeypatch):
        monkeypatch.setattr(Cache, "_free", lambda self: 1000)
        with pytest.warns(RuntimeWarning, match=r"disk of .* is full.*PIXPLOT_WIDGET_CACHE"):
            store = prepared(images_in(folder), cache=cache)
        assert "is full" in store.notice
        assert (store.state == READY).all()
        assert (store.pixels[7] == color_of(7)).all()
        assert cache.info().thumbnails == 0

    def test_more_than_memory_should_hold_is_an_error(self, folder, cache, monkeypatch):
        monkeypatch.setattr(Cache, "_free", lambda self: 1000)
        monkeypatch.setattr(records, "MEMORY_LIMIT", 1000)
        with pytest.raises(OSError, match=r"GB are needed on disk for thumbnails.*PIXPLOT_WIDGET_CACHE"):
            prepared(images_in(folder), cache=cache)

    def test_a_disk_that_fills_up_meanwhile(self, folder, small_disk, decoded):
        cache = Cache(small_disk / "cache")
        store = ThumbnailStore(images_in(folder), 256, cache=cache)
        with pytest.warns(RuntimeWarning, match="held in memory.*No space left"):
            store.prepare(progress=lambda done, _: done or fill(small_disk / "ballast", leave=2_000_000))
        assert all((store.pixels[row] == color_of(row)).all() for row in range(30))
        assert (store.state == READY).all()
        store.close()
        decoded.clear()
        (small_disk / "ballast").unlink()
        again = prepared(images_in(folder), cache=cache, size=256)
        assert all((again.pixels[row] == color_of(row)).all() for row in range(30)), "what was kept is whole"

    def test_a_limit_on_file_size(self, folder, tmp_path):
        script = (
            "import resource, warnings; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            "warnings.simplefilter('error', UserWarning)\n" + SCRIPT
        )
        environment = {**os.environ, "PIXPLOT_WIDGET_CACHE": str(tmp_path / "cache")}
        command = [sys.executable, "-c", script, str(folder), "digest"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
        assert done.stdout.splitlines()[-1].endswith("True"), done.stderr
        assert "held in memory" in done.stderr

    def test_a_folder_that_cannot_be_made(self, folder, tmp_path):
        (tmp_path / "taken").touch()
        with pytest.warns(RuntimeWarning, match="held in memory"):
            store = prepared(images_in(folder), cache=Cache(tmp_path / "taken"))
        assert (store.state == READY).all()


def fill(ballast: Path, leave: int) -> None:
    """Fill a disk but for some bytes."""
    ballast.write_bytes(bytes(shutil.disk_usage(ballast.parent).free - leave))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 16 MB."""
    point = tmp_path / "disk"
    point.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(point)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("mounting a small disk needs rights that this user has not")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)
