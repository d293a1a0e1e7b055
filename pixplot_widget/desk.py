"""The kernel's side of the conversation with pages: makes what they hold, answers what they ask.

Comm handlers may run in another thread than the user's code, and must return soon: what takes longer than a
moment (decoding, search, new layouts) is answered from a few threads of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import Any

import numpy as np
import pandas as pd

from .facets.coloring import colors_of
from .facets.reading import inspected, searchable
from .headings import column_of
from .images import ImageError, Images
from .images.boxes import Boxes
from .labels import MISSING, LabelColumn
from .layouts import Layout
from .layouts.catalog import KEPT, Catalog
from .neighbors import similar
from .protocol import (
    BoxesSent,
    BoxesWanted,
    Coloring,
    ImageSent,
    ImageWanted,
    LayoutSent,
    Looks,
    Message,
    Names,
    RowSent,
    RowsFound,
    RowWanted,
    Search,
    SheetSent,
    SheetWanted,
    SimilarWanted,
    Trouble,
    Want,
)
from .publisher import Publisher
from .threads import carried
from .thumbnails import ThumbnailStore
from .thumbnails.sheets import SHEET_PX, pack
from .values import folded

__all__ = ["Desk"]

logger = logging.getLogger(__name__)

MOST_PUSHED = 65_536
"""Up to so many images, the coarse sheets of all are sent without being asked for."""

MOST_FINE_PUSHED = 2_048
"""Up to so many, finer ones too: then zooming in is sharp while the kernel is busy."""

COARSE, FINE = 32, 64
MOST_NAMES_PUSHED = 200_000
NAMES_A_PART = 20_000
MOST_HITS = 100_000

MANY = 20_000
"""From so many images on, arranging them may take long enough to be told."""


class Desk:
    """Makes parts and answers for one widget.

    Parameters
    ----------
    publisher : Publisher
        Sends.
    images, store
        The pictures.
    catalog : Catalog
        The layouts.
    df : callable
        Gives the frame as it is now.
    roles : mapping
        Role to column.
    reason_column : str
        Where it says why a row is flagged, once there is such a column.
    labels, vectors : callable
        Give the label column, and what images are compared by, as they are now.
    safe : callable
        Says whether colours are to be told apart by colour-blind eyes.
    shown : callable
        Gives the name of the layout that is shown.
    telling : callable
        Shows on the pages what is being done, while it is done.
    classes : callable
        Gives the column that says what is in a box, where edits may write to it; None otherwise.
    corrected : callable
        Gives the rows of boxes whose truth got another class since they were matched, bool (n,).
    """

    def __init__(
        self,
        publisher: Publisher,
        images: Images,
        store: ThumbnailStore,
        catalog: Catalog,
        df: Callable[[], pd.DataFrame],
        roles: Mapping[str, str],
        reason_column: str,
        labels: Callable[[], LabelColumn],
        vectors: Callable[[], np.ndarray | None],
        classes: Callable[[], LabelColumn | None],
        corrected: Callable[[], np.ndarray],
        shown: Callable[[], str],
        telling: Callable[[str], AbstractContextManager[None]],
        safe: Callable[[], bool] = lambda: False,
    ) -> None:
        self._safe = safe
        self._colorings: set[str] = set()
        self._publisher = publisher
        self._images = images
        self._store = store
        self._catalog = catalog
        self._df = df
        self._roles = roles
        self._looks = 0
        self._chosen: dict[str, None] = {}  # layouts with options that were sent, an ordered set
        self._stale: set[str] = set()  # layouts that pages may hold as they were
        self._crew = ThreadPoolExecutor(2, thread_name_prefix="pixplot-desk")
        self._context = copy_context()
        self._closing = threading.Lock()
        self._closed = False
        self._reason_column = reason_column
        self._labels = labels
        self._vectors = vectors
        self._shown = shown
        self._telling = telling
        self._classes = classes
        self._scenes = Boxes(images, df, labels().name, corrected)
        self._handlers: dict[type, Callable[[Any], Message | None]] = {
            SheetWanted: self._sheet,
            RowWanted: self._row,
            ImageWanted: self._image,
            BoxesWanted: self._boxes,
            Search: self._search,
            SimilarWanted: self._similar,
            Want: self._want,
        }

    # --- parts: what every page should hold ---

    def post_names(self, first: int = 0) -> None:
        """Keep the file names from a row on; of more than `MOST_NAMES_PUSHED` images pages ask for single ones."""
        n = len(self._images)
        if n > MOST_NAMES_PUSHED:
            return
        for start in range(first // NAMES_A_PART * NAMES_A_PART, n, NAMES_A_PART):
            self._publisher.post(f"names/{start}", lambda start=start: self._names(start), patiently=True)

    def post_pictures(self, rows: np.ndarray) -> None:
        """Keep the looks of these rows, and their sheets where there are not too many, for the pages."""
        n = len(self._images)
        self._looks += 1
        name = f"{self._looks}"
        self._publisher.post(
            f"looks/{name}",
            lambda: Looks(rows=rows, shapes=self._store.shapes[rows], colors=self._store.colors[rows]),
        )
        cells = [COARSE] if n <= MOST_PUSHED else []
        if n <= MOST_FINE_PUSHED and self._store.size >= FINE:
            cells.append(FINE)
        for cell in cells:
            a_sheet = (SHEET_PX // cell) ** 2
            for start in range(0, len(rows), a_sheet):
                part = rows[start : start + a_sheet]
                self._publisher.post(
                    f"sheet/{cell}/{name}/{start}", lambda part=part, cell=cell: self._packed(-1, part, cell)
                )

    def post_layout(self, name: str) -> None:
        """Send a layout to the pages, after what is looked at now if it is not that."""
        self._stale.discard(name)
        hidden = name != self._shown()
        self._publisher.post(f"layout/{name}", lambda: layout_message(name, self._catalog[name]), patiently=hidden)

    def outdate_layout(self, name: str) -> None:
        """Send a layout only to pages that come later, and to the others when it is shown."""
        self._stale.add(name)
        self._publisher.post(f"layout/{name}", lambda: layout_message(name, self._catalog[name]), quietly=True)

    def show_layout(self, name: str) -> None:
        """Make a layout that pages are going to show, and send it if they lack it as it is now; from another thread."""
        self._do(self._show, name)

    def _show(self, name: str) -> None:
        try:
            self._publisher.hurry(f"layout/{name}")
            if name in self._stale or not self._publisher.has(f"layout/{name}"):
                self._bring_layout(name)
        except Exception as error:  # as in _answer: whoever looks at a page is told
            logger.exception("the layout %s could not be made", name)
            self._publisher.tell(Trouble(id=-1, text=f"{name} could not be made: {error}"))

    def _bring_layout(self, name: str) -> None:
        if "?" in name and name != self._shown():
            return  # a slider has gone on; whoever comes back to it asks again
        with self._telling("Arranging") if len(self._images) >= MANY else nullcontext():
            self._catalog[name]  # made here, not in the publisher's thread
        if name in self._stale or not self._publisher.again(f"layout/{name}"):
            self.post_layout(name)
        if "?" in name:
            self._chosen.pop(name, None)
            self._chosen[name] = None
            while len(self._chosen) > KEPT:
                oldest = next(iter(self._chosen))
                del self._chosen[oldest]
                self._publisher.drop(f"layout/{oldest}")

    def post_coloring(self, name: str) -> None:
        """Keep the colours by a column for the pages."""
        self._colorings.add(name)
        self._publisher.post(
            f"coloring/{name}", lambda: coloring_message(name, column_of(self._df(), name), self._safe())
        )

    def recolor(self) -> None:
        """Send again what colours pages hold: the palette is another, or columns were written to."""
        for name in sorted(self._colorings):
            self.post_coloring(name)

    # --- answers ---

    def answer(self, message: Message) -> None:
        """Answer a request, from another thread."""
        self._do(self._answer, message)

    def _answer(self, message: Any) -> None:
        try:
            reply = self._handlers[type(message)](message)
        except Exception as error:
            # The page says so beside what it asked for; what is no refusal, whoever develops sees in the kernel's log.
            if not isinstance(error, (ImageError, KeyError, IndexError, ValueError)):
                logger.exception("a page's %s could not be answered", message.type)
            reply = Trouble(id=getattr(message, "id", -1), text=str(error.args[0] if error.args else error))
        if reply is not None:
            self._publisher.tell(reply)

    def _do(self, work: Callable[[Any], None], what: Any) -> None:
        """Have a thread of the crew do some work, unless there is nobody left to see it."""
        with self._closing:
            if not self._closed:
                self._crew.submit(carried(work, self._context), what)

    def close(self) -> None:
        """Answer no more: what still comes is left alone."""
        with self._closing:
            self._closed = True
        self._crew.shutdown(wait=False, cancel_futures=True)

    def _sheet(self, asked: SheetWanted) -> Message:
        return self._packed(asked.id, asked.rows, asked.cell)

    def _packed(self, number: int, rows: np.ndarray, cell: int) -> SheetSent:
        sheet = pack(self._store, self._images, rows, cell)
        jpeg = np.frombuffer(sheet.jpeg, dtype=np.uint8)
        return SheetSent(id=number, cell=cell, columns=sheet.columns, rows=sheet.rows, jpeg=jpeg)

    def _names(self, start: int) -> Names:
        encoded = [name.encode("utf-8", "replace") for name in self._images.names[start : start + NAMES_A_PART]]
        offsets = np.zeros(len(encoded) + 1, dtype=np.uint32)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return Names(start=start, offsets=offsets, text=np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def _row(self, asked: RowWanted) -> RowSent:
        df = self._df()
        if not 0 <= asked.row < len(df):
            raise IndexError(f"there is no row {asked.row}; there are {len(df)}")
        apart = {"reason": self._reason_column}
        apart |= {role: self._roles[role] for role in ("description", "permalink") if role in self._roles}
        texts, fields = inspected(df, asked.row, apart)
        return RowSent(
            id=asked.id,
            row=asked.row,
            fields=fields,
            description=texts.get("description", ""),
            permalink=texts.get("permalink", ""),
            problem="; ".join(self._problems_of(asked.row)),
            reason=texts["reason"],
        )

    def _problems_of(self, row: int) -> list[str]:
        unread = dict(self._store.problems).get(row)
        return [*([unread] if unread else []), *self._catalog.problems.get(row, ())]

    def _image(self, asked: ImageWanted) -> ImageSent:
        if not 0 <= asked.row < len(self._images):
            raise IndexError(f"there is no row {asked.row}; there are {len(self._images)}")
        data, mime, size = self._images.original(asked.row, whole=asked.whole)
        pixels = np.frombuffer(data, dtype=np.uint8)
        return ImageSent(id=asked.id, row=asked.row, mime=mime, bytes=pixels, size=list(size))

    def _boxes(self, asked: BoxesWanted) -> BoxesSent:
        scene, classes = self._scenes.around(asked.row), self._classes()
        kind = "" if classes is None else "label" if classes.name == self._labels().name else "class"
        if kind and scene.truth_row >= 0 and not self._scenes.is_missed(scene.truth_row):
            kind = "class"  # the label of a detection is what it was taken for, and not its truth's class
        names = [] if classes is None or scene.truth_row < 0 else list(classes.names)
        return BoxesSent(id=asked.id, row=asked.row, **scene._asdict(), classes=names, kind=kind)

    def _want(self, asked: Want) -> Message | None:
        kind, _, name = asked.part.partition("/")
        if kind == "layout":
            self._bring_layout(self._catalog.canonical(name))
        elif kind == "coloring":
            column_of(self._df(), name)  # or it says that there is none
            self.post_coloring(name)
        elif not self._publisher.again(asked.part):
            raise KeyError(f"there is nothing called {asked.part!r}")
        return None

    def _search(self, asked: Search) -> RowsFound:
        needle = folded(asked.text.strip())
        found = np.zeros(len(self._images), dtype=bool)
        if needle:
            for texts in searchable(self._df(), self._images.names):
                found |= np.fromiter((needle in text for text in texts), dtype=bool, count=len(found))
        rows = np.flatnonzero(found)[:MOST_HITS].astype(np.int32)
        return RowsFound(id=asked.id, rows=rows, distances=np.zeros(0, dtype=np.float32))

    def _similar(self, asked: SimilarWanted) -> RowsFound:
        rows = self.similar(asked.rows, asked.k, ... if asked.among == "all" else asked.label)
        return RowsFound(id=asked.id, rows=rows.astype(np.int32), distances=np.zeros(0, dtype=np.float32))

    def similar(self, rows: np.ndarray, k: int, label: Any = ...) -> np.ndarray:
        """Find the rows nearest to some others, nearest first; of one label only, if one is given.

        Raises
        ------
        ValueError
            If images have not been compared yet.
        """
        vectors = self._vectors()
        if vectors is None or (len(rows) and np.max(rows) >= len(vectors)):
            raise ValueError("the images are still being read; ask again when that is done")
        if label is ...:
            return similar(vectors, rows, k)
        column = self._labels()
        code = MISSING if label is None else column.names.index(label) if label in column.names else MISSING - 1
        pool = np.union1d(np.flatnonzero(column.codes[: len(vectors)] == code), rows)
        return pool[similar(vectors[pool], np.searchsorted(pool, rows), k)]


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
    """Turn a column into the message that colours by it."""
    colors = colors_of(series, safe)
    return Coloring(name=name, kind=colors.kind, codes=colors.codes, palette=colors.palette, names=colors.names)
