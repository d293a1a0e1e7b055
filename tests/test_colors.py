"""Colors are far apart, and stay."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pixplot_widget.colors import contrast, oklab, palette, simulate, to_srgb


def nearest(points: np.ndarray) -> float:
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(distances.min())


@pytest.mark.parametrize(("k", "apart"), [(2, 0.2), (8, 0.1), (12, 0.1), (20, 0.09), (50, 0.06), (128, 0.04)])
def test_colors_are_far_apart(k, apart):
    assert nearest(oklab(palette(k))) > apart


@pytest.mark.parametrize("kind", ["protan", "deutan"])
def test_the_first_colors_are_apart_for_color_blind_eyes(kind):
    assert nearest(simulate(palette(8), kind)) > 0.07
    assert nearest(simulate(palette(12), kind)) > 0.05


def test_readable_on_light_and_on_dark():
    for background in [(255, 255, 255), (17, 17, 17)]:
        assert contrast(palette(1000), background).min() >= 3


def test_as_many_distinct_colors_as_labels():
    assert len({tuple(color) for color in palette(1000).tolist()}) == 1000
    assert palette(0).shape == (0, 3)
    assert palette(10_000).shape == (10_000, 3)


def test_a_color_stays_when_labels_are_added():
    many = palette(300)
    for k in (1, 2, 7, 64):
        assert (palette(k) == many[:k]).all()
    assert (palette(["a", "b"]) == many[:2]).all()


def test_the_same_in_every_process():
    code = "from pixplot_widget.colors import palette; print(palette(40).tolist())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(palette(40).tolist())


def test_the_ramp_is_even_and_climbs():
    colors = oklab(palette(32, kind="numbers"))
    steps = np.linalg.norm(np.diff(colors, axis=0), axis=1)
    assert steps.min() > 0.8 * steps.mean()
    assert steps.max() < 1.2 * steps.mean()
    assert (np.diff(colors[:, 0]) > 0).all()
    assert palette(256, kind="numbers").shape == (256, 3)
    fine = oklab(palette(256, kind="numbers"))
    assert np.linalg.norm(np.diff(fine, axis=0), axis=1).max() < 0.006
    for kind in ("protan", "deutan", "tritan"):
        assert (np.diff(simulate(palette(32, kind="numbers"), kind)[:, 0]) > 0).all()


def test_oklab_and_back():
    rgb = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    assert np.abs(to_srgb(oklab(rgb)).astype(int) - rgb).max() <= 1
    # a color outside the screen's gamut keeps hue and lightness
    wild = np.array([[0.6, 0.4, 0.1]])
    tamed = oklab(to_srgb(wild))[0]
    assert tamed[0] == pytest.approx(0.6, abs=0.01)
    assert np.arctan2(tamed[2], tamed[1]) == pytest.approx(np.arctan2(0.1, 0.4), abs=0.02)


def test_bad_arguments():
    with pytest.raises(ValueError, match="'labels' or 'numbers'"):
        palette(3, kind="rainbow")
    with pytest.raises(ValueError, match="-1"):
        palette(-1)
