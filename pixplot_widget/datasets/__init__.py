"""Image sets as PixPlot takes them: one that comes with the package, and readers for folders as people keep them."""

from .emoji import load_emoji
from .folder import from_folder
from .pixplotml import from_pixplotml, pixplotml_table

__all__ = ["from_folder", "from_pixplotml", "load_emoji", "pixplotml_table"]
