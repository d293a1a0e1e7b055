"""An error at any line of the package: what is left then?"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pixplot_widget

PACKAGE = str(Path(pixplot_widget.__file__).parent)


class Breaking:
    """Raises once, in this thread, when so many different lines of the package have been run.

    Parameters
    ----------
    after : int
        How many.
    error : BaseException
        What is raised.
    """

    def __init__(self, after: int, error: BaseException) -> None:
        self.lines: dict[tuple[str, int], None] = {}
        self.broke = False
        self._after = after
        self._error = error

    def __call__(self, frame: FrameType, event: str, _arg: Any) -> Callable | None:
        name = frame.f_code.co_filename
        if not name.startswith(PACKAGE) or self.broke:
            return None
        # After the last line of "with", and of a generator that is closed, Python runs a line in which no error counts.
        text = linecache.getline(name, frame.f_lineno).strip()
        if event == "line" and not text.startswith(("with ", "yield", "finally", "try")):
            self.lines[name, frame.f_lineno] = None
            if len(self.lines) > self._after:
                self.broke = True
                raise self._error
        return self

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Break what is done in here; the error itself goes no further."""
        sys.settrace(self)
        try:
            yield
        except type(self._error) as error:
            if error is not self._error:
                raise
        finally:
            sys.settrace(None)
