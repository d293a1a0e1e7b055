"""Answers to what pages ask.

Comm handlers may run in another thread than the user's code, and must return soon: what takes longer than a
moment (decoding, search, new layouts) is answered from a few threads of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np

from ..facets.reading import inspected, searchable
from ..images import ImageError
from ..protocol import (
    BoxesSent,
    BoxesWanted,
    ImageSent,
    ImageWanted,
    Message,
    RowSent,
    RowsFound,
    RowWanted,
    Search,
    SheetWanted,
    SimilarWanted,
    Trouble,
)
from ..threads import carried
from ..values import folded
from ..workspace import Workspace
from .messages import Messages
from .parts import Parts

__all__ = ["Requests"]

logger = logging.getLogger(__name__)

MOST_HITS = 100_000

_NO_DISTANCES = np.zeros(0, dtype=np.float32)


class Requests:
    """Answers questions about one workspace.

    Parameters
    ----------
    parts : Parts
        Sends.
    workspace : Workspace
        What is asked about.
    messages : Messages
        Writes what pages hold anyway.
    """

    def __init__(self, parts: Parts, workspace: Workspace, messages: Messages) -> None:
        self._parts = parts
        self._workspace = workspace
        self._messages = messages
        self._crew = ThreadPoolExecutor(2, thread_name_prefix="pixplot-requests")
        self._context = copy_context()
        self._closing = threading.Lock()
        self._closed = False
        self.handlers: dict[type[Message], Callable[[Any], Message | None]] = {
            SheetWanted: self._sheet,
            RowWanted: self._row,
            ImageWanted: self._image,
            BoxesWanted: self._boxes,
            Search: self._search,
            SimilarWanted: self._similar,
        }
        """By the kind of a question, what answers it; None: that is answered by a part that was posted."""

    def answer(self, message: Message) -> None:
        """Answer a question, from another thread."""
        self.do(self._answer, message)

    def _answer(self, message: Any) -> None:
        try:
            reply = self.handlers[type(message)](message)
        except Exception as error:
            # The page says so beside what it asked for; what is no refusal, whoever develops sees in the kernel's log.
            if not isinstance(error, (ImageError, KeyError, IndexError, ValueError)):
                logger.exception("a page's %s could not be answered", message.type)
            reply = Trouble(id=getattr(message, "id", -1), text=str(error.args[0] if error.args else error))
        if reply is not None:
            self._parts.tell(reply)

    def do(self, work: Callable[[Any], None], what: Any) -> None:
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
        return self._messages.sheet(asked.id, asked.rows, asked.cell)

    def _row(self, asked: RowWanted) -> RowSent:
        workspace = self._workspace
        df, roles = workspace.current(), workspace.roles
        if not 0 <= asked.row < len(df):
            raise IndexError(f"there is no row {asked.row}; there are {len(df)}")
        apart = {"reason": workspace.reason_column}
        apart |= {role: roles[role] for role in ("description", "permalink") if role in roles}
        texts, fields = inspected(df, asked.row, apart)
        return RowSent(
            id=asked.id,
            row=asked.row,
            fields=fields,
            description=texts.get("description", ""),
            permalink=texts.get("permalink", ""),
            problem="; ".join(workspace.problems_of(asked.row)),
            reason=texts["reason"],
        )

    def _image(self, asked: ImageWanted) -> ImageSent:
        images = self._workspace.images
        if not 0 <= asked.row < len(images):
            raise IndexError(f"there is no row {asked.row}; there are {len(images)}")
        data, mime, size = images.original(asked.row, whole=asked.whole)
        pixels = np.frombuffer(data, dtype=np.uint8)
        return ImageSent(id=asked.id, row=asked.row, mime=mime, bytes=pixels, size=list(size))

    def _boxes(self, asked: BoxesWanted) -> BoxesSent:
        scenes, classes = self._workspace.boxes.scenes, self._workspace.boxes.labels
        scene = scenes.around(asked.row)
        kind = "" if classes is None else "label" if classes.name == self._workspace.log.labels.name else "class"
        if kind and scene.truth_row >= 0 and not scenes.is_missed(scene.truth_row):
            kind = "class"  # the label of a detection is what it was taken for, and not its truth's class
        names = [] if classes is None or scene.truth_row < 0 else list(classes.names)
        return BoxesSent(id=asked.id, row=asked.row, **scene._asdict(), classes=names, kind=kind)

    def _search(self, asked: Search) -> RowsFound:
        workspace, needle = self._workspace, folded(asked.text.strip())
        found = np.zeros(len(workspace.images), dtype=bool)
        if needle:
            for texts in searchable(workspace.current(), workspace.images.names):
                found |= np.fromiter((needle in text for text in texts), dtype=bool, count=len(found))
        rows = np.flatnonzero(found)[:MOST_HITS].astype(np.int32)
        return RowsFound(id=asked.id, rows=rows, distances=_NO_DISTANCES)

    def _similar(self, asked: SimilarWanted) -> RowsFound:
        rows = self._workspace.similar(asked.rows, asked.k, ... if asked.among == "all" else asked.label)
        return RowsFound(id=asked.id, rows=rows.astype(np.int32), distances=_NO_DISTANCES)
