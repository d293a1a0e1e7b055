"""How a projection runs: its turn at the processors, its progress, and the GPU where there is one."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from collections.abc import Callable, Iterator

import numpy as np

from ..neighbors import Cancelled, Space

__all__ = ["ONE_AT_A_TIME", "Steps", "alone", "check_seed", "importable", "on_gpu"]

ONE_AT_A_TIME = threading.Lock()  # two at once would only take each other's processors and memory


class Steps:
    """Tells how far several variants are, as one share."""

    def __init__(self, call: Callable[[str, float], None] | None, variants: int):
        self._call, self._variants = call, variants
        self.variant = 0

    def report(self, stage: str, share: float) -> None:
        """Tell what is being done, and the share of this variant that is done; "" when all is."""
        if self._call is not None:
            self._call(stage, share if not stage else (self.variant + share) / self._variants)


def on_gpu(
    space: Space, k: int, min_dist: float, codes: np.ndarray | None, start: np.ndarray, seed: int | None
) -> np.ndarray:
    """Let cuml do it, on vectors in which Euclidean distance, its default, ranks as the metric does.

    What is used of it is what its documentation promises of `cuml.UMAP` (26.08): keywords, `init` as an array, numpy
    out where numpy went in, and of `y` that -1 is unlabeled. It has been run against a stand-in with that signature
    only: there was no GPU to run it on.

    Raises
    ------
    ImportError, RuntimeError, MemoryError
        If cuml is installed but finds no GPU it can use, or the GPU has too little memory.
    """
    import cuml

    model = cuml.UMAP(
        n_neighbors=min(k, len(space) - 1), min_dist=min_dist, init=start.astype(np.float32), random_state=seed
    )
    labels = None if codes is None else np.maximum(codes[space.rows], -1).astype(np.float32)
    return np.asarray(model.fit_transform(space.scores, y=labels), dtype=np.float32)


@contextlib.contextmanager
def alone(cancel: threading.Event | None) -> Iterator[None]:
    """Wait for the turn to use all processors."""
    while not ONE_AT_A_TIME.acquire(timeout=0.1):
        if cancel is not None and cancel.is_set():
            raise Cancelled
    try:
        yield
    finally:
        ONE_AT_A_TIME.release()


def check_seed(seed: int | None) -> int | None:
    """Return a seed as an int, None for none.

    Raises
    ------
    TypeError, ValueError
        If numpy takes no such seed.
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be a whole number or None, not {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be from 0 to 2**32 - 1, as numpy has it, not {seed}")
    return int(seed)


def importable(name: str) -> bool:
    """Tell whether a package is installed, without loading it."""
    return importlib.util.find_spec(name) is not None
