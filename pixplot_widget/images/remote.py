"""Images behind URLs, read through `fsspec` where it is installed: s3://, gs://, https://, zip:// and the like."""

from __future__ import annotations

import contextlib
import io
import os
import re
import threading
import time
from collections.abc import Iterable
from typing import IO, Any

import pandas as pd

from ..pool import GIVE_UP
from .decoding import ImageError, explain
from .local import open_file, regular_file

__all__ = ["THREADS", "any_urls", "check", "identity", "is_url", "read"]

_PROTOCOL = re.compile(
    r"(?:^|::)([\w.+-]+)(?=://|::)"
)  # of a URL, and of those behind it: zip://a.jpg::s3://bucket/all.zip
THREADS = 16  # reading over a network is waiting, so more threads than processors pay
MOST_BYTES = 256_000_000
"""What is read of one URL at most ..."""

SMALL_BYTES = 16_000_000
"""... and what each thread may read without waiting for the others."""

PIECE_BYTES = 1_000_000
SECONDS = GIVE_UP  # nobody waits for it any longer
_ONE_LARGE_AT_A_TIME = threading.Lock()
_REFUSED = frozenset(("reference", "generic", "simplecache", "filecache", "blockcache", "cached"))
"""Kinds of URLs that make of a picture's name more than one picture: they run templates, or fill the disk."""

_EXTRA = {"s3a": "s3", "gs": "gcs", "https": "http", "az": "abfs", "ssh": "sftp"}  # protocol → fsspec's extra


def is_url(path: str) -> bool:
    """Tell whether a path names something else than a file of this machine.

    Examples
    --------
    >>> is_url("s3://bucket/a.jpg"), is_url("C:/a.jpg")
    (True, False)
    """
    return "://" in path


def any_urls(values: Iterable[Any], folder: str) -> bool:
    """Tell whether any of a column's values is, or is relative to, a URL."""
    return is_url(folder) or any(isinstance(value, str) and "://" in value for value in values)


def check(values: Iterable[Any], folder: str) -> None:
    """Refuse a table of URLs none of which can be read, before anything is drawn; one among others is a bad row.

    Raises
    ------
    ImportError
        If the package that reads them is missing, with the `pip install` line.
    ValueError
        If nothing reads such URLs.
    """
    wrong: Exception | None = None
    known: dict[tuple[str, ...], Exception | None] = {}
    for value in values:
        if not isinstance(value, (str, os.PathLike)):
            if value is None or isinstance(value, float) or value is pd.NA:
                continue
            return  # a picture
        url = value if isinstance(value, str) and is_url(value) else folder
        protocols = tuple(_PROTOCOL.findall(url)) if is_url(url) else ()
        if protocols not in known:
            known[protocols] = _unreadable(protocols)
        if known[protocols] is None:
            return
        wrong = wrong or known[protocols]
    if wrong is not None:
        raise wrong


def _unreadable(protocols: tuple[str, ...]) -> Exception | None:
    """Return why URLs of these protocols, each behind the one before it, cannot be read; None where they can."""
    if not protocols:
        return None
    refused = sorted(_REFUSED.intersection(protocols))
    if refused:
        return ValueError(
            f"images at {refused[0]}://... are not read: such URLs lead to other files, or copy them without a bound"
        )
    try:
        import fsspec
    except ImportError:
        return ImportError(
            f'images at {protocols[0]}://... are read through fsspec: pip install "pixplot_widget[remote]"'
        )
    for name in protocols:
        try:
            fsspec.get_filesystem_class(name)
        except ImportError as error:
            extra = _EXTRA.get(name, name)
            return ImportError(f'images at {name}://... need: pip install "fsspec[{extra}]" ({error})')
        except ValueError as error:
            return ValueError(f"images at {name}://... cannot be read: {error}")
    return None


def _refuse_unreadable(url: str) -> None:
    if (wrong := _unreadable(tuple(_PROTOCOL.findall(url)))) is not None:
        raise ImageError(f"could not be read: {wrong}")
    if "::" in url and (archive := _on_this_machine(url.rpartition("::")[2])) is not None:
        try:
            regular_file(archive)  # a named pipe would be waited for without end
        except OSError as error:
            raise ImageError(explain(error)) from error


def read(url: str) -> bytes:
    """Return a file's content.

    Whatever is behind a URL (a server that sends without end, an archive that unpacks to terabytes), no more than
    `MOST_BYTES` are read and no longer than `SECONDS`; large files are read one at a time.

    Raises
    ------
    ImageError
        If it cannot be had, or is too large.
    """
    _refuse_unreadable(url)
    import fsspec

    if (path := _on_this_machine(url)) is not None:
        return _read_file(path)
    # in one request, whose answer is taken piece by piece; fsspec's ranges of a file are taken whole
    how = {"block_size": 0} if re.match(r"https?://", url) and "::" not in url else {}
    try:
        with fsspec.open(url, "rb", **how) as file:
            return _bounded(file)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(_why_not_found(error)) from None
    except Exception as error:  # each file system has its own kinds of failure
        raise ImageError(f"could not be read: {error or type(error).__name__}") from error


def _bounded(file: IO[bytes]) -> bytes:
    """Read a file to its end, or say why not."""
    until = time.monotonic() + SECONDS
    size = getattr(file, "size", None)
    found = io.BytesIO()
    with contextlib.ExitStack() as stack:
        while True:
            if max(found.tell(), size if isinstance(size, int) else 0) > MOST_BYTES:
                raise ImageError(f"too large: more than {MOST_BYTES / 1e6:.0f} MB")
            piece = file.read(PIECE_BYTES)
            if not piece:
                return found.getvalue()
            if (
                found.tell() <= SMALL_BYTES < found.tell() + len(piece)
            ):  # sixteen threads with as much would be too much
                if not _ONE_LARGE_AT_A_TIME.acquire(timeout=max(0.0, until - time.monotonic())):
                    raise ImageError(f"took longer than {SECONDS:.0f} s")
                stack.callback(_ONE_LARGE_AT_A_TIME.release)
            found.write(piece)
            if time.monotonic() > until:
                raise ImageError(f"took longer than {SECONDS:.0f} s")


def _on_this_machine(url: str) -> str | None:
    """Return the path that file:///home/me/a.jpg, or the last part of a chain, stands for; None if it is no path."""
    from fsspec.implementations.local import LocalFileSystem

    if "::" in url or (is_url(url) and not re.match(r"(file|local)://", url)):
        return None
    return LocalFileSystem._strip_protocol(url)


def _read_file(path: str) -> bytes:
    try:
        with open_file(path) as file:
            return _bounded(file)
    except OSError as error:
        raise ImageError(explain(error)) from error


def identity(url: str) -> str:
    """Return what changes when the file changes: its size, time and tag, as far as its file system tells.

    Raises
    ------
    ImageError
        If the file cannot be found.
    """
    _refuse_unreadable(url)
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
        return f"{url}|{system.ukey(path)}"
    except FileNotFoundError as error:
        raise ImageError(_why_not_found(error)) from None
    except Exception as error:  # as in `read`
        raise ImageError(f"could not be read: {error or type(error).__name__}") from error


def _why_not_found(error: FileNotFoundError) -> str:
    """Say what is behind it: over HTTP, a server that cannot be reached or refuses is a file that is not found, too."""
    behind = error.__cause__
    status = getattr(behind, "status", None)
    if isinstance(status, int) and status not in (404, 410):
        return f"could not be read: {status} {getattr(behind, 'message', '')}".rstrip()
    if isinstance(behind, OSError) and not isinstance(behind, FileNotFoundError):
        return f"could not be read: {behind}"
    return "no such file"
