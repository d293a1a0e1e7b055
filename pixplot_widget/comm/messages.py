"""What pages are told, made from the workspace as it is when it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..edits import Change
from ..facets.coloring import colors_of
from ..layouts import Layout
from ..protocol import (
    PROTOCOL,
    CameraSent,
    Changed,
    Coloring,
    FlyTo,
    HotspotsSent,
    Labels,
    LayoutSent,
    Looks,
    Manifest,
    Names,
    Progress,
    ReviewAt,
    ReviewSent,
    SelectionSent,
    SheetSent,
    SuggestedLabels,
)
from ..thumbnails.sheets import pack
from ..workspace import Workspace
from ..workspace.events import RowShown
from ..workspace.validation import given_by_people
from .facets import facet_message, filter_message
from .label_news import LabelNews

__all__ = ["Messages", "coloring_message", "layout_message"]

MOST_TURNED = 100_000
"""Of so many rows pages are told what undo will give them, and redo, so that it shows at once: 1 MB each."""

MOST_PROBLEMS = 100
"""So many rows without an image are listed; of the others there is the number."""

NO_COLORS = ("tags", "text")
"""What a column may hold that one can filter by, but not color."""


class Messages:
    """Makes each message to the pages of one workspace.

    Parameters
    ----------
    workspace : Workspace
        What they are told of.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.label_news = LabelNews(workspace.log.labels)

    # --- what there is ---

    def manifest(self) -> Manifest:
        """What there is to see."""
        workspace, log = self._workspace, self._workspace.log
        problems, options, facets = workspace.store.problems, workspace.catalog.options, workspace.facets
        label = str(log.labels.name)
        return Manifest(
            protocol=PROTOCOL,
            session=workspace.session,
            dataset=workspace.dataset,
            n=len(workspace.df),
            label_column=label,
            flag_column=str(workspace.flag_column),
            class_column=workspace.boxes.column,
            new_labels=not log.labels.closed,
            label_editable=given_by_people(workspace.df, log.label_column),
            layouts=[[name, workspace.catalog.title(name)] for name in options],
            options={kind: [option.as_dict() for option in some] for kind, some in options.items()},
            colorings=[name for name, kind in facets.items() if name != label and kind not in NO_COLORS],
            facets=[[name, kind] for name, kind in facets.items()],
            journal=workspace.journal is not None,
            boxes=workspace.box is not None,
            problems=[[row, reason] for row, reason in problems[:MOST_PROBLEMS]],
            problem_count=len(problems),
        )

    def names(self, start: int, count: int) -> Names:
        """File names of so many rows."""
        encoded = [name.encode("utf-8", "replace") for name in self._workspace.images.names[start : start + count]]
        offsets = np.zeros(len(encoded) + 1, dtype=np.uint32)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return Names(start=start, offsets=offsets, text=np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def looks(self, rows: np.ndarray) -> Looks:
        """Shapes and mean colors of pictures."""
        store = self._workspace.store
        return Looks(rows=rows, shapes=store.shapes[rows], colors=store.colors[rows])

    def sheet(self, number: int, rows: np.ndarray, cell: int) -> SheetSent:
        """The pictures of `rows`, in answer to a question of that number, or to none if it is -1."""
        sheet = pack(self._workspace.store, self._workspace.images, rows, cell)
        jpeg = np.frombuffer(sheet.jpeg, dtype=np.uint8)
        return SheetSent(id=number, cell=cell, columns=sheet.columns, rows=sheet.rows, jpeg=jpeg)

    # --- labels and edits ---

    def labels(self) -> Labels:
        """All labels and flags, and what undo and redo will make of them."""
        log = self._workspace.log
        with log.lock:
            undo, more_undo = log.ahead("undo", MOST_TURNED)
            redo, more_redo = log.ahead("redo", MOST_TURNED)
            steps = [*undo, *redo]
            _, rows, codes, flags, edited = ([step[k] for step in steps] for k in range(5))
            none = np.empty(0, np.int32)
            return Labels(
                codes=log.labels.shown(log.labels.codes),
                flags=log.flags.astype(np.uint8),
                edited=log.edited.astype(np.uint8),
                steps=[step.text for step in steps],
                undo_steps=len(undo),
                more_undo=more_undo,
                more_redo=more_redo,
                step_sizes=np.array([len(each) for each in rows], np.int32),
                step_rows=np.concatenate([none, *rows]).astype(np.int32),
                step_codes=log.labels.shown(np.concatenate([none, *codes])),
                step_flags=np.concatenate([none, *flags]).astype(np.uint8),
                step_edited=np.concatenate([none, *edited]).astype(np.uint8),
                names=list(log.labels.shown_names),
                palette=self._label_colors(),
                **self._label_facts(),
            )

    def changed(self, change: Change) -> Changed:
        """What an edit changed."""
        log = self._workspace.log
        places, names = self.label_news.take()
        return Changed(
            kind=change.kind,
            note=change.message if change.kind == "outside" else "",
            client=change.client or "",
            seq=change.seq or 0,
            rows=change.rows.astype(np.int32),
            codes=log.labels.shown(change.codes),
            flags=change.flags.astype(np.uint8),
            edited=log.edited[change.rows].astype(np.uint8),
            places=places,
            names=names,
            palette=self._label_colors()[places],
            **self._label_facts(),
        )

    def suggested_labels(self) -> SuggestedLabels:
        """What a column suggests as labels."""
        names, codes = self._workspace.suggested()
        return SuggestedLabels(names=names, codes=codes)

    def _label_colors(self) -> np.ndarray:
        workspace = self._workspace
        return workspace.log.labels.palette(safe=workspace.view.is_colorblind_safe)

    def _label_facts(self) -> dict[str, Any]:
        log = self._workspace.log
        return {"revision": log.revision, "edits": len(log), "undo": log.undo_text, "redo": log.redo_text}

    # --- what is shown ---

    def layout(self, name: str) -> LayoutSent:
        """A layout, which is made for that if need be."""
        return layout_message(name, self._workspace.catalog[name])

    def coloring(self, name: str) -> Coloring:
        """Colors by a column."""
        workspace = self._workspace
        return coloring_message(name, workspace.column(name), workspace.view.is_colorblind_safe)

    def facet(self, name: str) -> Any:
        """A column that one can filter by."""
        return facet_message(name, self._workspace.filter.sieve.facet(name))

    def filter(self) -> Any:
        """The filter."""
        return filter_message(self._workspace.filter)

    def selection(self, rows: np.ndarray, client: str) -> SelectionSent:
        """Selected rows."""
        return SelectionSent(rows=rows.astype(np.int32), client=client)

    def camera(self) -> CameraSent:
        """Where every view is to look."""
        return CameraSent(layout=self._workspace.view.layout, **self._workspace.view.camera)

    def fly_to(self, event: RowShown) -> FlyTo:
        """A row that is to be seen."""
        return FlyTo(row=event.row, open=event.open)

    def review(self) -> ReviewSent:
        """The review queue."""
        queue = self._workspace.review.queue
        return ReviewSent(rows=queue.rows, title=queue.title, place=queue.place)

    def review_at(self, client: str) -> ReviewAt:
        """The place in the review queue that is looked at."""
        return ReviewAt(at=self._workspace.review.at, client=client)

    def hotspots(self) -> HotspotsSent:
        """The hotspots."""
        revision, ids, frame = self._workspace.hotspots.listed()
        rows = [positions.astype(np.int32) for positions in frame["positions"]]
        return HotspotsSent(
            revision=revision,
            ids=ids,
            names=frame["name"].tolist(),
            covers=frame["cover"].to_numpy(dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(frame["size"])]).astype(np.int32),
            rows=np.concatenate([np.zeros(0, dtype=np.int32), *rows]),
        )

    def progress(self) -> Progress:
        """How far the preparation is."""
        return Progress(**vars(self._workspace.progress))


