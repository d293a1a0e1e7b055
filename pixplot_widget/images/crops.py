"""The part of a picture that a row's box shows, in pixels of the picture as it was decoded."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from .decoding import Decoded, ImageError

__all__ = ["Crops"]


class Crops:
    """The boxes of rows, each clipped to its picture.

    Parameters
    ----------
    boxes : numpy.ndarray or None
        float64 (n, 4), x, y, width and height in pixels of the upright picture; NaN where there is none. None: nobody
        has one.
    margin : float
        Share of the box's width and height that is shown on each side of it.
    """

    def __init__(self, boxes: np.ndarray | None, margin: float) -> None:
        self.boxes = boxes
        self.margin = margin

    def followed_by(self, more: Crops) -> Crops:
        """Give those of these rows and, behind them, of others."""
        return Crops(None if self.boxes is None else np.concatenate([self.boxes, more.boxes]), self.margin)

    def box(self, row: int) -> tuple[float, float, float, float] | None:
        """Return x, y, width, height of a row's box in pixels, without the margin, or None."""
        if self.boxes is None or np.isnan(self.boxes[row]).any():
            return None
        x, y, width, height = self.boxes[row].tolist()
        return x, y, width, height

    def share(self, rows: Sequence[int], width: int, height: int, longest: int | None, shortest: int | None) -> float:
        """Return how fine the picture must be for the smallest of these rows' crops to have enough pixels."""
        side, wanted = (min, shortest) if shortest is not None else (max, longest)
        if wanted is None:
            return 1.0
        sides = []
        for row in rows:
            with contextlib.suppress(ImageError):  # said when it is cut
                left, top, right, bottom = self.corners(row, width, height)
                sides.append(side(right - left, bottom - top))
        return min(1.0, wanted / min(sides)) if sides else 1.0

    def cut(self, row: int, picture: Decoded) -> Image.Image:
        """Return what a row shows of its picture."""
        image, (width, height) = picture
        if self.box(row) is None:
            return image
        left, top, right, bottom = self.corners(row, width, height)
        across, down = image.width / width, image.height / height
        left, top = int(left * across), int(top * down)
        right = min(image.width, max(left + 1, math.ceil(right * across)))
        bottom = min(image.height, max(top + 1, math.ceil(bottom * down)))
        return image.crop((left, top, right, bottom))

    def corners(self, row: int, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of a row's crop in pixels of the full picture, clipped to it.

        Raises
        ------
        ImageError
            If the box shows nothing of it.
        """
        box = self.box(row)
        if box is None:
            return 0, 0, width, height
        x, y, across, down = box
        if not (0 < across < math.inf and 0 < down < math.inf and math.isfinite(x) and math.isfinite(y)):
            raise ImageError(f"its box has no area: {across:g} × {down:g} px")
        left, right = x - across * self.margin, x + across * (1 + self.margin)
        top, bottom = y - down * self.margin, y + down * (1 + self.margin)
        if left >= width or top >= height or right <= 0 or bottom <= 0:
            raise ImageError(f"its box lies outside of the picture, which is {width} × {height} px")
        left, top = max(0, math.floor(left)), max(0, math.floor(top))
        return left, top, min(width, max(left + 1, math.ceil(right))), min(height, max(top + 1, math.ceil(bottom)))
