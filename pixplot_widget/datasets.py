"""Image sets as PixPlot takes them: one that comes with the package, and readers for folders as people keep them."""

from __future__ import annotations

import hashlib
import os
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from .cache import FOLDER_VARIABLE, Cache

__all__ = ["from_folder", "from_pixplotml", "load_emoji"]

_CELL = 64  # px: side of an emoji in the sheet
_UNPACKED_BYTES = 20_000_000  # 1,906 small files, each rounded up to whole disk blocks

IMAGE_SUFFIXES = {
    *(".avif", ".bmp", ".dib", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg"),
    *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"),
}


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
    static = resources.files(__package__) / "static"
    table, sheet = static / "emoji.csv", static / "emoji.webp"
    if not (table.is_file() and sheet.is_file()):
        raise FileNotFoundError(
            "The emoji sheet is not built. In a checkout run: pip install -e . (with no PIXPLOT_WIDGET_SKIP_JS set)"
        )
    with table.open(encoding="utf-8") as file:
        stamp = file.readline()
        df = pd.read_csv(file, keep_default_na=False)
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
    from .images.opening import open_picture

    folder.mkdir()
    with open_picture(sheet) as image:
        picture = image.convert("RGB")
    columns = picture.width // _CELL
    for k, name in enumerate(names):
        left, top = k % columns * _CELL, k // columns * _CELL
        # A low compression level: twice as fast to write for a tenth more bytes.
        picture.crop((left, top, left + _CELL, top + _CELL)).save(folder / name, compress_level=3)


def from_folder(path: str | os.PathLike) -> pd.DataFrame:
    """Read a folder that has one sub-folder a class.

    Parameters
    ----------
    path : path
        The folder. Images right in it are unlabelled; those anywhere below a sub-folder have its name as label. Hidden
        files and folders, and files that are no images by their suffix, are passed over.

    Returns
    -------
    pandas.DataFrame
        One row an image, unlabelled ones first, then by class and file name: `filename` (absolute path) and
        `category` (None where unlabelled). No file is opened: `PixPlot` reports the unreadable ones.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
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
    root = _existing_folder(path)
    found: list[tuple[tuple[str, ...], str | None]] = []
    for here, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        parts = Path(here).relative_to(root).parts
        found += [
            ((*parts, name), parts[0] if parts else None)
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES
        ]
    if not found:
        raise ValueError(
            f"No image is in {root}. Expected one sub-folder a class, such as {root.name}/cat/1.jpg, "
            f"with files that end in {', '.join(sorted(IMAGE_SUFFIXES))}"
        )
    found.sort(key=lambda image: (image[1] is not None, image[0]))
    return pd.DataFrame(
        {
            "filename": [str(root.joinpath(*parts)) for parts, _ in found],
            "category": [label for _, label in found],
        }
    )


def from_pixplotml(folder: str | os.PathLike) -> tuple[pd.DataFrame, np.ndarray | None]:
    r"""Read a folder as PixPlotML lays it out: metadata.csv, images/ and image_vectors.npy.

    Parameters
    ----------
    folder : path
        Where those three lie. metadata.csv has one row an image, in the order of the vectors, and at least a column
        `filename`; others that PixPlot knows by name are `category`, `tags` (with "|" between them), `description`,
        `permalink`, `year`, `lat` and `lng`. As in PixPlotML, a column `blob_path` says where below images/ the
        file lies if that is not its `filename`, and capitals in column names do not count.

    Returns
    -------
    df : pandas.DataFrame
        metadata.csv with `filename` as absolute path. Labels stay text, also those that look like numbers or like
        missing values ("007", "NA"); an empty field is a missing value.
    vectors : float (n, d) or None
        image_vectors.npy; None where the folder has none, and then `PixPlot(df, None)` makes its own.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If the folder, its metadata.csv or every single image is missing.
    KeyError
        If metadata.csv has no column `filename`.
    ValueError
        If metadata.csv cannot be read as CSV in UTF-8, has no rows or a row without file name, or the vectors are not
        one row an image.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from PIL import Image
    >>> from pixplot_widget import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.mkdir(os.path.join(folder, "images"))
    ...     Image.new("RGB", (8, 8)).save(os.path.join(folder, "images", "bees.jpg"))
    ...     with open(os.path.join(folder, "metadata.csv"), "w") as file:
    ...         _ = file.write("filename,category,tags\nbees.jpg,yellow,a|b|c\n")
    ...     np.save(os.path.join(folder, "image_vectors.npy"), np.zeros((1, 4), "float32"))
    ...     df, vectors = datasets.from_pixplotml(folder)
    >>> df.loc[0, "category"], vectors.shape
    ('yellow', (1, 4))
    """
    df = pixplotml_table(folder)
    return df, _read_vectors(_existing_folder(folder) / "image_vectors.npy", len(df))


def pixplotml_table(folder: str | os.PathLike) -> pd.DataFrame:
    """Read such a folder without its vectors, which may be of an older table, or not be there yet."""
    root = _existing_folder(folder)
    df = _read_metadata(root / "metadata.csv")
    images = root / "images"
    files = df["blob_path"].fillna(df["filename"]) if "blob_path" in df else df["filename"]
    paths = [str(images / name) for name in files]
    if not any(map(os.path.isfile, paths)):
        raise FileNotFoundError(
            f"None of the {len(paths):,} images that metadata.csv names is there; the first would be {paths[0]}"
        )
    return df.assign(filename=paths)


def _existing_folder(path: str | os.PathLike) -> Path:
    folder = Path(path).expanduser().absolute()
    if not folder.exists():
        raise FileNotFoundError(f"There is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; a folder is expected")
    return folder


def _read_metadata(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}: PixPlotML keeps its table of images under that name")
    text = ("filename", "blob_path", "category", "tags", "label", "description", "permalink")
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
        df = pd.read_csv(
            path,
            encoding="utf-8-sig",
            dtype={name: str for name in header if name.strip().lower() in text},
            keep_default_na=False,
            na_values=[""],
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a table of comma-separated values in UTF-8: {error}") from error
    df = df.rename(columns={name: name.strip().lower() for name in df.columns})
    if "filename" not in df:
        raise KeyError(f"{path} has no column 'filename'; it has {', '.join(df.columns)}")
    if df.empty:
        raise ValueError(f"{path} has a header and no rows")
    nameless = np.flatnonzero(df["filename"].isna())
    if len(nameless):
        raise ValueError(f"{path} has rows without a filename: {', '.join(map(str, nameless[:10]))} (counted from 0)")
    return df


def _read_vectors(path: Path, n: int) -> np.ndarray | None:
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            vectors = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not an array as numpy.save writes it: {error}") from error
    if vectors.ndim != 2 or len(vectors) != n:
        raise ValueError(
            f"{path} has shape {vectors.shape}; expected ({n}, d), a row for each of the {n:,} in metadata.csv"
        )
    return vectors
