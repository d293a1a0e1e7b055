"""Pictures as networks take them: all of one size, decoded in threads while the network computes.

Threads and not `DataLoader` workers: Pillow gives up Python's lock while it decodes and resizes, and worker processes
in a notebook are slow to start, copy every batch, and on macOS and Windows need a `__main__` that can be imported. 341
photos to 224 px, three rounds on two busy processors: threads 1.2 to 1.7 s, two workers 2.0 to 2.6, neither 3.0 to 7.3.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from ..cache import Cache
from ..images import ImageError, Images
from ..pool import TookTooLong, run

__all__ = ["Batch", "Fit", "Pixels", "batches", "stored"]

MEMORY_LIMIT = 2_000_000_000
"""Bytes of decoded pictures that are kept in memory; more are mapped from a file."""

_CROPS_AT_ONCE = 64  # of one picture, in one job: bounds what a job holds in memory
_AHEAD = 64  # jobs that may overtake one that is waited for


@dataclass(frozen=True)
class Fit:
    """How a picture of any shape becomes a square.

    Attributes
    ----------
    side : int
        px of the square.
    shorter : int or None
        None: the longest side becomes `side`, and what is missing of the square is filled, as PixPlotML does.
        Otherwise the shorter side becomes this, and the middle is cut out, as networks for ImageNet were trained.
    resample : PIL.Image.Resampling
        How pixels are interpolated.
    fill : tuple of int
        Color of what is missing.
    """

    side: int
    shorter: int | None = None
    resample: Image.Resampling = Image.Resampling.BILINEAR
    fill: tuple[int, int, int] = (0, 0, 0)

    @property
    def enough(self) -> dict[str, int]:
        """What `Images.load_group` is to be told: twice the pixels, as Pillow advises, so that no detail is lost."""
        if self.shorter is None:
            return {"longest": 2 * self.side}
        return {"shortest": 2 * self.shorter}

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Return the square, uint8 (side, side, 3).

        Examples
        --------
        >>> Fit(4)(Image.new("RGB", (20, 10), (255, 0, 0)))[:, 0, 0].tolist()
        [0, 255, 255, 0]
        """
        width, height = image.size
        if self.shorter is None:
            scale = self.side / max(width, height)
            size = max(1, round(width * scale)), max(1, round(height * scale))
        else:
            # rounded down, as torchvision does
            scale = self.shorter / min(width, height)
            size = (
                (self.shorter, int(self.shorter * height / width))
                if width <= height
                else (int(self.shorter * width / height), self.shorter)
            )
        image = image if image.size == size else image.resize(size, self.resample)
        if size == (self.side, self.side):
            return np.asarray(image)
        left, top = (round((have - self.side) / 2) for have in size)
        if min(size) >= self.side:
            return np.asarray(image.crop((left, top, left + self.side, top + self.side)))
        square = Image.new("RGB", (self.side, self.side), self.fill)
        square.paste(image, (-left, -top))
        return np.asarray(square)


class Batch(NamedTuple):
    """Some rows' pictures.

    Attributes
    ----------
    rows : numpy.ndarray
        int64 (b,), positions.
    pictures : torch.Tensor
        uint8 (b, side, side, 3), or what the user's transform makes: float (b, 3, h, w).
    failed : list of (int, str)
        Rows that could not be read meanwhile, and why.
    """

    rows: np.ndarray
    pictures: torch.Tensor
    failed: list[tuple[int, str]]


