"""Colors computed in a perceptual space: one a label, and an even ramp for numbers.

Distances are Euclidean in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020); color
blindness is simulated with the matrices of Machado, Oliveira & Fernandes, "A physiologically-based model for simulation
of color vision deficiency", 2009, severity 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["contrast", "oklab", "palette", "simulate", "to_srgb"]

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_BLIND = {
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# A border must be seen on JupyterLab's white and on its dark page: WCAG 2.1 asks 3:1 of graphical objects.
_LIGHT, _DARK, _CONTRAST = (255, 255, 255), (17, 17, 17), 3.0
_FIRST = (0.60, -0.04, -0.15)  # the first label is near this blue (OKLab)
_SAFE_CONTRAST = 1.9
_CAREFUL = 12  # so many colors are kept apart for color-blind eyes almost as strictly as for others
_CALM = (0.10, 0.21)  # chroma of those: neither mud nor neon
_CHOSEN = 256  # so many are chosen one by one; the rest are what is left over, still distinct
_STEPS = (16, 64, _CHOSEN)  # so many are sought at once


def _linear(rgb: np.ndarray) -> np.ndarray:
    unit = np.asarray(rgb, dtype=np.float64) / 255
    return np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)


def _oklab_of_linear(linear: np.ndarray) -> np.ndarray:
    return np.cbrt(np.maximum(linear, 0) @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Convert sRGB to OKLab.

    Parameters
    ----------
    rgb : array_like
        (..., 3), sRGB in [0, 255].

    Returns
    -------
    numpy.ndarray
        float64 (..., 3): lightness in [0, 1], and a and b in about [-0.4, 0.4].

    Examples
    --------
    >>> oklab([255, 255, 255]).round(3).tolist()[0]
    1.0
    """
    return _oklab_of_linear(_linear(np.asarray(rgb)))


def to_srgb(lab: np.ndarray) -> np.ndarray:
    """Convert OKLab to sRGB; colors a screen cannot show lose chroma, not lightness or hue.

    Parameters
    ----------
    lab : array_like
        (k, 3), OKLab.

    Returns
    -------
    numpy.ndarray
        uint8 (k, 3).

    Examples
    --------
    >>> to_srgb([[1.0, 0.0, 0.0]]).tolist()
    [[255, 255, 255]]
    """
    lab = np.asarray(lab, dtype=np.float64)
    back, lms_back = np.linalg.inv(_RGB_TO_LMS), np.linalg.inv(_LMS_TO_LAB)

    def linear(chroma: np.ndarray) -> np.ndarray:
        scaled = np.column_stack([lab[:, 0], lab[:, 1] * chroma, lab[:, 2] * chroma])
        return (scaled @ lms_back.T) ** 3 @ back.T

    low, high = np.zeros(len(lab)), np.ones(len(lab))
    shown = ((linear(high) >= -1e-6) & (linear(high) <= 1 + 1e-6)).all(axis=1)
    low[shown] = 1
    for _ in range(24):
        middle = (low + high) / 2
        inside = ((linear(middle) >= -1e-6) & (linear(middle) <= 1 + 1e-6)).all(axis=1)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    value = np.clip(linear(low), 0, 1)
    unit = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(unit * 255).astype(np.uint8)


def simulate(rgb: np.ndarray, kind: str) -> np.ndarray:
    """Give the OKLab coordinates that color-blind eyes would see.

    Parameters
    ----------
    rgb : array_like
        (..., 3), sRGB in [0, 255].
    kind : {"protan", "deutan", "tritan"}
        Which cone is missing.

    Returns
    -------
    numpy.ndarray
        float64 (..., 3), OKLab.

    Examples
    --------
    >>> simulate([128, 128, 128], "deutan").round(2).tolist()[0]
    0.6
    """
    return _oklab_of_linear(_linear(np.asarray(rgb)) @ _BLIND[kind].T)


def contrast(rgb: np.ndarray, other: Sequence[int]) -> np.ndarray:
    """Give the WCAG 2.1 contrast ratio between colors and another one.

    Parameters
    ----------
    rgb : array_like
        (k, 3), sRGB in [0, 255].
    other : sequence of int
        sRGB of the background.

    Returns
    -------
    numpy.ndarray
        float64 (k,), in [1, 21].

    Examples
    --------
    >>> contrast([[0, 0, 0]], (255, 255, 255)).round(6).tolist()
    [21.0]
    """
    weights = np.array([0.2126, 0.7152, 0.0722])
    a, b = _linear(np.asarray(rgb)) @ weights + 0.05, _linear(np.asarray(other)) @ weights + 0.05
    return np.maximum(a, b) / np.minimum(a, b)


