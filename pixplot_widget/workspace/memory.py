"""How a picture was looked at, kept beside the journal for the next time.

A journal is handed on with the file beside it, so what it holds is data and no more: nothing in it is run, and a
damaged one takes neither time nor memory, and ends in a warning.
"""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..edits.changes import words
from ..errors import MISTAKES
from ..facets.conditions import brief
from ..files import written_aside

__all__ = ["Memory", "memory_path"]

MOST_BYTES = 64_000_000
"""Of a file that is read: that of a million rows, all in hotspots and under review, has a tenth."""

STILL_SECONDS = 1.0
"""Nothing is written before there was no change for so long."""


def memory_path(journal: str | Path) -> Path:
    """Say where the state of a journal's widget is kept.

    Examples
    --------
    >>> memory_path("work/edits.jsonl").name
    'edits.jsonl.view.json'
    """
    path = Path(journal)
    return path.with_name(path.name + ".view.json")


class Memory:
    """Writes a state to a file once it has been still for a moment; without a path it does nothing.

    Parameters
    ----------
    path : Path or None
        The file.
    state : callable
        Gives the state as it is then.

    Examples
    --------
    >>> Memory(None, dict).load() is None
    True
    """

    def __init__(self, path: Path | None, state: Callable[[], dict[str, Any]]) -> None:
        self._path = path
        self._state = state
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def load(self) -> dict[str, Any] | None:
        """Read what was kept; None where nothing was, or where it cannot be read, of which there is a warning."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            kept = self._read()
        except (OSError, ValueError, RecursionError) as error:
            said = "it lies too deep" if isinstance(error, RecursionError) else error
            warnings.warn(f"how the picture was looked at last could not be read: {said}", stacklevel=3)
            return None
        return kept

    def _read(self) -> dict[str, Any]:
        with self._path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        kept = json.loads(data.decode("utf-8"))
        if not isinstance(kept, dict):
            raise ValueError(f"it holds {brief(kept)}, which is no state")
        return kept

    def touch(self) -> None:
        """Something changed: write it soon."""
        if self._path is None:
            return
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(STILL_SECONDS, self._write)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Write now what is still to be written."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._write()

    def _write(self) -> None:
        with self._lock:
            self._timer = None
        # The picture is not worth stopping the work for: edits are kept elsewhere. A frame that has other rows by now
        # cannot say which of them the filter lets pass.
        try:
            state = json.dumps(self._state(), indent=1)
            with written_aside(self._path, "w") as file:
                file.write(state)
        except (OSError, *MISTAKES) as error:
            warnings.warn(f"how the picture is looked at could not be kept: {words(error)}", stacklevel=2)
