"""The picture of a workspace as an image: layout, frames, sizes, filter and selection as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..export.image import Looks, draw, still
from ..facets.coloring import colors_of
from ..headings import column_of

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["picture", "still_picture"]


def picture(workspace: Workspace, layout: str | None, size: int, background: str) -> Image.Image:
    """Draw all of it, as `PixPlot.to_image`."""
    looks = _looks(workspace, len(workspace.current()))
    return draw(
        workspace.store,
        workspace.images,
        workspace.catalog[workspace.view.layout if layout is None else layout],
        looks,
        size=size,
        zoom=workspace.view.settings["sprite_size"],
        border=workspace.view.settings["border_width"],
        background=background,
    )


def still_picture(workspace: Workspace) -> Image.Image | None:
    """Draw what is shown for those who read the notebook where nothing runs, if that takes no time; else None."""
    try:
        layout = workspace.catalog.present(workspace.view.layout)
        looks = None if layout is None else _looks(workspace, len(workspace.current()))
    except (KeyError, ValueError):
        return None  # other code moved rows or took a column away, of which edits speak: the widget is shown anyhow
    if layout is None or looks is None:
        return None
    zoom, border = workspace.view.settings["sprite_size"], workspace.view.settings["border_width"]
    return still(workspace.store, workspace.images, layout, looks, zoom=zoom, border=border)


def _looks(workspace: Workspace, n: int) -> Looks:
    codes, palette = np.full(n, -1), np.zeros((1, 3), dtype=np.uint8)
    safe, color_by = workspace.view.is_colorblind_safe, workspace.view.settings["color_by"]
    if color_by == "":
        labels = workspace.log.labels
        codes, palette = labels.shown(labels.codes), labels.palette(safe=safe)
    elif color_by is not None:
        colors = colors_of(column_of(workspace.current(), color_by), safe)
        codes, palette = colors.codes, colors.palette
    selected = np.zeros(n, dtype=bool)
    selected[workspace.view.selection] = True
    framed = codes >= 0
    frames = np.zeros((n, 3), dtype=np.uint8)
    frames[framed] = palette[codes[framed]]
    return Looks(frames, framed, selected, ~workspace.filter.mask())
