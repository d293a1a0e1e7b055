"""The picture as an image file: every row's thumbnail at its place, framed as on screen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from ..files import written_aside
from ..images import Images
from ..layouts import Layout
from ..thumbnails import CELLS, PENDING, ThumbnailStore, extent
from ..thumbnails.sheets import pictures

__all__ = ["Looks", "compressed", "draw", "sprite_size", "still", "write_image"]

LARGEST, SMALLEST = 0.22, 0.0015
SCATTER_SHARE = 0.95
FRAME_SHARE = 0.07
"""A frame takes at most this share of its sprite, so that a small picture is not all frame."""

CHOSEN_SHARE = 0.12
CHOSEN_COLOR = (33, 133, 245)
FADED = 0.85
AT_ONCE = 256
MOST_PX = 20_000
STILL_PX = 800
MOST_IN_STILL = 2_000


@dataclass(frozen=True)
class Looks:
    """How rows are drawn.

    Attributes
    ----------
    frames : numpy.ndarray
        uint8 (n, 3), color of each row's frame.
    framed : numpy.ndarray
        bool (n,), rows that have one.
    selected : numpy.ndarray
        bool (n,): on top, in a frame of their own.
    faded : numpy.ndarray
        bool (n,): rows that the filter leaves out.
    """

    frames: np.ndarray
    framed: np.ndarray
    selected: np.ndarray
    faded: np.ndarray


def sprite_size(layout: Layout) -> float:
    """Give the longest side of a sprite in data units, as large as the room for each allows.

    The front end begins with the same. What would be hard to tell on its screen it draws up to 1.6 times larger; in an
    image there are the pixels to do without.

    Examples
    --------
    >>> sprite_size(Layout(np.zeros((2, 2), np.float32), [], cell=0.5))
    0.5
    """
    if layout.cell is not None:
        return float(layout.cell)
    xy = layout.xy[np.isfinite(layout.xy).all(axis=1)]
    if not len(xy):
        return LARGEST
    side = int(np.clip(np.ceil(np.sqrt(len(layout.xy))), 4, 256))
    places = np.clip(np.floor((xy.astype(np.float64) + 1) / 2 * side), 0, side - 1).astype(np.int64)
    room = len(np.unique(places[:, 1] * side + places[:, 0])) * (2 / side) ** 2
    return float(np.clip(SCATTER_SHARE * np.sqrt(room / len(xy)), SMALLEST, LARGEST))


def draw(
    store: ThumbnailStore,
    images: Images,
    layout: Layout,
    looks: Looks,
    *,
    size: int,
    zoom: float = 1.0,
    border: float = 2.0,
    background: str = "white",
) -> Image.Image:
    """Draw a layout.

    Parameters
    ----------
    store, images : ThumbnailStore and Images
        The thumbnails, and where larger pictures come from.
    layout : Layout
        Where rows are.
    looks : Looks
        How they are drawn.
    size : int
        Longest side of the image, px.
    zoom : float
        How many times as large sprites are drawn as they would be.
    border : float
        Width of frames on a picture of 1,000 px.
    background : str
        A color, as Pillow reads it.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    ValueError
        The size or color is none, or images are still being read.
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 16 <= size <= MOST_PX:
        raise ValueError(f"size is the longest side in px, 16 to {MOST_PX:,}, not {size!r}")
    try:
        paper = ImageColor.getrgb(background)[:3]
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"background={background!r} is no color; 'white', '#202020' are") from error
    if (store.state == PENDING).any():
        raise ValueError("the images are still being read; plot.wait() first")
    placed = np.flatnonzero(np.isfinite(layout.xy).all(axis=1))
    side = sprite_size(layout) * zoom
    xy = layout.xy.astype(np.float64)
    low = xy[placed].min(axis=0) - side / 2 if len(placed) else np.zeros(2)
    high = xy[placed].max(axis=0) + side / 2 if len(placed) else np.ones(2)
    scale = size / max(high - low)
    width, height = np.maximum(1, np.round((high - low) * scale)).astype(int).tolist()
    canvas = Image.new("RGB", (width, height), paper)
    pen = ImageDraw.Draw(canvas)
    sidepx = side * scale
    for row, picture in _pictures(store, images, _stacked(placed, looks), sidepx):
        if looks.faded[row]:
            picture = Image.blend(picture, Image.new("RGB", picture.size, paper), FADED)
        x = round((xy[row, 0] - low[0]) * scale - picture.width / 2)
        y = round((high[1] - xy[row, 1]) * scale - picture.height / 2)
        canvas.paste(picture, (x, y))
        chosen = looks.selected[row]
        if looks.faded[row] or not (chosen or looks.framed[row]):
            continue
        line = CHOSEN_SHARE * sidepx if chosen else min(border * size / 1000, FRAME_SHARE * sidepx)
        if line >= 0.5:
            color = CHOSEN_COLOR if chosen else tuple(looks.frames[row].tolist())
            corner = (x + picture.width - 1, y + picture.height - 1)
            pen.rectangle([(x, y), corner], outline=color, width=max(1, round(line)))
    return canvas


