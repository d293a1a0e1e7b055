"""Columns of a DataFrame → one upright RGB picture a row, whatever the rows hold.

Opening is put off until a picture is asked for, so making `Images` costs no look at the disk. A row that cannot be
read raises `ImageError` with its reason when it is asked for; only arguments that make no sense raise at once.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from . import identity, remote
from .crops import Crops
from .decoding import Decoded, ImageError, decode, explain, load
from .frames import at_frame, frame_of, still_a_file
from .groups import MOST_CROPS_AT_ONCE, Group, sliced
from .local import open_file, spelled_as_on_disk
from .opening import open_picture
from .originals import ORIGINAL_BYTES, ORIGINAL_PX, Original, as_it_is, as_jpeg
from .quiet import quietly
from .sources import (
    BYTES,
    as_bytes,
    check_kinds,
    column_of_boxes,
    column_of_images,
    from_array,
    joined,
    starting_folder,
)

__all__ = ["KEY_BYTES", "ImageError", "Images"]

KEY_BYTES = 16


class Images:
    """The pictures of a table, by row position.

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image; the index is not used.
    image : str or sequence of length n
        A column name, or the images themselves: paths, URLs such as "s3://bucket/a.jpg" (with `fsspec`), encoded
        bytes, PIL images, uint8 arrays (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), or records of bytes and path.
    image_dir : path or URL, optional
        Where relative paths start. Default: the current folder.
    box : sequence of four column names, optional
        x, y, width, height in pixels of the upright picture. Each row is that crop, clipped to the picture. A row
        without a box (a missing value in it) is the whole picture.
    box_margin : float
        Share of the box's width and height that is shown on each side of it.

    Attributes
    ----------
    image_dir : str or None
        Where relative paths start, as an absolute path or a URL, if it was said.

    Raises
    ------
    KeyError
        If a column does not exist.
    TypeError, ValueError
        If the images are of no usable kind, of the wrong number, or the boxes are not numbers.
    ImportError
        If paths are URLs and the package that reads them is not installed; the message has the `pip install` line.

    Examples
    --------
    >>> images = Images(pd.DataFrame({"filename": ["a.jpg", "b.jpg"]}))
    >>> len(images), images.names
    (2, ['a.jpg', 'b.jpg'])
    """

    def __init__(
        self,
        df: pd.DataFrame,
        image: str | Sequence[Any] = "filename",
        image_dir: str | os.PathLike | None = None,
        box: Sequence[str] | None = None,
        box_margin: float = 0.0,
    ):
        self._values = column_of_images(df, image)
        self._dir = starting_folder(image_dir)
        self.image_dir = None if image_dir is None else self._dir
        if not (isinstance(box_margin, (int, float)) and 0 <= box_margin < math.inf):
            raise ValueError(f"box_margin is a share of the box's size, 0 or more, not {box_margin!r}")
        self._crops = Crops(None if box is None else column_of_boxes(df, box), float(box_margin))
        check_kinds(self._values, self._dir)
        self._pil_lock = threading.Lock()  # PIL images load themselves on first use, and not safely in two threads
        self._names: list[str] | None = None
        self._numbers: np.ndarray | None = None  # of `pictures`, once they are asked for

    def __len__(self) -> int:
        return len(self._values)

    @property
    def names(self) -> list[str]:
        """What each row is called on screen: its path as given, or "image 12"."""
        if self._names is None:
            self._names = [_name(row, value) for row, value in enumerate(self._values)]
        return self._names

    def more(self, df: pd.DataFrame, image: str | Sequence[Any], box: Sequence[str] | None = None) -> Images:
        """Check the pictures of rows that are to follow; raises as the constructor does."""
        return Images(df, image, self._dir, box, self._crops.margin)

    def names_of(self, more: Images) -> list[str]:
        """Give what other rows will be called when they follow."""
        return [_name(len(self) + row, value) for row, value in enumerate(more._values)]

    def extension(self, more: Images) -> Callable[[], None]:
        """Make ready for the pictures of other rows to follow; what is returned lets them, and may be called twice."""
        names, values = [*self.names, *self.names_of(more)], [*self._values, *more._values]
        crops = self._crops.followed_by(more._crops)

        def take() -> None:
            self._names, self._values, self._crops = names, values, crops

        return take

    def part(self, start: int, stop: int) -> Images:
        """Give the pictures of some rows by themselves, which stay as they are whatever rows follow."""
        part = copy.copy(self)
        part._values, part._names, part._numbers = self._values[start:stop], self.names[start:stop], None
        boxes = self._crops.boxes
        part._crops = Crops(None if boxes is None else boxes[start:stop], self._crops.margin)
        return part

    def load(self, row: int, longest: int | None = None) -> Image.Image:
        """Return the picture of a row.

        Parameters
        ----------
        row : int
            Position.
        longest : int, optional
            Pixels of its longest side that are fine enough. The picture is then decoded more coarsely where that is
            quicker; it is never coarser than asked for unless the file is.

        Returns
        -------
        PIL.Image.Image
            Mode RGB, upright, cut to the row's box.

        Raises
        ------
        ImageError
            If it cannot be read; the message says why.
        """
        _, image = next(self.load_group([row], longest))
        if isinstance(image, ImageError):
            raise image
        return image

    def load_group(
        self, rows: Sequence[int], longest: int | None = None, shortest: int | None = None
    ) -> Iterator[tuple[int, Image.Image | ImageError]]:
        """Yield (row, picture or ImageError) for rows that show the same picture, which is decoded once.

        `longest` or `shortest` says how many pixels of that side of each are fine enough. Of several groups that
        `groups` made of one picture, each may be loaded once, in any thread; the picture is decoded for all of them.
        """
        shared = rows.shared if isinstance(rows, Group) else None
        alike = rows if shared is None else shared.rows

        def read() -> Decoded:
            return self._decode(int(rows[0]), lambda w, h: self._crops.share(alike, w, h, longest, shortest))

        try:
            picture = read() if shared is None else shared.get(read)
            for row in map(int, rows):
                try:
                    yield row, self._crops.cut(row, picture)
                except ImageError as error:
                    yield row, error
        except ImageError as error:
            yield from ((int(row), error) for row in rows)
        finally:
            if shared is not None:
                shared.done()

    def groups(self, rows: Sequence[int], most: int = MOST_CROPS_AT_ONCE) -> Iterator[list[int]]:
        """Split rows into lists that show one picture each, in the order in which the pictures first come.

        Crops of one picture come in lists of at most `most`, for each of which `load_group` is to be called.
        """
        if self._crops.boxes is None:
            yield from ([int(row)] for row in rows)
            return
        together: dict[Any, list[int]] = {}
        for row in map(int, rows):
            together.setdefault(_mark(self._values[row]), []).append(row)
        while together:  # let go of each as it is given out: its picture lives as long as its groups
            yield from sliced(together.pop(next(iter(together))), most)

    def together(self, row: int) -> np.ndarray:
        """Return the rows that are crops of the same picture as a row's, and the row itself: int64 (k,), ascending."""
        pictures = self.pictures
        return np.array([row], dtype=np.int64) if pictures is None else np.flatnonzero(pictures == pictures[row])

    @property
    def pictures(self) -> np.ndarray | None:
        """int64 (n,), a number for each row's picture, from 0 on; None where no two rows are crops of one."""
        if self._crops.boxes is not None and (self._numbers is None or len(self._numbers) < len(self)):
            ids: dict[Any, int] = {}
            self._numbers = np.array([ids.setdefault(_mark(value), len(ids)) for value in self._values], dtype=np.int64)
        return self._numbers

    def box(self, row: int) -> tuple[float, float, float, float] | None:
        """Return x, y, width, height of a row's box in pixels, without the margin, or None."""
        return self._crops.box(row)

    def original(self, row: int, whole: bool = False) -> Original:
        """Return a row's picture in full, as a browser can show it.

        Parameters
        ----------
        row : int
            Position.
        whole : bool
            The whole picture, where the row is a crop of it.

        Returns
        -------
        Original
            The file itself and its MIME type where browsers show it as it is, else a JPEG; and how large it is in full.

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        if whole or self.box(row) is None:
            data = self._encoded(row)
            if data and (shown := as_it_is(data)):
                return shown
            return as_jpeg(*self._decode(row, lambda w, h: min(1.0, ORIGINAL_PX / max(w, h))))
        picture = self.load(row)
        return as_jpeg(picture, picture.size)

    def key(self, row: int) -> bytes:
        """Return what identifies a row's picture: 16 bytes.

        Paths are identified by path, size and modification time, remote ones by what their file system says of
        them, anything else by its content; crops also by their box. Unreadable rows have a key too.
        """
        try:
            known = self._identity(row)
        except Exception:  # noqa: BLE001 - whatever a value stumbles over; why is said when it is read
            known = None
        mark = hashlib.blake2b(known or f"unusable|{row}".encode(), digest_size=KEY_BYTES)
        if self._crops.boxes is not None:
            mark.update(b"|box" + self._crops.boxes[row].tobytes() + np.float64(self._crops.margin).tobytes())
        return mark.digest()

    def _identity(self, row: int) -> bytes | None:
        value, path = self._values[row], self._source(row)
        if path is None:
            return identity.of_value(value, self._pil_lock)
        frame = frame_of(value) if isinstance(value, Image.Image) else 0
        return identity.of_file(path) + (f"|frame {frame}".encode() if frame else b"")

    def unchanged(self, row: int, key: bytes) -> bool:
        """Tell whether a file is still the one that a key was taken of; what is no local file counts as unchanged."""
        path = self._source(row)
        return path is None or remote.is_url(path) or self.key(row) == key

    def keys(
        self, cancel: threading.Event | None = None, rows: Sequence[int] | np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the keys of some rows, of all if None, or None if cancelled meanwhile.

        Returns
        -------
        numpy.ndarray
            uint8 (k, 16).
        """
        rows = range(len(self)) if rows is None else [int(row) for row in rows]
        if remote.any_urls((self._values[row] for row in rows), self._dir):
            from ..pool import run

            known: dict[int, bytes] = {}
            for row, key in run(self.key, rows, threads=remote.THREADS, cancel=cancel):
                # one that cannot be known is like no other
                known[row] = key if isinstance(key, bytes) else os.urandom(KEY_BYTES)
            if cancel is not None and cancel.is_set():
                return None
            found = [known[row] for row in rows]
        else:
            found = []
            for number, row in enumerate(rows):
                found.append(self.key(row))
                if cancel is not None and number % 1024 == 0 and cancel.is_set():
                    return None
        return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(len(rows), KEY_BYTES)

    @property
    def threads(self) -> int | None:
        """How many threads suit these images: many where each is waited for, else as many as there are processors.

        More only take Python's lock from each other: on two processors, two threads made thumbnails of 2,180 photos of
        400 px a second, three 2,050, four 1,910 (the best of three each).
        """
        return remote.THREADS if remote.any_urls(self._values[:100], self._dir) else None

    def where(self, row: int) -> str | None:
        """Return the path or URL of the file that is a row's picture, as it is spelled there.

        None where its image is in memory, or is a later frame of a file.
        """
        path = self._source(row)
        if path is None or (isinstance(value := self._values[row], Image.Image) and frame_of(value)):
            return None
        if path.isascii() or remote.is_url(path) or os.path.lexists(path):
            return path
        return spelled_as_on_disk(path)

    def _source(self, row: int) -> str | None:
        """Return the path or URL that a row is read from, as the table has it, or None where its image is in memory."""
        value = self._values[row]
        if isinstance(value, str):
            return value if remote.is_url(value) else joined(self._dir, value)
        if isinstance(value, os.PathLike):
            return joined(self._dir, os.fsdecode(value))
        return os.fsdecode(value.filename) if still_a_file(value) else None

    def _encoded(self, row: int) -> bytes | None:
        """Return the encoded file behind a row, or None where there is none or it is too large to pass on."""
        value, path = self._values[row], self._source(row)
        if isinstance(value, BYTES):
            return as_bytes(value)
        if path is None or (isinstance(value, Image.Image) and frame_of(value)):
            return None
        try:
            if remote.is_url(path):
                data = remote.read(path)
            else:
                with open_file(path) as file:
                    data = file.read(ORIGINAL_BYTES + 1)
        except OSError as error:
            raise ImageError(explain(error)) from error
        return data if 0 < len(data) <= ORIGINAL_BYTES else None

    def _decode(self, row: int, scale: Any) -> Decoded:
        """Decode the whole picture behind a row, at the scale that is fine enough."""
        try:
            with self._opened(row) as image:
                return decode(image, scale)
        except ImageError:
            raise
        except Exception as error:  # decoders of damaged files raise whatever they stumble over
            raise ImageError(explain(error)) from error

    @contextlib.contextmanager
    def _opened(self, row: int) -> Iterator[Image.Image]:
        value, path = self._values[row], self._source(row)
        if isinstance(value, Image.Image):
            with contextlib.ExitStack() as stack:
                image = stack.enter_context(open_picture(path)) if path is not None else None
                yield image if image is not None and at_frame(image, value) else self._users_own(value)
        elif path is not None and remote.is_url(path):
            with open_picture(_not_empty(remote.read(path))) as image:
                yield image
        elif path is not None:
            with open_picture(path) as image:
                yield image
        elif isinstance(value, BYTES):
            with open_picture(_not_empty(as_bytes(value))) as image:
                yield image
        elif isinstance(value, np.ndarray):
            yield from_array(value)
        else:
            raise ImageError(_no_image(value))

    def _users_own(self, image: Image.Image) -> Image.Image:
        """Return an image of the user's, loaded, so that it can be handed out."""
        with self._pil_lock, quietly():
            load(image)
        if not (image.width and image.height):
            raise ImageError("empty: it has no pixels")
        copy = image.copy() if image.mode == "RGB" else image  # the caller's own image is not handed out
        copy.format = image.format
        return copy


def _name(row: int, value: Any) -> str:
    return str(value) if isinstance(value, (str, os.PathLike)) else f"image {row}"


def _mark(value: Any) -> Any:
    """Return what two rows have in common that show one picture: its path, or the object itself."""
    return value if isinstance(value, (str, os.PathLike)) else id(value)


def _no_image(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "no image: the value is missing"
    return f"not an image: a value of type {type(value).__name__}"


def _not_empty(data: bytes) -> bytes:
    if not len(data):
        raise ImageError("empty file (0 bytes)")
    return data
