"""Folders and files that only their user may read or change, on a machine that others use too.

What is kept shows what was looked at, and what is read back is believed, so neither may be somebody else's: folders are
0700 and files 0600, an owner is looked at before anything is believed, and links are not followed. On Windows a user's
folders are private as they are.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import IO

__all__ = ["NotPrivateError", "narrow", "open_own", "own_folder", "refuse_others"]

_POSIX = os.name == "posix"


class NotPrivateError(OSError):
    """A folder or file is somebody else's, or a link to another, so it is neither believed nor written to."""


def refuse_others(path: Path) -> os.stat_result:
    """Return what is known of a file or folder.

    Raises
    ------
    NotPrivateError
        If it is a link, or not this user's.
    OSError
        If it is not there.
    """
    status = path.lstat()
    _check(path, status)
    return status


def _check(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise NotPrivateError(f"{path} is a link to another place, which is not followed")
    if _POSIX and status.st_uid != os.geteuid():
        raise NotPrivateError(f"{path} belongs to another user of this machine")


def own_folder(path: Path, mine: Collection[str] | None = None) -> Path:
    """Make a folder, where needed, that only this user can look into, and return it.

    Parameters
    ----------
    path : pathlib.Path
        The folder. One that is there is narrowed, with all in it, once.
    mine : collection of str, optional
        Names that the folder may hold to be narrowed: of one that holds others, too, only those are made private.

    Raises
    ------
    NotPrivateError
        If it is a link, or somebody else's.
    OSError
        If it cannot be made, or is no folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = own_folder(Path(tempfile.mkdtemp()) / "mine")
    >>> oct(folder.stat().st_mode)[-3:] if _POSIX else "700"
    '700'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    status = refuse_others(path)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"{path} is not a folder")
    if _POSIX and status.st_mode & 0o077:
        if mine is None:
            narrow(path)
        elif set(os.listdir(path)) <= set(mine):
            path.chmod(0o700)
    return path


def narrow(path: Path) -> None:
    """Let nobody else read or change a file, or a folder and all in it. Links, and what others put there, stay."""
    if not _POSIX:
        return
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):  # another process may have taken it out, or it is not ours
                file = Path(folder, name)
                refuse_others(file)
                file.chmod(0o600)
        with contextlib.suppress(OSError):
            refuse_others(Path(folder))
            os.chmod(folder, 0o700)
    if not path.is_dir():
        path.chmod(0o600)


def open_own(path: Path, mode: str = "rb", buffering: int = -1) -> IO[bytes]:
    """Open a regular file of this user's, of whose name no part within its folder is a link.

    Raises
    ------
    NotPrivateError
        If it is somebody else's, or a link.
    OSError
        If it is not there, is no regular file or cannot be opened.
    """
    refuse_others(path)
    access = os.O_RDWR if "+" in mode else os.O_RDONLY
    flags = access | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        _check(path, status)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is not a regular file")
        return open(descriptor, mode, buffering=buffering)
    except BaseException:
        os.close(descriptor)
        raise
