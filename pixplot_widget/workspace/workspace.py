"""`Workspace`: a frame, its images, and what is known, shown and corrected of them. It needs no widget."""

from __future__ import annotations

import threading
import uuid
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..edits import Change, EditLog
from ..edits.changes import words
from ..edits.locks import uninterrupted
from ..errors import MISTAKES
from ..facets.coloring import colorable
from ..facets.filter_state import FilterState
from ..facets.filters import Sieve
from ..headings import column_of
from ..hotspots.hotspot_list import HotspotList
from ..images import Images
from ..images.truths import CLASS, MATCHED_CLASS, holds_matches
from ..labels import MISSING
from ..labels.suggested import suggested_labels
from ..layouts import Layout
from ..layouts.catalog import Catalog, resolve_roles
from ..neighbors import check_vectors, similar
from ..preparation import Preparation, Progress
from ..rows import NO_ROWS, to_positions
from ..thumbnails import ThumbnailStore
from . import validation
from .box_classes import BoxClasses
from .events import (
    ColumnsChanged,
    Edited,
    Events,
    FilterChanged,
    HotspotsChanged,
    Hovered,
    LayoutMade,
    LayoutsListed,
    LayoutsOutdated,
    PicturesMade,
    Progressed,
    RowShown,
)
from .identity import name_of_dataset
from .memory import Memory, memory_path
from .relabel import give
from .review import Review
from .saved_state import restore, state_of
from .view import View

__all__ = ["Workspace"]


