"""Pictures and vectors to measure with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image


def made_up(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write JPEGs with about as much detail as photos have."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    width, height = size
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (max(2, height // 16), max(2, width // 16), 3), np.uint8))
        pixels = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
        pixels += rng.normal(scale=6, size=pixels.shape).astype(np.int16)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number:05}.jpg", quality=90)


def pictures(given: str | None, variable: str, count: int, size: tuple[int, int], scratch: Path) -> list[str]:
    """Return the paths of the given folder's pictures, or of made-up ones."""
    folder = Path(given or os.environ.get(variable) or scratch / variable)
    if not folder.exists():
        made_up(folder, count, size)
    found = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    assert found, f"no pictures in {folder}"
    return found


def tenfold(paths: list[str], scratch: Path) -> list[str]:
    folder = scratch / "tenfold"
    folder.mkdir(exist_ok=True)
    copies = []
    for number in range(10):
        for at, path in enumerate(paths):
            copies.append(str(folder / f"{number}-{at}{Path(path).suffix}"))
            shutil.copyfile(path, copies[-1])
    return copies


def features(n: int, d: int) -> np.ndarray:
    """Vectors that lie as a network's do: classes, a few dozen directions that matter, a long tail, never negative."""
    rng = np.random.default_rng(n + d)
    inner = rng.normal(size=(20, 40))[rng.integers(0, 20, n)] * 0.8 + rng.normal(size=(n, 40)) / np.arange(1, 41) ** 0.3
    vectors = inner.astype(np.float32) @ rng.normal(size=(40, d)).astype(np.float32)
    vectors += rng.normal(scale=1.5, size=(n, d)).astype(np.float32)
    return np.maximum(vectors, 0)


def renamed(images: list[str], folder: Path, n: int) -> list[str]:
    """Give images so many names that there are n of them; links to copies, since images may lie on another disk."""
    copies = []
    for number, image in enumerate(images):
        copies.append(folder / f"{number}{Path(image).suffix}")
        copies[-1].write_bytes(Path(image).read_bytes())
    found: list[str] = []
    for turn in range(-(-n // len(copies))):
        (folder / f"{turn}").mkdir()
        for copy in copies:
            found.append(str(folder / f"{turn}" / copy.name))
            os.link(copy, found[-1])
    return found[:n]


def clustered(n: int, d: int) -> np.ndarray:
    """Vectors around 50 places."""
    rng = np.random.default_rng(0)
    centers = 2 * rng.standard_normal((50, d), dtype=np.float32)
    return centers[rng.integers(0, 50, n)] + rng.standard_normal((n, d), dtype=np.float32)
