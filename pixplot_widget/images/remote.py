"""Images behind URLs, read through `fsspec` where it is installed: s3://, gs://, https://, zip:// and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .decoding import ImageError

__all__ = ["THREADS", "any_urls", "check", "identity", "is_url", "read"]

_PROTOCOL = re.compile(r"(?:^|::)([\w.+-]+)://")  # of a URL, and of those behind it: zip://a.jpg::s3://bucket/all.zip
THREADS = 16  # reading over a network is waiting, so more threads than processors pay
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
    """Refuse URLs whose package is missing before anything is drawn.

    Raises
    ------
    ImportError
        With the `pip install` line.
    ValueError
        If nothing reads such URLs.
    """
    urls = (value for value in (*values, folder) if isinstance(value, str) and "://" in value)
    found = {name for url in urls for name in _PROTOCOL.findall(url)}
    if not found:
        return
    try:
        import fsspec
    except ImportError:
        example = sorted(found)[0]
        raise ImportError(
            f'images at {example}://... are read through fsspec: pip install "pixplot_widget[remote]"'
        ) from None
    for name in sorted(found):
        try:
            fsspec.get_filesystem_class(name)
        except ImportError as error:
            extra = _EXTRA.get(name, name)
            raise ImportError(f'images at {name}://... need: pip install "fsspec[{extra}]" ({error})') from error
        except ValueError as error:
            raise ValueError(f"images at {name}://... cannot be read: {error}") from None


def read(url: str) -> bytes:
    """Return a file's content.

    Raises
    ------
    ImageError
        If it cannot be had.
    """
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise ImageError(_why_not_found(error)) from None
    except Exception as error:  # each file system has its own kinds of failure
        raise ImageError(f"could not be read: {error or type(error).__name__}") from error


def identity(url: str) -> str:
    """Return what changes when the file changes: its size, time and tag, as far as its file system tells.

    Raises
    ------
    ImageError
        If the file cannot be found.
    """
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