def layout_message(name: str, layout: Layout) -> LayoutSent:
    """Turn a layout into the message that shows it."""
    captions = [
        {"text": c.text, "x": float(c.x), "y": float(c.y), "width": float(c.width), "count": c.count}
        for c in layout.captions
    ]
    cell = None if layout.cell is None else float(layout.cell)
    extra = dict(layout.extra)
    lines = {part: _as_lines(extra.pop(part, ())) for part in ("outline", "overlay")}
    return LayoutSent(name=name, xy=layout.xy, cell=cell, captions=captions, extra=extra, **lines)


def _as_lines(polylines: Sequence[Sequence[float]]) -> np.ndarray:
    """Join polylines into one array of x, y, with NaN, NaN between two: JSON of a country would not fit a message."""
    parts = [
        part for line in polylines for part in (np.asarray(line, dtype=np.float32), np.full(2, np.nan, np.float32))
    ]
    return np.concatenate(parts[:-1]) if parts else np.zeros(0, dtype=np.float32)


def coloring_message(name: str, series: pd.Series, safe: bool = False) -> Coloring:
    """Turn a column into the message that colors by it."""
    colors = colors_of(series, safe)
    return Coloring(name=name, kind=colors.kind, codes=colors.codes, palette=colors.palette, names=colors.names)
