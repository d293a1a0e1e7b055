"""Positions of vectors on disk, so that the same data opens in place: named by all that decides them."""

from __future__ import annotations

import hashlib
import warnings
from typing import Any

import numpy as np

from ..cache import Cache

__all__ = ["KeptPositions"]

VERSION = 3  # to be raised whenever the same vectors come to stand otherwise
_READ_BYTES = 16_000_000  # of the vectors at a time


class KeptPositions:
    """Positions of the same vectors, made in several ways.

    Parameters
    ----------
    vectors : numpy.ndarray
        (n, d).
    metric : str
        By which they are compared.
    cache : Cache or None
        Where positions are kept; None keeps none.

    Examples
    --------
    >>> kept = KeptPositions(np.eye(3), "cosine", None)
    >>> kept.keep(np.zeros((3, 2)), "pca")
    >>> kept.find((3, 2), "pca") is None
    True
    """

    def __init__(self, vectors: np.ndarray, metric: str, cache: Cache | None) -> None:
        self._vectors = vectors
        self._metric = metric
        self._cache = cache
        self._content: bytes | None = None

    def find(self, shape: tuple[int, int], *how: Any, codes: np.ndarray | None = None) -> np.ndarray | None:
        """Return the positions that were made in this way, float32 of this shape, or None."""
        if self._cache is None:
            return None
        found = self._cache.load_array("layouts", self._name(how, codes))
        return found if found is not None and found.shape == shape else None

    def keep(self, positions: np.ndarray, *how: Any, codes: np.ndarray | None = None) -> None:
        """Keep positions that were made in this way; a disk without room for them is only warned of.

        `how` is all parameters that decide them (a variant stands as it does because of the main layout, too), `codes`
        the labels that supervised them.
        """
        if self._cache is None:
            return
        try:
            self._cache.save_array("layouts", self._name(how, codes), positions)
        except OSError as error:
            warnings.warn(f"positions are not kept for the next time: {error}", RuntimeWarning, stacklevel=2)

    def _name(self, how: tuple[Any, ...], codes: np.ndarray | None) -> str:
        vectors = self._vectors
        if self._content is None:
            body = hashlib.blake2b(f"{vectors.dtype.str}|{vectors.shape}|".encode())
            step = max(1, _READ_BYTES // max(1, vectors[:1].nbytes))
            for first in range(0, len(vectors), step):
                body.update(np.ascontiguousarray(vectors[first : first + step]).view(np.uint8).data)
            self._content = body.digest()
        mark = hashlib.blake2b(self._content, digest_size=16)
        mark.update(f"{VERSION}|{self._metric}|{how}".encode())
        if codes is not None:
            mark.update(codes.tobytes())
        return mark.hexdigest()