def write_image(image: Image.Image, path: Any) -> None:
    """Write an image in the format that its name ends in; the file before stays until this one is whole.

    Raises
    ------
    ValueError
        The ending is that of no format that Pillow writes.
    OSError
        It cannot be written.
    """
    suffix = Path(path).suffix.lower()
    kind = Image.registered_extensions().get(suffix)
    if kind not in Image.SAVE:
        raise ValueError(f"{Path(path).name!r} ends in {suffix or 'nothing'!r}, which is no format of images; .png is")
    encoded = io.BytesIO()  # some formats go back in what they have written
    image.save(encoded, kind)
    with written_aside(path) as file:
        file.write(encoded.getbuffer())


def still(store: ThumbnailStore, images: Images, layout: Layout, looks: Looks, **how: Any) -> Image.Image | None:
    """Draw a small picture of a layout from thumbnails at hand: what a notebook shows where nothing runs.

    It is for GitHub and the like, goes into the file of the notebook, and is drawn while a cell waits: so it is made of
    so many images at most (1,906 took 0.13 s), and is no larger than needs no finer thumbnail than there is.

    Returns
    -------
    PIL.Image.Image or None
        None if images are still being read, or there are none or too many.
    """
    if not 0 < len(layout) <= MOST_IN_STILL or (store.state == PENDING).any():
        return None
    placed = layout.xy[np.isfinite(layout.xy).all(axis=1)]
    if not len(placed):
        return None
    side = sprite_size(layout) * how.get("zoom", 1.0)
    extent_ = float((placed.max(axis=0) - placed.min(axis=0)).max()) + side
    fine = int(store.size * extent_ / side)
    return draw(store, images, layout, looks, size=max(16, min(STILL_PX, fine)), **how)


def compressed(picture: Image.Image, most_bytes: int) -> bytes:
    """Give a picture as a JPEG of so many bytes at most: a coarser one first, then a smaller one.

    Examples
    --------
    >>> noise = Image.effect_noise((400, 300), 100)
    >>> len(compressed(noise, 150_000)) > 20_000 >= len(compressed(noise, 20_000))
    True
    """
    while True:
        for quality in (75, 40):
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=quality)
            if file.tell() <= most_bytes or max(picture.size) <= 16:
                return file.getvalue()
        picture = picture.reduce(2)


def _stacked(rows: np.ndarray, looks: Looks) -> np.ndarray:
    """Rows in the order of painting: in a fair one, but the faded at the bottom and the selected on top."""
    rows = np.random.default_rng(0).permutation(rows)
    level = np.where(looks.selected[rows], 2, np.where(looks.faded[rows], 0, 1))
    return rows[np.argsort(level, kind="stable")]


def _pictures(
    store: ThumbnailStore, images: Images, rows: np.ndarray, sidepx: float
) -> Iterator[tuple[int, Image.Image]]:
    """Give rows with their pictures as large as they are drawn."""
    cell = next((cell for cell in sorted(CELLS) if cell >= sidepx), max(CELLS))
    for start in range(0, len(rows), AT_ONCE):
        found, cells = pictures(store, images, rows[start : start + AT_ONCE], cell)
        for row, pixels in zip(found.tolist(), cells, strict=True):
            w, h = extent(store.shapes[row], cell).tolist()
            drawn = np.maximum(1, np.round(store.shapes[row] / 255 * sidepx)).astype(int).tolist()
            content = Image.fromarray(np.ascontiguousarray(pixels[:h, :w]))
            yield row, content.resize(tuple(drawn), Image.Resampling.BOX if drawn[0] < w else Image.Resampling.BICUBIC)
