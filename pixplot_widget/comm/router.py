"""What pages say, and who deals with it: one table."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..edits import Change
from ..edits.answers import Inbox
from ..edits.changes import words
from ..errors import MISTAKES, EditError
from ..facets.filter_state import value_of
from ..protocol import (
    INCOMING,
    Ack,
    CameraMoved,
    Decoder,
    EditSent,
    FilterWanted,
    Hello,
    HotspotEdit,
    Hover,
    Message,
    PreparationWanted,
    ProtocolError,
    ReviewMove,
    ReviewWanted,
    Select,
    Trouble,
    Want,
    check_rows,
    number_of_edit,
)
from ..workspace import Workspace
from .layout_parts import LayoutParts
from .requests import Requests

if TYPE_CHECKING:
    from .live import Pages

__all__ = ["Router"]

logger = logging.getLogger(__name__)


class Router:
    """Hears pages. Whatever one says, it is answered, in words where that cannot be done.

    Parameters
    ----------
    pages : Pages
        What they hold.
    workspace : Workspace
        What they see and correct.
    requests : Requests
        Answers questions, in threads of its own.
    layouts : LayoutParts
        Brings layouts.
    """

    def __init__(self, pages: Pages, workspace: Workspace, requests: Requests, layouts: LayoutParts) -> None:
        self._pages = pages
        self._workspace = workspace
        self._layouts = layouts
        self._decoder = Decoder(INCOMING)
        self._inbox = Inbox(workspace.log)
        self._handlers: dict[type[Message], Callable[[Any], None]] = {
            Hello: lambda message: pages.parts.hello(message.have, message.called),
            EditSent: self._edit,
            HotspotEdit: self._edit,
            Select: lambda message: workspace.view.select(message.rows, message.client),
            FilterWanted: self._filter,
            Hover: lambda message: workspace.hover(message.row),
            CameraMoved: lambda message: workspace.view.note_camera(message.x, message.y, message.width),
            ReviewMove: lambda message: workspace.review.move(message.at, message.client),
            ReviewWanted: lambda message: workspace.review.fill(message.rows, message.by),
            PreparationWanted: lambda message: (workspace.resume if message.on else workspace.stop)(),
            **dict.fromkeys([*requests.handlers, Want], requests.answer),
        }
        requests.handlers[Want] = self._want

    def hear(self, content: Any, buffers: list) -> None:
        """Hear one frame; the comm lives on whatever it holds."""
        number = -1
        try:
            message = self._decoder.feed(content, buffers)
            if message is not None:
                number = getattr(message, "id", -1)
                if not isinstance(message, (EditSent, HotspotEdit)):  # the refusal of which has to be acknowledged
                    check_rows(message, len(self._workspace.df))
                self._handlers[type(message)](message)
        except ProtocolError as error:
            self.refuse(-1, f"The kernel did not understand the page: {error}")
            if (asked := number_of_edit(error.head or content)) is not None:
                self._answer(*asked, refusing(error))  # else its page would send it, and none after it, for ever
        except MISTAKES as error:
            self.refuse(number, words(error))
        except Exception as error:
            logger.exception("what a page said could not be dealt with")
            self.refuse(number, f"That could not be done: {error}")

    def refuse(self, number: int, text: str) -> None:
        """Tell pages in words what could not be done, and of which question that is, -1: of none."""
        self._pages.parts.tell(Trouble(id=number, text=text))

    def _want(self, message: Want) -> None:
        kind, _, name = message.part.partition("/")
        if kind == "layout":
            self._layouts.bring(self._workspace.catalog.canonical(name))
        elif kind == "coloring":
            self._pages.post_coloring(name)
        elif kind == "facet":
            self._pages.post_facet(name)
        elif not self._pages.parts.again(message.part):
            raise KeyError(f"there is nothing called {message.part!r}")

    def _filter(self, message: FilterWanted) -> None:
        state, question = self._workspace.filter, (message.client, message.seq)
        try:
            self._workspace.filter_by(value_of(state.sieve.from_page(message.conditions)), question)
        except MISTAKES as error:
            state.refuse(question)
            self.refuse(-1, f"The filter was refused: {words(error)}")
        self._pages.post_filter()

    # --- edits ---

    def _edit(self, edit: EditSent | HotspotEdit) -> None:
        act, size = partial(self._made, edit), edit.rows.nbytes
        try:
            check_rows(edit, len(self._workspace.df))
        except IndexError as error:
            act, size = refusing(error), 0  # rows that are none may be many, and the answer may have to wait
        self._answer(edit.client, edit.seq, act, edit.oldest, size)

    def _answer(self, client: str, seq: int, act: Callable[[], Change], oldest: int = 1, size: int = 0) -> None:
        for answer in self._inbox.receive(client, seq, act, oldest=oldest, size=size):
            held = answer.change.message if answer.change is not None and len(answer.change.held) else ""
            reason = answer.reason or held
            self._pages.parts.tell(Ack(client=answer.client, seq=answer.seq, ok=answer.ok, reason=reason))

    def _made(self, edit: EditSent | HotspotEdit) -> Change:
        """Do what a page asks: its turn has come."""
        workspace, asked = self._workspace, {"client": edit.client, "seq": edit.seq}
        if isinstance(edit, HotspotEdit):
            return workspace.hotspots.edit(edit.kind, edit.key, edit.name, edit.at, edit.rows, **asked)
        if edit.kind in ("undo", "redo"):
            return (workspace.log.undo if edit.kind == "undo" else workspace.log.redo)(**asked)
        check_rows(edit, len(workspace.df))  # again: it may have waited for those before it
        return workspace.apply(edit.rows, edit.kind, edit.value, reason=edit.reason or None, how=edit.how, **asked)


def refusing(error: Exception) -> Callable[[], Change]:
    """Give what refuses an edit for a reason that is known already."""

    def refuse() -> Change:
        raise EditError(words(error))

    return refuse
