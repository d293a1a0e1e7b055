"""What can be set of a plot and observed, in code and on screen, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from .. import protocol
from ..errors import instead
from ..headings import headings
from ..preparation import Progress
from ..rows import to_positions
from .linking import same
from .memory import SETTINGS

if TYPE_CHECKING:
    from . import PixPlot

__all__ = ["Settings"]


class Positions(traitlets.TraitType):
    """Positions of rows: int64 (k,), anything that `to_positions` understands can be set."""

    default_value = np.zeros(0, dtype=np.int64)

    def validate(self, obj: PixPlot, value: Any) -> np.ndarray:
        """Turn what was set into positions."""
        return to_positions(obj._frame, value)


class Heading(traitlets.Unicode):
    """What a column is called, in text: the name of any other kind can be set too."""

    def validate(self, obj: PixPlot, value: Any) -> str | None:
        """Turn what was set into text."""
        return super().validate(obj, value if value is None else str(value))


class Settings(traitlets.HasTraits):
    """Traits of `PixPlot`; what they follow from and change is in `PixPlot`."""

    layout = traitlets.Unicode("umap", help="The layout that is shown, with its options: `category?by=year`.")
    layout_name = traitlets.Unicode("umap", help="`layout`, as pages see it: hosts keep that name for CSS.").tag(
        sync=True
    )
    color_by = Heading(
        "", allow_none=True, help='Column of the borders\' colours; "": the label column; None: no colours.'
    ).tag(sync=True)
    palette = traitlets.Enum(
        ["standard", "colorblind"], "standard", help="Colours of categories; those of numbers are for every eye."
    ).tag(sync=True)
    sprite_size = traitlets.Float(1.0, min=0.05, max=20, help="Factor on the size that suits the layout.").tag(
        sync=True
    )
    border_width = traitlets.Float(2.0, min=0, max=20, help="Of the borders, in px.").tag(sync=True)
    height = traitlets.Int(640, min=240, max=4000, help="Of the widget, in px.").tag(sync=True)
    revision = traitlets.Int(
        0, read_only=True, help="Counts edits, selections and filters, of the screen and of code; pages only read it."
    ).tag(sync=True)
    # An exporter that finds the state of a widget shows the widget, and leaves out the picture beside it.
    _still_jpeg = traitlets.Unicode(
        "", help="A still picture in base64, for pages that no kernel speaks to; pages only read it."
    ).tag(sync=True)
    hovered = traitlets.Int(
        -1, min=-1, help="Position of the row under the pointer, -1: none. Setting it moves nothing on screen."
    )
    review_at = traitlets.Int(-1, min=-1, help="Place in the review queue, -1: closed.")
    selection = Positions(help="Positions of the selected rows.")
    filter = traitlets.Any(
        None, help="Mask, text for `DataFrame.query`, or conditions as on screen: other rows are dimmed. None: all."
    )
    progress = traitlets.Instance(Progress, (), help="How far the preparation is.")

    @traitlets.observe("review_at")
    def _tell_review_place(self, change: Any) -> None:
        at, client = change["new"], self._reviewing
        if at >= 0:
            self._review.place = at
        self._publisher.post("review-at", lambda: protocol.ReviewAt(at=at, client=client))

    @traitlets.observe(*SETTINGS, "filter", "review_at")
    def _keep_state(self, _change: Any) -> None:
        if self._memory is not None and not self._closed:
            self._memory.touch()

    @traitlets.validate("revision")
    def _check_revision(self, proposal: Any) -> int:
        return max(self.revision, proposal["value"])  # of two threads the one that counted first may set last

    @traitlets.observe("selection", "filter")
    def _count(self, change: Any = None) -> None:
        """Let whoever goes by `revision` know that something has changed."""
        if self._revisions is not None and (change is None or not same(change["old"], change["new"])):
            self.set_trait("revision", next(self._revisions))

    @traitlets.observe("selection")
    def _tell_selection(self, change: Any) -> None:
        client = self._selecting
        rows = change["new"].astype(np.int32)
        self._publisher.post("selection", lambda: protocol.SelectionSent(rows=rows, client=client))

    @traitlets.validate("filter")
    def _check_filter(self, proposal: Any) -> Any:
        return self._sifting.take(proposal["value"])

    @traitlets.observe("filter")
    def _tell_filter(self, change: Any) -> None:
        if change["new"] is None:  # which no validator sees
            self._sifting.take(None)
        self._meet_columns()
        self._sifting.tell()

    @traitlets.observe("color_by")
    def _tell_coloring(self, _change: Any) -> None:
        self._meet_columns()

    @traitlets.observe("palette")
    def _recolor(self, _change: Any) -> None:
        self._post_labels()
        self._desk.recolor()

    @traitlets.validate("layout", "layout_name")
    def _check_layout(self, proposal: Any) -> str:
        name = proposal["value"]
        return name if self._catalog is None else self._catalog.canonical(name)

    @traitlets.validate("color_by")
    def _check_coloring(self, proposal: Any) -> str:
        name = proposal["value"]
        if name is None:
            return None
        label = "" if self._log is None else str(self._log.labels.name)
        if name == label:
            return ""
        if name and name not in headings(self._frame.columns):
            raise ValueError(f"there is no column {name!r} to color by; {instead(name, self._frame.columns)}")
        return name

    @traitlets.observe("layout", "layout_name")
    def _follow_layout(self, change: Any) -> None:
        self.layout = self.layout_name = change["new"]
        if self._desk is not None:
            self._desk.show_layout(change["new"])
