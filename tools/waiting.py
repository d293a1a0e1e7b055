"""How long tests, and the JupyterLab they drive, wait for something that should come: one limit for all.

What is waited for is a condition, so a limit costs time only where something is wrong. It is generous, since a machine
may be busy with other work; on a very slow one PIXPLOT_WIDGET_PATIENCE=3 makes it three times as long.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["MILLISECONDS", "SECONDS", "wait_until"]

Value = TypeVar("Value")

SECONDS = 300 * float(os.environ.get("PIXPLOT_WIDGET_PATIENCE", "1"))
MILLISECONDS = SECONDS * 1000


def wait_until(
    condition: Callable[[], Value],
    what: str | Callable[[], object] = "it",
    *,
    pause: Callable[[], object] = lambda: time.sleep(0.02),
) -> Value:
    """Return the first true value of a condition.

    Parameters
    ----------
    condition : callable
        Asked again and again.
    what : str or callable
        What is waited for, to be named if it does not come; a callable is asked only then.
    pause : callable
        What is done between two questions.

    Raises
    ------
    AssertionError
        If the condition is not true within `SECONDS`.
    """
    until = time.monotonic() + SECONDS
    while not (value := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {SECONDS:.0f} s: {what() if callable(what) else what}")
        pause()
    return value
