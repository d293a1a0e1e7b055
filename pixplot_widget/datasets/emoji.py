"""Image sets as PixPlot takes them: one that comes with the package, and readers for folders as people keep them."""

from __future__ import annotations

import hashlib
import os
from importlib import resources
from pathlib import Path

import pandas as pd

from ..cache import FOLDER_VARIABLE, Cache
from .folder import from_folder
from .pixplotml import from_pixplotml, pixplotml_table

__all__ = ["from_folder", "from_pixplotml", "load_emoji", "pixplotml_table"]

_CELL = 64  # px: side of an emoji in the sheet
_UNPACKED_BYTES = 20_000_000  # 1,906 small files, each rounded up to whole disk blocks


def load_emoji() -> pd.DataFrame:
    """Return Google's Noto emoji: 1,906 small pictures with real metadata, and nothing to download.

    The pictures travel in the wheel as one sheet. The first call writes them out as PNG files of 64 x 64 px into the
    cache directory (`pixplot_widget.cache.info().folder`; about a second, 16 MB); later calls find them there.

    Returns
    -------
    pandas.DataFrame
        One row an emoji, in the order of Unicode's charts:

        - `filename`: absolute path of its PNG
        - `category` (9 values, such as "Food & Drink") and `subcategory` (98)
        - `tags`: its short names, with "|" between them
        - `description`: its name in words
        - `permalink`: its place in Unicode's chart
        - `year`: int64, when the emoji version that has it came out, 2010 to 2024

    Raises
    ------
    FileNotFoundError
        In a checkout that was never built.
    OSError
        If the cache directory cannot be written or the disk is full.

    Notes
    -----
    Noto Emoji is under the Apache License 2.0; names and categories are from Cal Henderson's emoji-data (MIT).

    Examples
    --------
    >>> from pixplot_widget import datasets
    >>> df = datasets.load_emoji()
    >>> len(df), df.loc[0, "category"], df.loc[0, "description"]
    (1906, 'Smileys & Emotion', 'Grinning face')
    """
    static = resources.files("pixplot_widget") / "static"
    table, sheet = static / "emoji.csv", static / "emoji.webp"
    if not (table.is_file() and sheet.is_file()):
        raise FileNotFoundError(
            "The emoji sheet is not built. In a checkout run: pip install -e . (with no PIXPLOT_WIDGET_SKIP_JS set)"
        )
    with table.open(encoding="utf-8") as file:
        stamp = file.readline()
        df = pd.read_csv(file, keep_default_na=False, dtype=str).astype({"year": "int64"})
    folder = _unpack(sheet.read_bytes(), df["filename"].tolist(), hashlib.sha256(stamp.encode()).hexdigest()[:12])
    return df.assign(filename=[str(folder / name) for name in df["filename"]])


def _unpack(sheet: bytes, names: list[str], key: str) -> Path:
    """Write the cells of the sheet as PNG files, unless they are there, and return their folder."""
    cache = Cache()
    folder = cache.path("datasets", f"emoji-{key}")
    try:
        if cache.entry("datasets", folder.name) is not None:
            if set(names) <= set(os.listdir(folder)):
                return folder
            cache.discard(folder)  # somebody has tidied up in it
        return cache.create("datasets", folder.name, lambda aside: _write_cells(sheet, names, aside), _UNPACKED_BYTES)
    except OSError as error:
        raise OSError(
            f"The emoji pictures cannot be written to {folder}: {error}. "
            f"Set the environment variable {FOLDER_VARIABLE} to a folder that can."
        ) from error


def _write_cells(sheet: bytes, names: list[str], folder: Path) -> None:
    from ..images.opening import open_picture

    folder.mkdir()
    with open_picture(sheet) as image:
        picture = image.convert("RGB")
    columns = picture.width // _CELL
    for k, name in enumerate(names):
        left, top = k % columns * _CELL, k // columns * _CELL
        # A low compression level: twice as fast to write for a tenth more bytes.
        picture.crop((left, top, left + _CELL, top + _CELL)).save(folder / name, compress_level=3)
