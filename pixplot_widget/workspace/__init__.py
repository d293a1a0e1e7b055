"""One dataset that is looked at and corrected, whoever shows it."""

from .workspace import Workspace

__all__ = ["Workspace"]
