"""Layouts: each module turns columns or vectors into positions, one function a layout."""

from .layout import Caption, Layout

__all__ = ["Caption", "Layout"]
