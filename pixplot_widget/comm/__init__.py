"""What goes between a workspace and its pages: the only part that knows the protocol."""

from .live import Pages

__all__ = ["Pages"]
