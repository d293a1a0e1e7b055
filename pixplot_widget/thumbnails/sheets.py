"""Rows and a cell size → one JPEG sheet: how pictures travel to the front end.

A sheet is at most 1,024 px wide and high, its cells in row-major order, so that it decodes in a few milliseconds and
fits one message.

Color is kept at full resolution (4:4:4): halved, it is smoothed over the border between two cells when decoded, and
a red picture gives its neighbor a red edge. On photos that costs half as much again, 590 bytes a cell of 32 px
against 390, and 3 ms a sheet.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from .. import pool
from ..images import ImageError, Images
from .rendering import CELLS, placeholder, render
from .store import PENDING, ThumbnailStore

__all__ = ["CELLS", "SHEET_PX", "Sheet", "pack", "pictures"]

SHEET_PX = 1024
MAX_BYTES = 1_000_000
QUALITIES = (80, 70, 55, 40, 20)
DECODE_SECONDS = 5.0  # for cells larger than the store's
SMALL_REQUEST = 64  # rows
PENDING_SECONDS = 1.0  # for so few rows that are only early: prepare() will bring them anyway
MANY_SECONDS = 0.1  # for more of them: 100 to 400 are made in that time, and the page asks again for the others


class Sheet(NamedTuple):
    """Pictures side by side in one JPEG.

    Attributes
    ----------
    cell : int
        Side of a cell in pixels.
    columns : int
        Cells a line.
    rows : numpy.ndarray
        int32 (k,), the row each cell shows, in row-major order.
    jpeg : bytes
        At most 1 MB; empty if there are no rows.
    """

    cell: int
    columns: int
    rows: np.ndarray
    jpeg: bytes


def pack(store: ThumbnailStore, images: Images, rows: Sequence[int] | np.ndarray, cell: int) -> Sheet:
    """Pack the pictures of some rows into a sheet.

    Cells up to the store's size are taken from it, larger ones are decoded from the images. Rows that are pending
    are decoded on the spot as far as there is time, and left out of the sheet otherwise, as are those that hang.

    Parameters
    ----------
    store : ThumbnailStore
        Where thumbnails are.
    images : Images
        Where they come from.
    rows : sequence of int
        At most `(SHEET_PX // cell) ** 2` positions.
    cell : {32, 64, 128, 256}
        Side of a cell in pixels.

    Returns
    -------
    Sheet

    Raises
    ------
    ValueError
        If the cell size is none of those, or the rows are too many for a sheet.
    IndexError
        If a row does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> images = Images(pd.DataFrame(index=range(2)), [np.zeros((9, 9, 3), np.uint8)] * 2)
    >>> store = ThumbnailStore(images, cache=False)
    >>> store.prepare()
    >>> pack(store, images, [1, 0], 32).rows.tolist()
    [1, 0]
    """
    rows = np.asarray(rows, dtype=np.int64).reshape(-1)
    if cell not in CELLS:
        raise ValueError(f"a sheet's cells have a side of {', '.join(map(str, CELLS))} px, not {cell!r}")
    per_line = SHEET_PX // cell
    if len(rows) > per_line**2:
        raise ValueError(f"a sheet holds {per_line**2} cells of {cell} px, not {len(rows)}")
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(store)):
        raise IndexError(f"rows are 0 to {len(store) - 1}; asked for {rows.min()} to {rows.max()}")
    rows, cells = pictures(store, images, rows, cell)
    columns = max(1, min(len(rows), per_line))
    return Sheet(cell, columns, rows.astype(np.int32), _encode(_tile(cells, columns)) if len(rows) else b"")


def pictures(store: ThumbnailStore, images: Images, rows: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the pictures of some rows, from the store or decoded where they are to be larger than it has them.

    Returns
    -------
    rows : numpy.ndarray
        int64 (k,), those that are there.
    cells : numpy.ndarray
        uint8 (k, cell, cell, 3), each picture in its upper left corner.
    """
    return _decoded(images, rows, cell) if cell > store.size else _stored(store, rows, cell)


def _stored(store: ThumbnailStore, rows: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray]:
    pending = rows[store.state[rows] == PENDING]
    if len(pending):
        store.ensure(pending, PENDING_SECONDS if len(pending) <= SMALL_REQUEST else MANY_SECONDS)
    rows = rows[store.state[rows] != PENDING]
    if cell == 32:
        return rows, store.coarse[rows]
    cells = store.pixels[rows]
    if cell < store.size:
        # the edge is repeated to the cell's end, so halving the whole cell halves the picture, whatever its size
        cells = np.stack([np.asarray(Image.fromarray(c).reduce(store.size // cell)) for c in cells])
    return rows, cells


def _decoded(images: Images, rows: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray]:
    found: dict[int, np.ndarray] = {}

    def work(group: list[int]) -> list[tuple[int, np.ndarray]]:
        return [
            (row, (placeholder(cell) if isinstance(image, ImageError) else render(image, cell)).pixels)
            for row, image in images.load_group(group, cell)
        ]

    for _, result in pool.run(work, images.groups(rows), threads=images.threads, give_up=DECODE_SECONDS):
        if not isinstance(result, pool.TookTooLong):
            found.update(result)
    there = [row for row in rows.tolist() if row in found]
    cells = np.stack([found[row] for row in there]) if there else np.empty((0, cell, cell, 3), np.uint8)
    return np.array(there, dtype=np.int64), cells


def _tile(cells: np.ndarray, columns: int) -> np.ndarray:
    """Lay cells (k, c, c, 3) out in lines: uint8 (lines * c, columns * c, 3)."""
    k, cell = cells.shape[:2]
    lines = -(-k // columns)
    if lines * columns > k:
        blank = np.full((lines * columns - k, cell, cell, 3), 128, dtype=np.uint8)
        cells = np.concatenate([cells, blank])
    grid = cells.reshape(lines, columns, cell, cell, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid).reshape(lines * cell, columns * cell, 3)


def _encode(pixels: np.ndarray) -> bytes:
    """Encode a sheet, at the best quality that fits a message."""
    image = Image.fromarray(pixels)
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling="4:4:4")
        if out.tell() <= MAX_BYTES:
            break
    return out.getvalue()
