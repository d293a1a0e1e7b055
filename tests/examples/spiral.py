"""A layout in one file: images along a spiral, in the order of a column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixplot_widget.layouts import Caption, Layout
from pixplot_widget.layouts.arrangements import Option, numeric
from pixplot_widget.layouts.kinds import LayoutData, LayoutKind

TURNS = {"2": "Two", "4": "Four"}


def options(data: LayoutData) -> tuple[Option, ...] | None:
    columns = data.columns(numeric)
    if not columns:
        return None
    return (
        Option("by", "From the inside out", "column", columns[0], tuple(columns)),
        Option("turns", "Turns", "choice", "2", tuple(TURNS), words=TURNS),
    )


def make(data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    values = data.column(chosen["by"]).to_numpy(dtype=float)
    place = np.argsort(np.argsort(values, kind="stable")) / max(1, len(values) - 1)
    angle = 2 * np.pi * int(chosen["turns"]) * place
    xy = place[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    xy[np.isnan(values)] = np.nan
    return Layout(xy, captions=(Caption(f"by {chosen['by']}", 0.0, 1.0, 2.0, len(values)),))


SPIRAL = LayoutKind("spiral", "In a spiral", make, options, wants="a column of numbers", rank=65)
