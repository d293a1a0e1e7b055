"""Vectors from networks, and networks fine-tuned on the labels: what the extra `[train]` is for."""

from .requirements import INSTALL, require

__all__ = ["INSTALL", "require"]
