"""What decoders say of somebody else's picture is kept off the notebook: one small file can say 10,000 things.

Whether a picture can be read, and why not, is said once, in `plot.problems`. Python's warnings, Pillow's log and
libtiff, which writes to the standard error stream by itself, are silenced in the threads that decode and only while
they do, so that what a user's own code does with Pillow meanwhile is heard as before.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

__all__ = ["quietly"]


NOTHING = r"(?!)"
"""The regular expression that no text matches."""


class _Decoding(threading.local):
    """How many pictures the present thread has open."""

    depth = 0
    pattern = NOTHING
    """Of filters, others make copies: scikit-learn for its threads, by this text, and for its processes, by pickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, (NOTHING,)

    def match(self, text: str) -> bool:
        """Stand in for the regular expression of a filter of warnings: whatever is said while decoding matches."""
        return self.depth > 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Stand in for a filter of a log."""
        return self.depth == 0


_DECODING = _Decoding()
_FILTER = ("ignore", _DECODING, Warning, None, 0)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Silence what is said of a picture in the present thread, for as long as the block takes.

    Examples
    --------
    >>> with quietly():
    ...     warnings.warn("Corrupt EXIF data")
    """
    # `warnings.catch_warnings` would change the filters of all threads, and put back older ones over newer ones
    if not (warnings.filters and warnings.filters[0] is _FILTER):
        with contextlib.suppress(ValueError):
            warnings.filters.remove(_FILTER)  # others have come before it
        warnings.filters.insert(0, _FILTER)
    _quiet_libraries()
    _DECODING.depth += 1
    try:
        yield
    finally:
        _DECODING.depth -= 1


@functools.cache
def _quiet_libraries() -> list[Any]:
    """Take the place of the handlers of libtiff and of Pillow's log, once; return what must stay alive for that."""
    logging.getLogger("PIL.TiffImagePlugin").addFilter(_DECODING)
    handler_type = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
    kept: list[Any] = []
    # of Pillow's own copy, found through its module; where it is linked in so that it cannot be found, it is heard
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(Image.core.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            setter = getattr(library, name)
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            before = setter(None)
            if not before:  # nobody hears it anyway
                continue
            handler = handler_type(functools.partial(_hand_on, handler_type(before)))
            setter(ctypes.cast(handler, ctypes.c_void_p))
            kept.append(handler)
    return kept


def _hand_on(tell: Callable[[bytes, bytes, int], None], module: bytes, text: bytes, values: int) -> None:
    """Say what libtiff has to say, unless it is of a picture that is opened here."""
    if _DECODING.depth == 0:
        tell(module, text, values)
