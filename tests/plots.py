"""Plain pictures for widgets of small frames."""

from __future__ import annotations

import numpy as np


def pictures(n: int) -> list[np.ndarray]:
    """One plain color an image, all different."""
    return [np.full((12, 16, 3), (i * 37 % 256, i * 91 % 256, i * 53 % 256), np.uint8) for i in range(n)]
