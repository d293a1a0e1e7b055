"""Images → ThumbnailStore: small pictures of all rows in one memory-mapped array, filled in the background."""

from .rendering import CELLS, Thumbnail, extent, placeholder, render
from .store import PENDING, READY, UNREADABLE, ThumbnailStore

__all__ = ["CELLS", "PENDING", "READY", "UNREADABLE", "Thumbnail", "ThumbnailStore", "extent", "placeholder", "render"]
