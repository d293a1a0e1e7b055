"""The pages of a workspace that a kernel speaks to: what they should hold follows from what happens in it.

Each event of the workspace has one listener here, which says which parts it makes out of date and what pages are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..thumbnails.sheets import SHEET_PX
from ..workspace import Workspace, events
from .layout_parts import LayoutParts
from .messages import Messages
from .parts import Parts
from .requests import Requests
from .router import Router

__all__ = ["Pages"]

MOST_EAGER = 20_000
"""Up to so many images, all layouts go to the pages before they are asked for."""

MOST_EAGER_CELLS = 400_000
"""So many values of columns to filter by go to the pages before they are asked for: 1.6 MB."""

MOST_PUSHED = 65_536
"""Up to so many images, the coarse sheets of all are sent without being asked for."""

MOST_FINE_PUSHED = 2_048
"""Up to so many, finer ones too: then zooming in is sharp while the kernel is busy."""

COARSE, FINE = 32, 64

MOST_NAMES_PUSHED = 200_000
NAMES_A_PART = 20_000


class Pages:
    """Tells all pages of a widget what happens in its workspace, and hears what they say.

    Parameters
    ----------
    workspace : Workspace
        What they show.
    send : callable
        ``send(content, buffers)``: hands one frame to the comm.
    """

    def __init__(self, workspace: Workspace, send: Callable[[dict, list[bytes]], None]) -> None:
        self._workspace = workspace
        self._messages = Messages(workspace)
        self.parts = Parts(send, workspace.reading)
        self._requests = Requests(self.parts, workspace, self._messages)
        self._layouts = LayoutParts(self.parts, workspace, self._messages, self._requests.do)
        self._colorings: set[str] = set()
        self._pictures = 0  # how often some were made
        self._router = Router(self, workspace, self._requests, self._layouts)
        self.hear = self._router.hear
        for kind, listener in (
            (events.Edited, self._edited),
            (events.RowsAdded, self._rows_added),
            (events.ColumnsChanged, self._columns_changed),
            (events.PicturesMade, self._pictures_made),
            (events.LayoutMade, lambda event: self._layouts.post(event.name)),
            (events.LayoutsOutdated, lambda event: self._layouts.remake(list(event.names))),
            (events.LayoutsListed, lambda _event: self._post_manifest()),
            (events.HotspotsChanged, self._hotspots_changed),
            (events.FilterChanged, lambda _event: self.post_filter()),
            (events.SelectionChanged, self._selection_changed),
            (events.SettingChanged, self._setting_changed),
            (events.ReviewFilled, self._review_filled),
            (events.ReviewMoved, self._review_moved),
            (events.CameraSet, lambda _event: self.parts.post("camera", self._messages.camera)),
            (events.RowShown, lambda event: self.parts.tell(self._messages.fly_to(event))),
            (events.Progressed, lambda _event: self.parts.post("progress", self._messages.progress)),
        ):
            workspace.events.on(kind, listener)
        self._post_first()

    def close(self) -> None:
        """Tell and answer no more."""
        self.parts.close()
        self._requests.close()

    # --- what pages should hold ---

    def _post_first(self) -> None:
        """Keep what a page needs for the first picture, and what it would ask for next."""
        catalog = self._workspace.catalog
        self.parts.post("hotspots", self._messages.hotspots)
        self._layouts.post("umap")
        if self._workspace.view.layout != "umap":
            self._layouts.show(self._workspace.view.layout)
        self._post_manifest()
        self._post_labels()
        self._post_names()
        self._post_suggested()
        self._post_facets()
        if len(self._workspace.df) <= MOST_EAGER:  # so that changing the layout does not wait for a busy kernel
            for name in catalog:
                if not catalog.is_made_of_others(name):  # such as UMAP's, which takes its time
                    self._layouts.post(name)

    def _post_manifest(self) -> None:
        self.parts.post("manifest", self._messages.manifest)

    def _post_labels(self, quietly: bool = False) -> None:
        self.parts.post("labels", self._messages.labels, quietly)

    def _post_names(self, first: int = 0) -> None:
        """Keep the file names from a row on; of more than `MOST_NAMES_PUSHED` images pages ask for single ones."""
        n = len(self._workspace.images)
        if n > MOST_NAMES_PUSHED:
            return
        for start in range(first // NAMES_A_PART * NAMES_A_PART, n, NAMES_A_PART):
            make = lambda start=start: self._messages.names(start, NAMES_A_PART)  # noqa: E731
            self.parts.post(f"names/{start}", make, patiently=True)

    def _post_suggested(self, patiently: bool = True) -> None:
        """Keep what a column suggests as labels, where there is or was one."""
        if self.parts.has("suggested-labels") or self._workspace.suggested_column in self._workspace.df.columns:
            self.parts.post("suggested-labels", self._messages.suggested_labels, patiently=patiently)

    def _post_facets(self) -> None:
        """Keep columns to filter by that pages get unasked, so that filtering does not wait for a busy kernel."""
        workspace = self._workspace
        sent_otherwise = set(map(str, (workspace.log.label_column, workspace.image_column)))
        for name in list(workspace.facets)[: MOST_EAGER_CELLS // max(1, len(workspace.df))]:
            if name not in sent_otherwise:
                self.post_facet(name, patiently=True)

    def post_facet(self, name: str, patiently: bool = False) -> None:
        """Send pages a column that one can filter by; `patiently`, when nothing else is to be sent.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        self._workspace.filter.sieve.check_column(name)
        self.parts.post(f"facet/{name}", lambda: self._messages.facet(name), patiently=patiently)

    def post_coloring(self, name: str) -> None:
        """Send pages the colors by a column.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        self._workspace.column(name)
        self._colorings.add(name)
        self.parts.post(f"coloring/{name}", lambda: self._messages.coloring(name))

    def _recolor(self) -> None:
        """Send again what colors pages hold: the palette is another, or columns were written to."""
        for name in sorted(self._colorings):
            self.parts.post(f"coloring/{name}", lambda name=name: self._messages.coloring(name))

    def post_filter(self) -> None:
        """Tell pages what is filtered now, and whose question that answers."""
        self.parts.post("filter", self._messages.filter)

    # --- what has happened ---

    def _edited(self, event: events.Edited) -> None:
        self.parts.tell(self._messages.changed(event.change))
        self._post_labels(quietly=True)

    def _rows_added(self, event: events.RowsAdded) -> None:
        """Send all that has an entry a row, and before it how many there are."""
        workspace = self._workspace
        self._post_manifest()
        self._post_labels()
        self._messages.label_news.take()  # the labels of new rows are in that part
        eager = len(workspace.df) <= MOST_EAGER
        for name in dict.fromkeys([workspace.view.layout, *workspace.catalog, *event.layouts]):
            (self._layouts.post if eager or name == workspace.view.layout else self._layouts.outdate)(name)
        self._post_names(event.first)

    def _columns_changed(self, _event: events.ColumnsChanged) -> None:
        self._post_manifest()
        self._post_facets()
        self._recolor()
        self._post_suggested()
        self.post_filter()

    def _pictures_made(self, event: events.PicturesMade) -> None:
        """Keep the looks of these rows, and their sheets where there are not too many."""
        rows, n = event.rows, len(self._workspace.images)
        self._pictures += 1
        number = self._pictures
        self.parts.post(f"looks/{number}", lambda: self._messages.looks(rows))
        cells = [COARSE] if n <= MOST_PUSHED else []
        if n <= MOST_FINE_PUSHED and self._workspace.store.size >= FINE:
            cells.append(FINE)
        for cell in cells:
            a_sheet = (SHEET_PX // cell) ** 2
            for start in range(0, len(rows), a_sheet):
                part = rows[start : start + a_sheet]
                make = lambda part=part, cell=cell: self._messages.sheet(-1, part, cell)  # noqa: E731
                self.parts.post(f"sheet/{cell}/{number}/{start}", make)
        if self._workspace.store.problems:
            self._post_manifest()

    def _hotspots_changed(self, event: events.HotspotsChanged) -> None:
        if event.in_step:
            self.parts.tell(self._messages.hotspots())
        self.parts.post("hotspots", self._messages.hotspots, quietly=event.in_step)

    def _selection_changed(self, event: events.SelectionChanged) -> None:
        rows: np.ndarray = self._workspace.view.selection
        self.parts.post("selection", lambda: self._messages.selection(rows, event.client))

    def _setting_changed(self, event: events.SettingChanged) -> None:
        if event.name == "layout":
            self._layouts.show(event.value)
        elif event.name == "palette":
            self._post_labels()
            self._recolor()

    def _review_filled(self, _event: events.ReviewFilled) -> None:
        """Send the queue, and what is suggested for its images as the frame is now."""
        self._post_suggested(patiently=False)
        self.parts.post("review", self._messages.review)

    def _review_moved(self, event: events.ReviewMoved) -> None:
        self.parts.post("review-at", lambda: self._messages.review_at(event.client))

    def refuse(self, number: int, text: Any) -> None:
        """Tell pages in words what could not be done, and of which question that is, -1: of none."""
        self._router.refuse(number, text)
