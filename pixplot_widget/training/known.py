"""Vectors that were made before, kept in the cache by the content of the picture and what the network does."""

from __future__ import annotations

import contextlib
import hashlib

import numpy as np

from ..cache import Cache
from ..images import KEY_BYTES

__all__ = ["KnownVectors"]

_KIND = "layouts"  # beside the vectors made from thumbnails
_LOOKED_AT = 4  # entries of the same network, most recent first: a table that grew or lost rows finds its old ones


class KnownVectors:
    """The vectors of one network.

    Parameters
    ----------
    network : bytes
        What identifies it, and how it is given pictures.
    cache : Cache
        Where they are kept.
    """

    def __init__(self, network: bytes, cache: Cache) -> None:
        self._name = f"embedding-{hashlib.blake2b(network, digest_size=10).hexdigest()}"
        self._cache = cache

    def find(self, keys: np.ndarray, vectors: np.ndarray) -> None:
        """Fill in the rows of `vectors`, float32 (n, d), whose key, uint8 (n, 16), is known."""
        with contextlib.suppress(OSError):
            entries = [path.name for path in self._cache.entries(_KIND) if path.name.startswith(self._name)]
            for name in entries[:_LOOKED_AT]:
                missing = np.flatnonzero(np.isnan(vectors[:, 0]))
                kept = self._cache.load_array(_KIND, name) if missing.size else None
                if kept is None or kept.shape[1] != KEY_BYTES + vectors.shape[1] * 4:
                    continue
                place = {key: at for at, key in enumerate(_names(kept[:, :KEY_BYTES]))}
                found = np.array([place.get(key, -1) for key in _names(keys[missing])], dtype=np.int64)
                known = np.ascontiguousarray(kept[found[found >= 0], KEY_BYTES:]).view(np.float32)
                vectors[missing[found >= 0]] = known

    def keep(self, keys: np.ndarray, vectors: np.ndarray) -> None:
        """Keep the rows that are not NaN.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        done = ~np.isnan(vectors[:, 0])
        table = np.concatenate([keys[done], np.ascontiguousarray(vectors[done]).view(np.uint8)], axis=1)
        mark = hashlib.blake2b(keys.tobytes(), digest_size=8).hexdigest()
        name = f"{self._name}-{mark}"
        self._cache.discard(self._cache.path(_KIND, name))  # one that was interrupted has fewer rows
        self._cache.save_array(_KIND, name, table)


def _names(keys: np.ndarray) -> list[bytes]:
    return [key.tobytes() for key in keys]