def batches(
    images: Images,
    rows: Sequence[int] | np.ndarray,
    fit: Fit,
    size: int,
    *,
    transform: Callable[[Image.Image], torch.Tensor] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[Batch]:
    """Yield rows' pictures in batches; the next are decoded while one is worked on.

    Rows come in the order given, but where a file is waited for (a slow share) those behind it go first. Crops of one
    picture decode it once, and come together. The last batch has the reasons of rows that failed after the others.

    Parameters
    ----------
    images : Images
        Where they come from.
    rows : sequence of int
        Positions.
    fit : Fit
        Applied in the threads.
    size : int
        Rows a batch.
    transform : callable, optional
        In place of `fit`: from a PIL image to a tensor.
    cancel : threading.Event, optional
        Ends it soon.
    """
    make = transform or fit
    ready: list[tuple[int, Any]] = []
    failed: list[tuple[int, str]] = []
    for row, picture in _in_order(_read(images, rows, make, {} if transform else fit.enough, size, cancel)):
        if isinstance(picture, ImageError):
            failed.append((row, str(picture)))
            continue
        ready.append((row, picture))
        if len(ready) == size:
            yield _batch(ready, failed)
            ready, failed = [], []
    if ready or failed:
        yield _batch(ready, failed)


def _read(
    images: Images,
    rows: Sequence[int] | np.ndarray,
    make: Callable[[Image.Image], Any],
    enough: dict[str, int],
    size: int,
    cancel: threading.Event | None,
) -> Iterator[tuple[int, list[tuple[int, Any]]]]:
    """Yield (number of the job, its rows with picture or ImageError), in whatever order they are done."""
    groups = list(images.groups(rows, _CROPS_AT_ONCE))

    def work(number: int) -> list[tuple[int, Any]]:
        return [
            (row, picture if isinstance(picture, ImageError) else make(picture))
            for row, picture in images.load_group(groups[number], **enough)
        ]

    a_job = max(1, len(rows)) / max(1, len(groups))
    jobs = run(
        work, range(len(groups)), threads=images.threads, cancel=cancel, backlog=max(2, round(1.5 * size / a_job))
    )
    for number, found in jobs:
        if isinstance(found, TookTooLong):
            found = [(row, ImageError(str(found))) for row in groups[number]]
        yield number, found


def _in_order(jobs: Iterator[tuple[int, list[tuple[int, Any]]]]) -> Iterator[tuple[int, Any]]:
    waiting: dict[int, list[tuple[int, Any]]] = {}
    due = 0
    for number, found in jobs:
        waiting[number] = found
        while waiting and (min(waiting) <= due or len(waiting) > _AHEAD):
            first = min(waiting)
            due = max(due, first + 1)
            yield from waiting.pop(first)
    for number in sorted(waiting):
        yield from waiting[number]


def _batch(ready: list[tuple[int, Any]], failed: list[tuple[int, str]]) -> Batch:
    rows = np.array([row for row, _ in ready], dtype=np.int64)
    pictures = [picture for _, picture in ready]
    if not pictures:
        return Batch(rows, torch.empty(0), failed)
    if isinstance(pictures[0], np.ndarray):
        return Batch(rows, torch.from_numpy(np.stack(pictures)), failed)
    return Batch(rows, torch.stack([torch.as_tensor(picture) for picture in pictures]), failed)


class Pixels:
    """The pictures of a table, decoded once and kept: between epochs nothing is decoded again.

    Parameters
    ----------
    images : Images
        Where they come from.
    fit : Fit
        How they become squares.
    limit : int
        Bytes that may be held in memory. Beyond that they lie in a file of the cache's folder, mapped, which goes
        with this object.

    Attributes
    ----------
    array : numpy.ndarray
        uint8 (n, side, side, 3). Rows that are not ready are black.
    ready : numpy.ndarray
        bool (n,).
    failed : dict
        From row to why it could not be read.

    Raises
    ------
    OSError
        If the disk has no room for the file.
    """

    def __init__(self, images: Images, fit: Fit, limit: int = MEMORY_LIMIT) -> None:
        self.images = images
        self.fit = fit
        self.ready = np.zeros(len(images), dtype=bool)
        self.failed: dict[int, str] = {}
        shape = (len(images), fit.side, fit.side, 3)
        self.mapped = int(np.prod(shape)) > limit
        if self.mapped:
            cache = Cache()
            cache.make_room(int(np.prod(shape)))
            with tempfile.TemporaryFile(dir=cache.scratch()) as file:
                self.array = np.memmap(file, np.uint8, "w+", shape=shape)
        else:
            self.array = np.zeros(shape, dtype=np.uint8)

    def load(
        self,
        rows: Sequence[int] | np.ndarray | None = None,
        done: Callable[[int], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Decode those rows that are not ready; `done` is told how many more are.

        What is done is kept if it ends early. Rows that failed are tried again: a share may be back.
        """
        rows = np.arange(len(self.ready)) if rows is None else np.asarray(rows, dtype=np.int64)
        missing = rows[~self.ready[rows]]
        if done is not None:
            done(len(rows) - len(missing))
        jobs = _read(self.images, missing, self.fit, self.fit.enough, 64, cancel) if len(missing) else iter(())
        for _, found in jobs:
            for row, picture in found:
                if isinstance(picture, ImageError):
                    self.failed[row] = str(picture)
                else:
                    self.array[row] = picture
                    self.ready[row] = True
                    self.failed.pop(row, None)
            if done is not None:
                done(len(found))

    def take(self, rows: Sequence[int] | np.ndarray) -> torch.Tensor:
        """Return rows' pictures, uint8 (k, side, side, 3)."""
        return torch.from_numpy(self.array[np.asarray(rows, dtype=np.int64)])


def stored(images: Images, rows: np.ndarray, pixels: Pixels | None, fit: Fit, size: int) -> Iterator[Batch]:
    """Yield batches of rows, from the pictures that are decoded already as far as they are."""
    ready = np.zeros(len(rows), dtype=bool) if pixels is None else pixels.ready[rows]
    for start in range(0, int(ready.sum()), size):
        some = rows[ready][start : start + size]
        yield Batch(some, pixels.take(some), [])
    if not ready.all():
        yield from batches(images, rows[~ready], fit, size)
