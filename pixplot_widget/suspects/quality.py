"""Which pictures are bad as pictures: too dark, too bright, out of focus, of a strange shape."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from PIL import Image

from .. import pool
from ..images import ImageError, Images

__all__ = ["Quality", "measure"]

SIDE = 256
"""Longest side, px, at which pictures are looked at: finer ones are scaled down, so that grain is no sharpness."""
PRINT_SIDE = 16

DARK = 48.0
"""Brightness, 0 to 255, that the brightest hundredth of a dark picture does not reach."""
BRIGHT = 232.0
"""Brightness that the darkest twentieth of a bright picture stays above."""
BLURRY = 6.0
"""Strength of edges, in gray levels, that the sharpest hundredth of a blurry picture does not reach. Of 341 photos of
clothes, 400 px wide, the softest has 9.5; blurred by a Gaussian of 3 px some had 2.5 to 5.5, by 6 px 1.3 to 2.3."""
SMALLEST = 96
"""Pictures whose longest side has fewer px are not called blurry: there is too little to see it by."""
ODD = 3.5
"""Robust deviations from the median (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993) from which a
picture is unlike the others in how much longer its longer side is. Upright and lying ones count as alike."""
LEAST_ODD = 2.0
"""But only from this factor."""


def measure(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Measure one picture.

    Parameters
    ----------
    image : PIL.Image.Image
        Mode RGB.

    Returns
    -------
    measures : numpy.ndarray
        float32 (5,): the 5th and 99th percentile of brightness and the 99th of edge strength, 0 to 255; width and
        height in px.
    small : numpy.ndarray
        float32 (256,): the picture in gray at 16 × 16 px, of mean 0 and standard deviation 50 (less where there is
        hardly any contrast), so that exposure does not tell copies apart.

    Examples
    --------
    >>> measures, small = measure(Image.new("RGB", (300, 100), "white"))
    >>> measures.tolist(), small.shape
    ([255.0, 255.0, 0.0, 300.0, 100.0], (256,))
    """
    width, height = image.size
    gray = image.convert("L")
    if max(width, height) > SIDE:
        share = SIDE / max(width, height)
        size = max(1, round(width * share)), max(1, round(height * share))
        gray = gray.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    pixels = np.asarray(gray, dtype=np.float32)
    dark, bright = np.percentile(pixels, [5, 99])
    edges = np.percentile(_edges(pixels), 99)
    small = np.array(gray.resize((PRINT_SIDE, PRINT_SIDE), Image.Resampling.BOX), dtype=np.float32)
    small -= small.mean()
    small *= 50.0 / max(10.0, small.std())
    return np.array([dark, bright, edges, width, height], dtype=np.float32), small.ravel()


def _edges(pixels: np.ndarray) -> np.ndarray:
    """Return how much each inner pixel differs from the mean of its four neighbors: its Laplacian, in size."""
    if min(pixels.shape) < 3:
        return np.zeros(1, dtype=np.float32)
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return np.abs(pixels[1:-1, 1:-1] - around / 4)


@dataclass
class Quality:
    """What pictures look like.

    Attributes
    ----------
    n : int
        How many rows there are.
    measures : numpy.ndarray
        float32 (n, 5), as `measure` returns them; NaN where a picture could not be read or was not looked at.
    prints : numpy.ndarray or None
        float32 (n, 256): small gray versions; None where pictures were not looked at.
    """

    n: int
    measures: np.ndarray = field(init=False)
    prints: np.ndarray | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.measures = np.full((self.n, 5), np.nan, dtype=np.float32)

    @classmethod
    def of(cls, images: Images, progress: bool = False) -> Quality:
        """Look at all pictures, in threads; each that several rows show is decoded once."""
        from tqdm.auto import tqdm

        quality = cls(len(images))
        quality.prints = np.full((len(images), PRINT_SIDE**2), np.nan, dtype=np.float32)

        def look(rows: list[int]) -> list[tuple[int, tuple[np.ndarray, np.ndarray]]]:
            pictures = images.load_group(rows, SIDE)
            return [(row, measure(image)) for row, image in pictures if not isinstance(image, ImageError)]

        jobs = images.groups(np.arange(len(images)))
        bar = tqdm(total=len(images), desc="Looking at pictures", unit="image", disable=not progress, file=sys.stderr)
        with bar:
            for rows, found in pool.run(look, jobs, threads=images.threads):
                bar.update(len(rows))
                for row, (measures, small) in () if isinstance(found, pool.TookTooLong) else found:
                    quality.measures[row], quality.prints[row] = measures, small
        return quality

    def flags(self) -> dict[str, pd.arrays.BooleanArray]:
        """Return columns ``dark``, ``bright``, ``blurry`` and ``odd_shape``, boolean (n,), missing where not known."""
        low, high, edges, width, height = self.measures.T
        unknown = np.isnan(low)
        dark, bright = high < DARK, low > BRIGHT
        # What is nearly black or white has no edges to be sharp.
        blurry = (edges < BLURRY) & (np.maximum(width, height) >= SMALLEST) & ~dark & ~bright
        found = {"dark": dark, "bright": bright, "blurry": blurry, "odd_shape": _odd(width, height)}
        return {name: pd.arrays.BooleanArray(mask, unknown.copy()) for name, mask in found.items()}


def _odd(width: np.ndarray, height: np.ndarray) -> np.ndarray:
    known = ~np.isnan(width)
    length = np.zeros(len(width))
    length[known] = np.abs(np.log(height[known] / width[known]))
    if not known.any():
        return known
    away = np.abs(length - np.median(length[known]))
    deviation = 1.4826 * np.median(away[known])  # of a normal distribution, its standard deviation
    return known & (away > max(ODD * deviation, np.log(LEAST_ODD)))
