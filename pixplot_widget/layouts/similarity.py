"""Layouts by similarity, which come from outside as projections, and what is made of them: without overlaps, or raw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .arrangements import Option, join_name
from .kinds import FILL, LayoutData, LayoutKind, register
from .layout import Layout
from .spread import spread_layout

__all__ = ["VARIATIONS", "spread_out"]

VARIATIONS = frozenset({"fill", "raw"})
"""Options with which a projection is made of the one without."""


def spread_out(layout: Layout, fill: float) -> Layout:
    """De-overlap a layout; rows that have no place in it stand apart again."""
    xy = layout.xy.copy()
    xy[layout.apart] = np.nan
    return spread_layout(xy, fill, layout.captions[0].text if layout.captions else "")


def _raw(data: LayoutData) -> tuple[Option, ...]:
    return (Option("raw", "As projected", "switch"),) if data.loose else ()


def _umap(data: LayoutData) -> tuple[Option, ...]:
    neighbors = tuple(map(str, data.variants.get("n_neighbors", (15,))))
    distances = tuple(f"{distance:g}" for distance in data.variants.get("min_dist", (0.01,)))
    return (
        Option("n_neighbors", "Neighbors", "steps", neighbors[0], neighbors),
        Option("min_dist", "Minimum distance", "steps", distances[0], distances),
        *_raw(data),
        FILL,
    )


def _variation(kind: str, data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    base = data.layout(join_name(kind, {name: value for name, value in chosen.items() if name not in VARIATIONS}))
    if chosen.get("raw"):
        base = base.as_projected
    return spread_out(base, float(chosen["fill"])) if chosen.get("fill") else base


register(
    LayoutKind(
        "umap",
        "Similarity (UMAP)",
        make=lambda data, chosen: _variation("umap", data, chosen),
        options=_umap,
        projected=True,
        rank=10,
    )
)
register(
    LayoutKind(
        "pca",
        "Similarity (PCA)",
        make=lambda data, chosen: _variation("pca", data, chosen),
        options=_raw,
        projected=True,
        rank=90,
    )
)