def palette(names: int | Sequence[Any], kind: str = "labels", safe: bool = False) -> np.ndarray:
    """Colors for labels or for numbers.

    The color of a label depends on its place in the list only, and the first k of a longer palette are the palette of
    k: so it stays when labels are added, and from run to run.

    Parameters
    ----------
    names : int or sequence
        How many, or the labels.
    kind : {"labels", "numbers"}
        As different as they can be, or a ramp from low to high with even steps.
    safe : bool
        Label colors that differ for color-blind eyes too, of whichever kind: they differ by lightness more than by
        hue. Ramps are safe anyway.

    Returns
    -------
    numpy.ndarray
        uint8 (k, 3), sRGB. Label colors have a contrast of 3:1 or better on white and on JupyterLab's dark page;
        safe ones of 1.9:1, since lightness is all they have.

    Raises
    ------
    ValueError
        `kind` is unknown or the number is negative.

    Examples
    --------
    >>> palette(["cat", "dog"]).shape
    (2, 3)
    >>> bool((palette(12)[:3] == palette(3)).all())
    True
    """
    count = names if isinstance(names, (int, np.integer)) else len(names)
    if count < 0:
        raise ValueError(f"a palette cannot have {count} colors")
    if kind == "numbers":
        return _ramp(int(count))
    if kind != "labels":
        raise ValueError(f"kind must be 'labels' or 'numbers', not {kind!r}")
    # Each is sought when those before it are known. All take 0.1 s, which the first picture would wait for.
    sought = next((step for step in _STEPS if step >= count), _CHOSEN)
    colors = _safe_colors(sought) if safe else _label_colors(sought, more=count > _CHOSEN)
    return colors[np.arange(count) % len(colors)]


@lru_cache(maxsize=4)
def _safe_colors(count: int) -> np.ndarray:
    """Colors that every kind of eye tells apart as well as can be, best first.

    The first eight differ by 0.116 (OKLab) or more to any eye; of the seven chromatic colors of Okabe and Ito two
    differ by 0.076. At twenty it is 0.064, at a hundred 0.026, where the ordinary palette has 0.021 and 0.011.
    """
    steps = np.unique(np.r_[np.arange(0, 256, 15), 255])
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    seen = oklab(rgb)
    chroma = np.hypot(seen[:, 1], seen[:, 2])
    keep = (contrast(rgb, _LIGHT) >= _SAFE_CONTRAST) & (contrast(rgb, _DARK) >= _SAFE_CONTRAST) & (chroma > 0.05)
    rgb, seen = rgb[keep], seen[keep].astype(np.float32)
    views = np.stack([seen, *(simulate(rgb, kind).astype(np.float32) for kind in _BLIND)])
    nearest = np.full(len(rgb), np.inf, dtype=np.float32)
    best = int(np.argmin(np.linalg.norm(seen - np.float32(_FIRST), axis=1)))
    chosen: list[int] = []
    while len(chosen) < count:
        chosen.append(best)
        nearest = np.minimum(nearest, ((views - views[:, best : best + 1]) ** 2).sum(axis=2).min(axis=0))
        best = int(np.argmax(nearest))
    colors = rgb[chosen].astype(np.uint8)
    colors.setflags(write=False)
    return colors


@lru_cache(maxsize=4)
def _label_colors(count: int, more: bool) -> np.ndarray:
    """So many label colors, best first: each is the one farthest from those before it; and `more`, all others."""
    steps = np.unique(np.r_[np.arange(0, 256, 12), 255])
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    seen = oklab(rgb)
    chroma = np.hypot(seen[:, 1], seen[:, 2])
    # grays are for what has no label
    keep = (contrast(rgb, _LIGHT) >= _CONTRAST) & (contrast(rgb, _DARK) >= _CONTRAST) & (chroma > 0.05)
    rgb, seen, chroma = rgb[keep], seen[keep].astype(np.float32), chroma[keep]
    pleasant = (chroma > _CALM[0]) & (chroma < _CALM[1])
    views = np.stack([seen, *(simulate(rgb, kind).astype(np.float32) for kind in ("protan", "deutan"))])

    def squared_distances(i: int) -> tuple[np.ndarray, np.ndarray]:
        plain, *blind = ((views - views[:, i : i + 1]) ** 2).sum(axis=2)
        return plain, np.minimum(*blind)

    chosen: list[int] = []
    careful = nearest = np.full(len(rgb), np.inf, dtype=np.float32)
    best = int(np.argmin(np.linalg.norm(seen - np.float32(_FIRST), axis=1)))
    while len(chosen) < count:
        chosen.append(best)
        plain, blind = squared_distances(best)
        careful = np.minimum(careful, np.minimum(plain, blind * 1.6**2))
        nearest = np.minimum(nearest, np.minimum(plain, blind * 4.0**2))
        best = int(np.argmax(careful * pleasant if len(chosen) < _CAREFUL else nearest))
    rest = np.setdiff1d(np.arange(len(rgb)), chosen) if more else np.zeros(0, dtype=np.int64)
    rest = rest[np.argsort((rest * 0.6180339887498949) % 1)]  # spread out, always in the same way
    colors = rgb[np.r_[chosen, rest]].astype(np.uint8)
    colors.setflags(write=False)
    return colors


@lru_cache(maxsize=8)
def _ramp(count: int) -> np.ndarray:
    """A ramp of equal OKLab steps, dark violet through teal to yellow: lightness alone tells low from high."""
    stops = np.linspace(0, 1, 1024)
    lightness = 0.42 + 0.44 * stops
    hue = np.deg2rad(305 - 200 * stops)
    chroma = 0.125 - 0.045 * np.sin(np.pi * stops) ** 2  # the gamut is narrow where the ramp is teal
    lab = np.column_stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
    walked = np.r_[0, np.cumsum(np.linalg.norm(np.diff(lab, axis=0), axis=1))]
    even = np.linspace(0, walked[-1], count)
    colors = to_srgb(np.column_stack([np.interp(even, walked, lab[:, axis]) for axis in range(3)]))
    colors.setflags(write=False)
    return colors
