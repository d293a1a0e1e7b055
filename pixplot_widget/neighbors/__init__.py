"""Which rows of `vectors` are alike: the k nearest neighbors of all rows, and of a few."""

from .search import Cancelled
from .space import METRICS, Space, check_vectors, knn, similar

__all__ = ["METRICS", "Cancelled", "Space", "check_vectors", "knn", "similar"]
