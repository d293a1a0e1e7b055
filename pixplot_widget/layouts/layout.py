"""Layouts: each module turns columns or vectors into positions, one function a layout.

A layout is plain data, so that it can be checked without a browser. Nothing here knows of the widget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Caption", "Layout"]


@dataclass(frozen=True)
class Caption:
    """A word over the picture: the name of a box, a column or a cluster.

    Attributes
    ----------
    text : str
        What is written.
    x, y : float
        Its middle, in data units.
    width : float
        How much room it names, in data units: a caption is drawn only where this is wide enough on screen.
    count : int or None
        How many images it stands for.
    """

    text: str
    x: float
    y: float
    width: float
    count: int | None = None


@dataclass(frozen=True)
class Layout:
    """Where each image stands.

    Attributes
    ----------
    xy : numpy.ndarray
        float32 (n, 2), in [-1, 1], y up. NaN rows are unplaced.
    captions : tuple of Caption
        Words drawn over the picture.
    cell : float or None
        Side of a sprite there is room for, in data units: of a cell where images stand on a grid, so that sprites
        touch; None for a scatter in which they hide each other.
    extra : dict
        Small JSON-able facts for the front end: axes, outlines, the variants' parameters.
    problems : tuple of (int, str)
        Rows whose values could not be placed, with the reason: impossible coordinates, text that is no date.
    apart : numpy.ndarray
        int64 (k,): rows of a projection that it has no place for, and that stand in a block of their own.
    raw : Layout or None
        Of a projection whose crowds were made looser: as it was before.

    Examples
    --------
    >>> import numpy as np
    >>> Layout(np.zeros((3, 2), dtype=np.float32)).xy.shape
    (3, 2)
    """

    xy: np.ndarray
    captions: tuple[Caption, ...] = ()
    cell: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    problems: tuple[tuple[int, str], ...] = ()
    apart: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    raw: Layout | None = None

    def __post_init__(self) -> None:
        xy = np.ascontiguousarray(self.xy, dtype=np.float32)
        if xy.ndim != 2 or xy.shape[1] != 2:
            raise ValueError(f"a layout's xy must have shape (n, 2), not {self.xy.shape}")
        object.__setattr__(self, "xy", xy)

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def as_projected(self) -> Layout:
        """As it was before its crowds were made looser."""
        return self if self.raw is None else self.raw
