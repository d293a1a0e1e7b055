"""A sheet shows the rows it lists, in cells that do not bleed, within a message's size."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from speed import quickest

from pixplot_widget.images import Images
from pixplot_widget.thumbnails import ThumbnailStore, extent, sheets
from pixplot_widget.thumbnails.sheets import CELLS, MAX_BYTES, SHEET_PX, pack


def pictures(n: int, size=(90, 60)) -> list[np.ndarray]:
    """Plain pictures of n colors that can be told apart."""
    values = np.random.default_rng(1).permutation(np.arange(n) % 4096)
    colors = np.stack([values // 256 * 16 + 8, values // 16 % 16 * 16 + 8, values % 16 * 16 + 8], axis=1)
    return [np.broadcast_to(c.astype(np.uint8), (size[1], size[0], 3)) for c in colors]


@pytest.fixture(scope="module")
def images() -> Images:
    return Images(pd.DataFrame(index=range(200)), pictures(200))


@pytest.fixture(scope="module")
def store(images) -> ThumbnailStore:
    store = ThumbnailStore(images, cache=False)
    store.prepare()
    return store


def opened(sheet) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sheet.jpeg)))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("k", [1, 7, 16])
def test_each_cell_shows_its_row(images, store, cell, k):
    rows = np.random.default_rng(2).permutation(200)[:k]
    sheet = pack(store, images, rows, cell)
    assert sheet.rows.tolist() == rows.tolist()
    assert sheet.rows.dtype == np.int32
    assert sheet.columns == min(k, SHEET_PX // cell)
    pixels = opened(sheet)
    assert pixels.shape[:2] == (-(-k // sheet.columns) * cell, sheet.columns * cell)
    for position, row in enumerate(rows.tolist()):
        y, x = position // sheet.columns * cell, position % sheet.columns * cell
        found = pixels[y : y + cell, x : x + cell].astype(int)
        assert np.abs(found - store.colors[row].astype(int)).max() <= 6, "nothing of another cell in any pixel of this"


def test_a_full_sheet(images, store):
    sheet = pack(store, images, np.arange(1024) % 200, 32)
    assert opened(sheet).shape == (SHEET_PX, SHEET_PX, 3)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_every_level_shows_the_same_picture(size):
    ramp = np.tile(np.linspace(0, 255, 200).astype(np.uint8)[None, :, None], (80, 1, 3))
    images = Images(pd.DataFrame(index=[0]), [ramp])
    store = ThumbnailStore(images, size, cache=False)
    store.prepare()
    for cell in CELLS:
        pixels = opened(pack(store, images, [0], cell)).astype(int)
        across, down = extent(store.shapes[0], cell)
        expected = np.linspace(0, 255, across)
        assert np.abs(pixels[: down - 1, :across, 1] - expected).mean() < 6
        assert np.abs(pixels[down:, :across, 1] - pixels[down - 1, :across, 1]).mean() < 6


def test_the_worst_pictures_still_fit_a_message():
    noise = np.random.default_rng(0).integers(0, 256, (16, 256, 256, 3), np.uint8)
    images = Images(pd.DataFrame(index=range(16)), noise)
    store = ThumbnailStore(images, cache=False)
    store.prepare()
    assert len(pack(store, images, range(16), 256).jpeg) <= MAX_BYTES


def test_pending_rows(images, monkeypatch):
    monkeypatch.setattr(sheets, "MANY_SECONDS", 0.0)  # over with the first that is made
    store = ThumbnailStore(images, cache=False)
    assert pack(store, images, range(200), 32).rows.tolist() == [], "not opened yet: nothing can be read"
    store.prepare(cancel=_after(30))
    ready = np.flatnonzero(store.state)
    assert 0 < len(ready) < 200
    many = pack(store, images, range(200), 32)
    there = np.flatnonzero(store.state)
    assert set(many.rows.tolist()) == set(there.tolist()), "those that are there"
    assert len(ready) < len(there) < 200, "some more were made, as far as there was time"
    few = np.flatnonzero(store.state == 0)[:10]
    assert pack(store, images, few, 32).rows.tolist() == few.tolist(), "few are made on the spot"
    assert (store.state[few] == 1).all()


class _after:  # noqa: N801 - used as the event it stands for
    """An event that is set once it was asked a few times."""

    def __init__(self, times: int):
        self.times = times

    def is_set(self) -> bool:
        self.times -= 1
        return self.times < 0


def test_unreadable_rows_have_a_placeholder_at_every_level():
    images = Images(pd.DataFrame(index=range(2)), [b"", pictures(1)[0]])
    store = ThumbnailStore(images, cache=False)
    store.prepare()
    for cell in CELLS:
        sheet = pack(store, images, [0, 1], cell)
        assert sheet.rows.tolist() == [0, 1]
        middle = opened(sheet)[cell // 2 - 2 : cell // 2 + 2, cell // 2 - 2 : cell // 2 + 2]
        assert middle.std() < 20
        assert abs(int(middle.mean()) - 100) < 20, "the cross"


def test_no_rows(images, store):
    sheet = pack(store, images, [], 64)
    assert len(sheet.rows) == 0
    assert sheet.jpeg == b""


def test_bad_arguments(images, store):
    with pytest.raises(ValueError, match="32, 64, 128, 256 px, not 48"):
        pack(store, images, [0], 48)
    with pytest.raises(ValueError, match="holds 16 cells of 256 px, not 17"):
        pack(store, images, range(17), 256)
    for rows in ([200], [-1]):
        with pytest.raises(IndexError, match="rows are 0 to 199"):
            pack(store, images, rows, 32)


def test_a_coarse_sheet_takes_little_more_than_its_jpeg(images, store):
    rows = np.random.default_rng(3).integers(0, 200, 1024)
    picture = Image.fromarray(opened(pack(store, images, rows, 32)))
    encoding = quickest(lambda: picture.save(io.BytesIO(), "JPEG", quality=85), 10)
    taken = quickest(lambda: pack(store, images, rows, 32), 10)
    assert taken < 10 * encoding, (taken, encoding)
