"""How long something takes beside something else in the same run: what a slow or a busy machine does to both."""

from __future__ import annotations

import time
from collections.abc import Callable


def quickest(act: Callable[[], object], times: int = 5) -> float:
    """Return the least processor time, in seconds, that this thread took for `act`."""
    taken = []
    for _ in range(times):
        start = time.thread_time()
        act()
        taken.append(time.thread_time() - start)
    return min(taken)
