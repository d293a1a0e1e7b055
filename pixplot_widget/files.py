"""How files are written, and somebody else's opened.

They are written aside first and then put in place, so that what stands under a name is always whole.
"""

from __future__ import annotations

import contextlib
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

__all__ = ["Inside", "open_regular", "put_in_place", "written_aside"]

SUFFIX = ".part"

MOST_BYTES = 4_000_000_000
"""Of a file that is read whole; annotations of a million pictures have a quarter."""


def open_regular(path: str | os.PathLike) -> IO[bytes]:
    """Open somebody else's file to read it whole: a named pipe would be waited for, and a device read, without end.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read; it is a folder, or no regular file; or it is too large.

    Examples
    --------
    >>> import tempfile
    >>> open_regular(tempfile.gettempdir())
    Traceback (most recent call last):
    ...
    IsADirectoryError: ... is a folder; a file is expected
    """
    path = os.path.expanduser(path)
    _check_regular(path, os.stat(path))
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_regular(path, os.fstat(descriptor))  # another may stand in its place by now
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _check_regular(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(f"{path} is a folder; a file is expected")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is not a regular file")
    if status.st_size > MOST_BYTES:
        raise OSError(f"{path} has {status.st_size / 1e9:.1f} GB, which is too much to be read")


@contextlib.contextmanager
def written_aside(path: str | os.PathLike, mode: str = "wb", *, replace: bool = True, **how: Any) -> Iterator[IO[Any]]:
    """Open a file to write; it gets its name at the end of the block, once all of it is on disk.

    If anything is raised in the block, Ctrl-C included, nothing is left behind and what stood under the name before is
    untouched. If the process is killed, a hidden file ending in ``.part`` may be left, and nothing else.

    Parameters
    ----------
    path : path-like
        The file. A link is followed, so that what it points to is replaced; a device or a pipe is written directly.
    mode : {"wb", "w"}
        Bytes or text.
    replace : bool
        Whether a file of that name may be replaced. If not, `FileExistsError` is raised where there is one.
    **how
        As for `open`, such as ``encoding`` and ``newline``. Text is UTF-8 unless something else is said.

    Yields
    ------
    file object

    Raises
    ------
    FileNotFoundError
        The folder does not exist.
    FileExistsError
        There is a file of that name, and `replace` is False.
    OSError
        It cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> with written_aside(path, "w") as file:
    ...     _ = file.write("whole")
    ...     path.exists()
    False
    >>> path.read_text()
    'whole'
    """
    if "b" not in mode:
        how.setdefault("encoding", "utf-8")
    path = Path(path).expanduser()
    if replace:
        path = path.resolve()
        if path.exists() and not path.is_file():
            with path.open(mode, **how) as file:
                yield file
            return
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name!r} to")
    aside = path.with_name(f".{uuid.uuid4().hex}{SUFFIX}")  # a long name leaves no room for more
    try:
        with aside.open(mode.replace("w", "x"), **how) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            if path.exists():
                aside.chmod(stat.S_IMODE(path.stat().st_mode) & 0o777)
            aside.replace(path)
        else:
            put_in_place(aside, path)
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def put_in_place(source: Path, target: Path) -> None:
    """Rename a file to a name that must be free.

    Raises
    ------
    FileExistsError
        It is not.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a disk without links: the name is looked at first, which another process may use in between
        if os.path.lexists(target):
            raise FileExistsError(f"{str(target)!r} is there already") from None
        os.rename(source, target)
    else:
        source.unlink()


def _sync_folder(folder: Path) -> None:
    """Put the new name on disk too, where folders can be opened for that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Inside:
    """What lies below a folder once all links are followed.

    Parameters
    ----------
    folder : str
        The folder, which may itself be a link.

    Attributes
    ----------
    folder : str
        As it was given.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> inside = Inside(folder)
    >>> inside.holds(f"{folder}/a.png"), inside.holds(f"{folder}/../a.png")
    (True, False)
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._root = os.path.realpath(folder)
        self._parents: dict[str, str] = {}  # many files lie in few folders

    def holds(self, path: str, itself: bool = False) -> bool:
        """Whether a path leads below the folder; False for one that no file can have.

        `itself`: of a link, whether the link lies there, wherever it leads.
        """
        parent, name = os.path.split(path)
        try:
            if parent not in self._parents:
                self._parents[parent] = os.path.realpath(parent)
            real = os.path.join(self._parents[parent], name)
            if name in ("", ".", "..") or (not itself and os.path.islink(real)):
                real = os.path.realpath(real)
            return os.path.commonpath([self._root, real]) == self._root
        except (OSError, ValueError):  # a null character, another drive, links in a circle
            return False
