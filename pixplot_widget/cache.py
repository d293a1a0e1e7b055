"""The cache on disk: thumbnails and layouts that were made once are there at once the next time.

Everything in it can be made again, so it may be deleted at any time, by anyone. Entries are named by their content
(`key`), built aside in `tmp/` and renamed into place: another process sees a whole entry or none, and a kill leaves
only rubbish in `tmp/`, which is swept. The least recently used entries go when the size bound is passed.

Its folders are 0700 and its files 0600 whatever the umask: thumbnails show pictures that perhaps only their owner may
read. A cache is one user's; a folder that is another's, or a link, is left alone, and everything works without. So
`PIXPLOT_WIDGET_CACHE` may name a folder that several users share only if each has one of their own in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from .private import NotPrivateError, narrow, open_own, own_folder, refuse_others

__all__ = ["Cache", "CacheInfo", "clear", "info"]

FOLDER_VARIABLE = "PIXPLOT_WIDGET_CACHE"
LIMIT_VARIABLE = "PIXPLOT_WIDGET_CACHE_LIMIT"
DEFAULT_LIMIT = 5_000_000_000

KINDS = ("thumbnails", "layouts")
_NAMES = {*KINDS, "datasets", "tmp"}  # all that a cache's folder holds
STALE_SECONDS = 3600.0  # what lies in tmp/ longer than this was left there by a kill
_DIGEST = hashlib.blake2b(digest_size=16).digest_size


class CacheInfo(NamedTuple):
    """What the cache holds.

    Attributes
    ----------
    folder : pathlib.Path
        Where it lies. The environment variable `PIXPLOT_WIDGET_CACHE` moves it.
    bytes : int
        What it takes on disk.
    limit : int
        The bound on `bytes`. The environment variable `PIXPLOT_WIDGET_CACHE_LIMIT` sets it, in bytes.
    thumbnails, layouts : int
        Number of entries: one a set of images, one a projection.
    """

    folder: Path
    bytes: int
    limit: int
    thumbnails: int
    layouts: int


def info() -> CacheInfo:
    """Say where the cache lies and how large it is.

    Returns
    -------
    CacheInfo

    Examples
    --------
    >>> import pixplot_widget
    >>> pixplot_widget.cache.info().limit > 0
    True
    """
    return Cache().info()


def clear() -> int:
    """Delete every thumbnail and layout in the cache.

    Plots that are open keep working: on Linux and macOS a deleted file lives while it is mapped, and on Windows a
    file in use is left where it is.

    Returns
    -------
    int
        Bytes freed.
    """
    return Cache().clear()


class Cache:
    """A folder of entries with a bound on its size.

    Parameters
    ----------
    folder : path, optional
        Default: `$PIXPLOT_WIDGET_CACHE`, else the user's cache directory as the operating system has it.
    limit : int, optional
        Bytes. Default: `$PIXPLOT_WIDGET_CACHE_LIMIT`, else 5 GB.

    Raises
    ------
    ValueError
        If the environment's limit is not a whole number of bytes.
    """

    def __init__(self, folder: str | os.PathLike | None = None, limit: int | None = None):
        self.folder = Path(folder) if folder is not None else _default_folder()
        self.limit = _default_limit() if limit is None else limit

    def path(self, kind: str, key: str) -> Path:
        """Return where the entry of this name lies, or would lie."""
        return self.folder / kind / key

    def scratch(self) -> Path:
        """Return the folder for files that live only as long as their process, making it where needed.

        Where the cache is somebody else's, it is the system's.
        """
        try:
            return self._own("tmp")
        except NotPrivateError:
            return Path(tempfile.gettempdir())  # files in it are private one by one

    def entry(self, kind: str, key: str) -> Path | None:
        """Return where the entry of this name lies, or None where there is none.

        Raises
        ------
        NotPrivateError
            If it, or the folder, is somebody else's, or a link: then it is not to be believed.
        """
        path = self.path(kind, key)
        try:
            refuse_others(self.folder)
            refuse_others(path.parent)
            refuse_others(path)
        except FileNotFoundError:
            return None
        return path

    def _own(self, name: str) -> Path:
        """Make a folder of the cache's, private as all of it is, and return it."""
        own_folder(self.folder, _NAMES)
        return own_folder(self.folder / name)

    def used(self, path: Path) -> None:
        """Note that an entry is in use now: it will be among the last to go."""
        with contextlib.suppress(OSError):  # a read-only cache is still worth reading
            os.utime(path)

    def create(self, kind: str, key: str, build: Callable[[Path], None], need: int) -> Path:
        """Build an entry aside and move it into place.

        Parameters
        ----------
        kind, key : str
            Its name.
        build : callable
            Given a path that does not exist yet, makes the file or folder there.
        need : int
            Bytes it will take in the end: older entries make room for it.

        Returns
        -------
        pathlib.Path
            The entry: this one, or that of another process that was quicker.

        Raises
        ------
        OSError
            If the disk has no room for it or the folder cannot be written; `NotPrivateError` if it is somebody else's.
        """
        target = self._own(kind) / key
        self.make_room(need)
        aside = Path(tempfile.mkdtemp(dir=self._own("tmp")))
        try:
            build(aside / key)
            narrow(aside / key)
            try:
                os.replace(aside / key, target)
            except OSError:
                if not os.path.lexists(target):
                    raise
                refuse_others(target)  # a folder another process has just put there cannot be replaced, nor need be
        finally:
            _delete(aside)
        return target

    def discard(self, path: Path) -> None:
        """Take an entry out at once: it leaves its place by a rename, so nobody finds half of it."""
        with contextlib.suppress(OSError):  # gone already, or in use on Windows
            self._own(path.parent.name)
            grave = Path(tempfile.mkdtemp(dir=self._own("tmp")))
            try:
                os.replace(path, grave / "entry")
            finally:
                _delete(grave)

    def entries(self, kind: str) -> list[Path]:
        """Return the entries of a kind, most recently used first."""
        return [path for path, _, _ in sorted(self._scan(kind), key=lambda entry: -entry[1])]

    def make_room(self, need: int = 0) -> None:
        """Drop least recently used entries until `need` more bytes fit within the limit and on the disk.

        Raises
        ------
        OSError
            If the disk is too full even so.
        """
        if not self._is_own(self.folder):
            return
        self._sweep()
        found = sorted((e for kind in KINDS for e in self._scan(kind)), key=lambda entry: entry[1])
        total = sum(size for _, _, size in found)
        for path, _, size in found:
            if total + need <= self.limit and self._free() >= need:
                break
            self.discard(path)
            total -= size
        free = self._free()
        if free < need:
            raise OSError(
                f"the disk of {self.folder} is full: {need / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free"
            )

    def save_array(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keep a small array under a name.

        Raises
        ------
        OSError
            If it cannot be written.
        """

        def build(path: Path) -> None:
            with open(path, "w+b") as file:
                file.write(bytes(_DIGEST))
                np.save(file, array, allow_pickle=False)
                file.flush()
                mark = _digest(file)
                file.seek(0)
                file.write(mark)
                file.flush()
                os.fsync(file.fileno())

        self.create(kind, key, build, array.nbytes + 256)

    def load_array(self, kind: str, key: str) -> np.ndarray | None:
        """Return the array kept under a name, or None. A damaged file is taken out and counts as none."""
        try:
            path = self.entry(kind, key)
            if path is None:
                return None
            with open_own(path) as file:
                if _digest(file) == file.read(_DIGEST):
                    self.used(path)
                    return np.load(file, allow_pickle=False)
        except OSError:
            return None
        except ValueError:  # whole, and no array
            pass
        self.discard(path)
        return None

    def info(self) -> CacheInfo:
        """Say where the cache lies and how large it is."""
        found = {kind: list(self._scan(kind)) for kind in KINDS}
        total = sum(size for entries in found.values() for _, _, size in entries)
        return CacheInfo(self.folder, total, self.limit, len(found["thumbnails"]), len(found["layouts"]))

    def clear(self) -> int:
        """Delete every entry; return the bytes freed. What is somebody else's stays."""
        before = self.info().bytes
        for kind in KINDS:
            for path in self.entries(kind):
                self.discard(path)
        self._sweep()
        return before - self.info().bytes

    def _scan(self, kind: str) -> Iterator[tuple[Path, float, int]]:
        """Yield (path, time of last use, bytes on disk) of each entry."""
        try:
            refuse_others(self.folder)
            refuse_others(self.folder / kind)
            found = list(os.scandir(self.folder / kind))
        except OSError:
            return
        for entry in found:
            with contextlib.suppress(OSError):  # another process may take it out while it is looked at
                yield Path(entry.path), entry.stat().st_mtime, _size(Path(entry.path))

    def _is_own(self, folder: Path) -> bool:
        """Tell whether a folder is this user's, or yet to be made."""
        try:
            refuse_others(folder)
        except NotPrivateError:
            return False
        except OSError:
            return True
        return True

    def _free(self) -> int:
        own_folder(self.folder, _NAMES)
        return shutil.disk_usage(self.folder).free

    def _sweep(self) -> None:
        """Delete what kills have left in tmp/."""
        with contextlib.suppress(OSError):
            refuse_others(self.folder / "tmp")
            for entry in list(os.scandir(self.folder / "tmp")):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > STALE_SECONDS:
                    _delete(Path(entry.path))


def _default_folder() -> Path:
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("pixplot_widget"))


def _default_limit() -> int:
    chosen = os.environ.get(LIMIT_VARIABLE)
    if not chosen:
        return DEFAULT_LIMIT
    try:
        limit = int(float(chosen))
    except (ValueError, OverflowError):
        limit = -1
    if limit < 0:
        raise ValueError(f"{LIMIT_VARIABLE} is a number of bytes, such as 5e9; it is {chosen!r}")
    return limit


def _digest(file: IO[bytes]) -> bytes:
    """Return the mark of what follows the place of the mark, read piece by piece, and go back to the start."""
    mark = hashlib.blake2b(digest_size=_DIGEST)
    file.seek(_DIGEST)
    while piece := file.read(1 << 20):
        mark.update(piece)
    file.seek(0)
    return mark.digest()


def _size(path: Path) -> int:
    """Return the bytes a file or folder really takes: the files of thumbnails are sparse until they are filled."""
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        return sum(_size(Path(entry.path)) for entry in os.scandir(path))
    return getattr(status, "st_blocks", -(-status.st_size // 512)) * 512


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
