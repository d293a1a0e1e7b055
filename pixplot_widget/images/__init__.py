"""Columns of a DataFrame → one upright RGB picture a row, whatever the rows hold."""

from .decoding import ImageError
from .image_rows import KEY_BYTES, Images

__all__ = ["KEY_BYTES", "ImageError", "Images"]
