"""A folder that has one sub-folder a class, as people keep them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from PIL import Image

from ..packing import sendable
from ..values import text_column

__all__ = ["IMAGE_SUFFIXES", "existing_folder", "from_folder"]

IMAGE_SUFFIXES = {
    *(".avif", ".bmp", ".dib", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg"),
    *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"),
}
"""Of images whatever Pillow was built with: what it cannot read is reported."""

_NO_PHOTOS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"}
"""Formats that Pillow tells from others but reads by a program of the system's or not at all."""

_KEPT_BY_SYSTEMS = {
    *("__MACOSX", "@eaDir", "#recycle", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN"),
    *("System Volume Information", "lost+found", "Thumbs.db", "desktop.ini", "Icon\r"),
}


def from_folder(path: str | os.PathLike) -> pd.DataFrame:
    """Read a folder that has one sub-folder a class.

    Parameters
    ----------
    path : path
        The folder. Images right in it are unlabeled; those anywhere below a sub-folder have its name as label. Links
        to folders are followed, but not in circles. Passed over are hidden files and folders, those that file
        managers and servers keep for themselves (``__MACOSX``, ``@eaDir`` ...), and files that by their suffix are no
        images: whatever Pillow has a reader for is one, so also ``.heic`` once ``pillow_heif`` is registered.

    Returns
    -------
    pandas.DataFrame
        One row an image, unlabeled ones first, then by class and file name: `filename` (absolute path) and
        `category` (None where unlabeled). No file is opened: `PixPlot` reports the unreadable ones.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    OSError
        If the folder or one below it cannot be read: its images would be missing without a word.
    ValueError
        If no image is in it.

    Examples
    --------
    >>> import os, tempfile
    >>> from PIL import Image
    >>> from pixplot_widget import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat", "dog"):
    ...         os.mkdir(os.path.join(folder, name))
    ...         Image.new("RGB", (8, 8)).save(os.path.join(folder, name, "1.png"))
    ...     datasets.from_folder(folder)["category"].tolist()
    ['cat', 'dog']
    """
    root = existing_folder(path)
    suffixes = _suffixes()
    found = [
        (parts, parts[0] if len(parts) > 1 else None)
        for parts in _files_below(root)
        if os.path.splitext(parts[-1])[1].lower() in suffixes
    ]
    if not found:
        raise ValueError(
            f"No image is in {root}. Expected one sub-folder a class, such as {root.name}/cat/1.jpg, "
            f"with files that end in {', '.join(sorted(IMAGE_SUFFIXES))}"
        )
    found.sort(key=lambda image: (image[1] is not None, image[0]))
    return pd.DataFrame(
        {
            "filename": text_column(str(root.joinpath(*parts)) for parts, _ in found),
            "category": text_column(label for _, label in found),
        }
    )


def _suffixes() -> set[str]:
    """Suffixes of what Pillow and its plugins open, as it is registered now."""
    known = Image.registered_extensions().items()
    return IMAGE_SUFFIXES | {suffix.lower() for suffix, kind in known if kind in Image.OPEN and kind not in _NO_PHOTOS}


def _files_below(root: Path) -> Iterator[tuple[str, ...]]:
    """Give the files below a folder as parts of their path; no folder is looked into twice for one class."""
    seen: dict[str, set[tuple[int, int]]] = {}  # by class: folders by device and number, whatever link leads there
    waiting: list[tuple[str, ...]] = [()]
    above = {_mark(folder) for folder in root.resolve().parents}
    while waiting:
        parts = waiting.pop()
        here = root.joinpath(*parts)
        visited = seen.setdefault(parts[0] if parts else "", set())
        try:
            mark = _mark(here)
            if mark in visited or mark in above or (parts and mark == _mark(root)):
                continue
            visited.add(mark)
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name in _KEPT_BY_SYSTEMS:
                        continue
                    if _is_folder(entry):
                        waiting.append((*parts, entry.name))
                    else:
                        yield (*parts, entry.name)
        except OSError as error:
            raise OSError(
                f"The folder {sendable(str(here))} cannot be read ({error.strerror or error}), and without it images "
                "would be missing; give yourself the right to read it, or move it away"
            ) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, say: a file that will be found unreadable
        return False


def _mark(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def existing_folder(path: str | os.PathLike) -> Path:
    """Give the absolute path of a folder.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    """
    folder = Path(path).expanduser().absolute()
    if not folder.exists():
        raise FileNotFoundError(f"There is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; a folder is expected")
    return folder