class Workspace:
    """One dataset that is looked at and corrected.

    It holds the frame and its log of edits, the images and their thumbnails, layouts, filter, hotspots, the review
    queue and how the picture is looked at; the work in the background that makes them ready; and tells what happens by
    `events`. Nothing in it knows a widget or a page: `PixPlot` shows one, a script may hold one alone.

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image, any index. Corrections are written to it.
    vectors : array-like of shape (n, d), optional
        What makes images similar.
    **others
        As `PixPlot` has them; all but `height`.

    Raises
    ------
    TypeError, KeyError, ValueError
        If an argument is wrong: with what is, and what would be right.

    Examples
    --------
    >>> pictures = [np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)]
    >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
    >>> workspace = Workspace(df, image=pictures, cache=False).start()
    >>> end = workspace.events.on(Edited, lambda event: print(event.change.message))
    >>> _ = workspace.relabel(1, "light")
    relabel 1 image to 'light'
    >>> workspace.filter_by({"category": "light"})
    >>> np.flatnonzero(workspace.filter.mask()).tolist()
    [1, 2]
    >>> workspace.close()
    """

    def __init__(
        self,
        df: pd.DataFrame,
        vectors: Any = None,
        *,
        image: str | Sequence[Any] = "filename",
        image_dir: str | Path | None = None,
        box: Sequence[str] | None = None,
        box_margin: float = 0.0,
        label: str = "category",
        labels: Sequence[Any] | None = None,
        flag: str = "remove",
        roles: Mapping[str, str] | None = None,
        layout: str = "umap",
        reducer: Any = None,
        n_neighbors: int | Sequence[int] = 15,
        min_dist: float | Sequence[float] = 0.01,
        supervise: str | None = None,
        seed: int | None = None,
        journal: str | Path | None = None,
        copy: bool = False,
        thumbnail_size: int = 64,
        cache: bool = True,
    ) -> None:
        validation.check_frame(df, label)
        self.vectors = None if vectors is None else check_vectors(vectors, len(df))
        placing = validation.placing(df, n_neighbors, min_dist, supervise, seed, cache, reducer)
        self.images = Images(df, image, image_dir, box, box_margin)
        self.roles = resolve_roles(df, roles, boxes=box or ())
        self.df = df.copy() if copy else df
        self.events = Events()
        self.lock = threading.RLock()
        """Held while rows are added, or vectors replaced."""
        self.reading = threading.RLock()
        """Held while rows are added, and by whoever reads what has an entry a row in several places."""
        self.closed = False
        self.closing = ExitStack()
        """What is to be done at the end, the last first."""
        self.image_column = image if isinstance(image, str) else None
        self.box = list(box) if box is not None else None
        self.supervise = supervise
        self.journal = journal
        self.session = uuid.uuid4().hex[:12]
        self.view = View(self, self.touch)
        self.review = Review(self, self.touch)
        self._once: list[int] = []  # how many rows there were before some were added
        self._given = [] if layout == "umap" else ["layout"]
        self._memory = Memory(None, self.state)
        try:
            self._open(placing, image, label, labels, flag, layout, thumbnail_size, cache)
        except BaseException:
            self.close()  # the journal would stay in use
            raise

    def _open(
        self,
        placing: Any,
        image: str | Sequence[Any],
        label: str,
        labels: Sequence[Any] | None,
        flag: Any,
        layout: str,
        thumbnail_size: int,
        cache: bool,
    ) -> None:
        """Make all that a workspace consists of, from arguments that were checked."""
        frame, box = self.df, self.box
        by_class = box is not None and label != CLASS and CLASS in frame and colorable(frame[CLASS])
        self.log = EditLog(
            frame,
            label,
            flag,
            labels=labels,
            names=self.images.names,
            identity=[*([image] if isinstance(image, str) else []), *(box or ())],  # what tells rows apart
            box_class=CLASS if by_class else None,
            box_truth=MATCHED_CLASS if holds_matches(frame) and colorable(frame[MATCHED_CLASS]) else None,
            journal=self.journal,
        )
        self.closing.callback(lambda: self.log.close())
        self.flag_column, self.reason_column = self.log.flag_column, self.log.fields["reason"].column
        # Without a journal nothing outlives this object, so nothing of an earlier one is sent to it.
        self.dataset = self.session if self.journal is None else name_of_dataset(self.images.names, self.journal)
        self.store = ThumbnailStore(self.images, thumbnail_size, cache)
        self.closing.callback(lambda: self.store.close())
        n_neighbors, min_dist, reducer = placing.n_neighbors, placing.min_dist, placing.reducer
        self.catalog = Catalog(self.current, self.images.names, label, self.roles, n_neighbors, min_dist, reducer)
        states = {"flagged": self._flagged, "edited": self._edited_rows, "unreadable": self._unreadable}
        tags = self.roles.get("tags")
        self.filter = FilterState(
            Sieve(self.current, label, self._labels, states, tags=tags, label_values=self._label_values)
        )
        self.read_columns()
        self.hotspots = HotspotList(
            self._hotspots_changed, self.log, self.current, label, self.roles, self._places, cache
        )
        self.boxes = BoxClasses(self.log, self.images, self.current, box is not None)
        self.preparation = Preparation(self.store, self, placing)
        self.closing.callback(lambda: self.preparation.close())
        self.view.settings["layout"] = self.catalog.canonical(layout)
        self.log.observe(self._edited, whole=True)

    def start(self) -> Workspace:
        """Look at the picture as it was left, where there is a journal, and begin to read and place the images."""
        self._memory = Memory(None if self.journal is None else memory_path(self.journal), self.state)
        kept = self._memory.load()
        if kept is not None:
            try:
                restore(self, kept, leave=[*self._given, "hotspots"])  # the journal itself keeps those
            except MISTAKES as error:
                warnings.warn(f"the picture is not as it was left: {words(error)}", stacklevel=3)
        self.closing.callback(self._memory.close)
        self.preparation.start(self.vectors)
        return self

    def close(self) -> None:
        """End all work; the journal is free, and what is held can still be read and, without a journal, corrected."""
        with uninterrupted():
            self.end()

    def end(self) -> None:
        """Close, where signals are held back already, or can be no more."""
        self.closed = True
        self.closing.close()

    def check_open(self) -> None:
        """Raise RuntimeError where something needs the work behind a workspace that was closed."""
        if self.closed:
            raise RuntimeError(
                "this plot was closed; PixPlot(plot.df, ...) makes a new one of the frame with its corrections"
            )

    # --- rows and columns ---

    def current(self) -> pd.DataFrame:
        """Give `df`, for whatever goes by positions: raises RowsChangedError once other code added or removed rows."""
        self.log.check_rows(NO_ROWS)
        return self.df

    def column(self, name: str) -> pd.Series:
        """Give a column by its name as text; raises KeyError where there is none."""
        return column_of(self.current(), name)

    def positions(self, rows: Any) -> np.ndarray:
        """Turn what a user calls rows into positions, int64 (k,)."""
        return to_positions(self.current(), rows)

    def rows(self, rows: Any) -> pd.DataFrame:
        """Give the rows of `df` that are meant."""
        return self.current().iloc[self.positions(rows)]

    def read_columns(self) -> None:
        """See which columns there are, and which of them one can filter by."""
        self._columns = self._columns_now()
        self.facets = self.filter.sieve.kinds(leave_out=self._flag_columns)

    def meet_columns(self) -> None:
        """Tell of columns that other code made since: whoever goes by one wants to find it in the menus too."""
        if self._columns_now() != self._columns:
            self._columns_changed()

    def _columns_changed(self) -> None:
        self.read_columns()
        self.events.tell(ColumnsChanged())

    def _columns_now(self) -> list[str]:
        return [name for name in map(str, self.df.columns) if name not in self._flag_columns]

    @property
    def _flag_columns(self) -> tuple[str, str]:
        return str(self.flag_column), str(self.reason_column)

    @property
    def problems(self) -> pd.DataFrame:
        """Rows whose image could not be read, or that a layout could not place: position, index, file, reason."""
        found = list(self.store.problems)
        found += [(row, reason) for row, reasons in self.catalog.problems.items() for reason in reasons]
        rows = [row for row, _ in found]
        return pd.DataFrame(
            {
                "position": np.asarray(rows, dtype=np.int64),
                "index": self.current().index[rows],
                "file": [self.images.names[row] for row in rows],
                "reason": pd.Series([reason for _, reason in found], dtype=object),
            }
        )

    def problems_of(self, row: int) -> list[str]:
        """Say what is wrong with the image of a row, or with its place."""
        unread = dict(self.store.problems).get(row)
        return [*([unread] if unread else []), *self.catalog.problems.get(row, ())]

    def _unreadable(self) -> np.ndarray:
        mask = np.zeros(len(self.df), dtype=bool)
        mask[[row for row, _ in self.store.problems]] = True
        return mask

    # --- labels and edits ---

    def apply(self, rows: np.ndarray, kind: str, value: Any, **asked: Any) -> Change:
        """Make an edit that somebody asked for on screen, as `EditLog.apply`."""
        if kind == "label":
            validation.check_given(self.current(), self.log.label_column)
        return self.log.apply(rows, "truth" if kind == "class" and "truth" in self.log.fields else kind, value, **asked)

    def relabel(self, rows: Any, label: Any, column: str | None = None) -> pd.DataFrame:
        """Give rows a label, as `PixPlot.relabel`; returns them as they are now."""
        give(self, rows, validation.editable(self.log.fields, column), label)
        return self.rows(rows)

    def rename_label(self, old: Any, new: Any) -> pd.DataFrame:
        """Give all rows of one label another; returns them as they are now."""
        with self.log.lock:
            rows = self.log.labels.rows_of(old)
            give(self, rows, "label", new)
        return self.df.iloc[rows]

    def refresh(self) -> None:
        """Take over what other code wrote to `df`."""
        self.log.refresh()
        self._outdate(self.catalog.forget())
        self._columns_changed()

    def _edited(self, change: Change) -> None:
        self.events.tell(Edited(change))
        if self.filter.conditions:
            self.events.tell(FilterChanged())
        self._outdate(self.catalog.forget(set(self.edited_columns)))

    def _outdate(self, names: list[str]) -> None:
        if names:
            self.events.tell(LayoutsOutdated(names))

    @property
    def edited_columns(self) -> list[str]:
        """The columns that edits write to, as text."""
        return [str(field.column) for field in self.log.fields.values()]

    def _labels(self) -> tuple[np.ndarray, Sequence[str]]:
        return self.log.labels.codes, self.log.labels.names

    def _label_values(self) -> Sequence[Any]:
        return self.log.labels.values

    def _flagged(self) -> np.ndarray:
        return self.log.flags

    def _edited_rows(self) -> np.ndarray:
        return self.log.edited

    @property
    def suggested_column(self) -> Any:
        """Name of the column of suggested labels; it may be made while the picture is there."""
        return self.roles.get("suggested", "suggested")

    def suggested(self) -> tuple[list[str], np.ndarray]:
        """Give the labels that a column suggests, and of each row which, int32 (n,), -1: none; empty without it."""
        column = self.df.get(self.suggested_column)
        if isinstance(column, pd.Series) and len(column) == len(self.log.flags):
            try:
                with self.log.lock:
                    return suggested_labels(column, self.log.labels)
            except TypeError:  # lists, or the like: a column of that name which is about something else
                pass
        return [], np.empty(0, np.int32)

    # --- what is shown ---

    def touch(self) -> None:
        """Have how the picture is looked at kept for the next time, soon."""
        if not self.closed:
            self._memory.touch()

    def filter_by(self, value: Any, question: Any = None) -> None:
        """Filter by what a user, a state or a page gives; the last in a `question`, which is then answered."""
        if self.filter.set(value, question):
            self.meet_columns()
            self.touch()
            self.events.tell(FilterChanged())

    def hover(self, row: int) -> None:
        """Note what is under the pointer; -1: nothing."""
        self.events.tell(Hovered(row))

    def show_row(self, row: Any, open: bool) -> None:
        """Have every view go to a row."""
        self.events.tell(RowShown(validation.one_row(self.current(), row), bool(open)))

    def state(self) -> dict[str, Any]:
        """Give how the picture is looked at, of what JSON can hold."""
        return state_of(self)

    def restore(self, state: Any) -> None:
        """Look at the picture as it was when `state` was called."""
        restore(self, state)

    # --- layouts, hotspots, vectors ---

    def add_layout(self, name: str, xy: Any) -> Layout:
        """Add a layout of the user's own."""
        made = self.catalog.add(name, xy)
        self.events.tell(LayoutMade(name))
        self.events.tell(LayoutsListed())
        return made

    def arrange(self, layout: str, geojson: Any, options: dict[str, Any]) -> Layout:
        """Show a layout with options."""
        if geojson is not None:
            options["overlay"] = self.catalog.add_overlay(geojson)
        name = self.catalog.name(layout, options)
        made = self.catalog[name]
        self.events.tell(LayoutsListed())  # columns may have been added
        self.view.set("layout", name)
        return made

    def set_hotspots(self, hotspots: Any) -> None:
        """Set all hotspots; None finds them anew."""
        if hotspots is None:
            self.check_open()
        self.hotspots.set(hotspots)
        if hotspots is None:
            self.preparation.group()

    def _hotspots_changed(self, in_step: bool) -> None:
        self.events.tell(HotspotsChanged(in_step))

    def _places(self) -> np.ndarray:
        return self.catalog["umap"].xy

    def set_vectors(self, vectors: Any) -> None:
        """Place images by other vectors, from where they stand."""
        self.check_open()
        with self.lock:  # no rows may come between
            checked = None if vectors is None else validation.replacing(vectors, len(self.current()), self._once)
            present = self.catalog["umap"].as_projected.xy if "umap" in self.catalog else None
            with uninterrupted():
                self.vectors = checked
                self.preparation.place(checked, start_from=present)

    def extension(self, vectors: np.ndarray | None, dataset: str, before: int) -> Any:
        """Make ready for more rows than the `before` that there are; what is returned takes in what comes of them."""
        once = [*self._once, before]

        def take() -> None:
            self.vectors, self.dataset, self._once = vectors, dataset, once

        return take

    def similar(self, rows: np.ndarray, k: int, label: Any = ...) -> np.ndarray:
        """Find the rows nearest to some others, nearest first; of one label only, if one is given.

        Raises
        ------
        ValueError
            If images have not been compared yet.
        """
        vectors = self.preparation.vectors
        if vectors is None or (len(rows) and np.max(rows) >= len(vectors)):
            raise ValueError("the images are still being read; ask again when that is done")
        if label is ...:
            return similar(vectors, rows, k)
        column = self.log.labels
        code = MISSING if label is None else column.names.index(label) if label in column.names else MISSING - 1
        pool = np.union1d(np.flatnonzero(column.codes[: len(vectors)] == code), rows)
        return pool[similar(vectors[pool], np.searchsorted(pool, rows), k)]

    # --- the work in the background, and what it tells ---

    def stop(self) -> None:
        """Stop reading and arranging images, soon."""
        with uninterrupted():  # or some of it could not be gone on with
            self.preparation.stop()

    def resume(self) -> None:
        """Go on with what `stop` stopped, or an error ended."""
        with uninterrupted():
            self.preparation.resume()

    @property
    def progress(self) -> Progress:
        """How far the preparation is."""
        return self.preparation.progress

    def looked(self, rows: np.ndarray) -> None:
        """Take in that thumbnails were made."""
        self.events.tell(PicturesMade(rows))

    def placed(self, name: str, layout: Layout) -> None:
        """Take in a layout that was made."""
        follow = self.catalog.put(name, layout)
        self.events.tell(LayoutMade(name))
        self._outdate(follow)

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """Find the hotspots of new places."""
        self.hotspots.projected(xy, cancel)

    def progressed(self, progress: Progress) -> None:
        """Tell how far the preparation is."""
        self.events.tell(Progressed(progress))
