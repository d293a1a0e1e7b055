"""Layouts for the pages: sent to all, or when they are looked at, and again when they are out of date."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext

from ..layouts.catalog import KEPT
from ..protocol import Trouble
from ..workspace import Workspace
from .messages import Messages
from .parts import Parts

__all__ = ["LayoutParts"]

logger = logging.getLogger(__name__)

MANY = 20_000
"""From so many images on, arranging them may take long enough to be told."""


class LayoutParts:
    """What pages hold of the layouts of a workspace.

    Parameters
    ----------
    parts : Parts
        Keeps and sends.
    workspace : Workspace
        Makes layouts.
    messages : Messages
        Writes them.
    do : callable
        ``do(work, argument)`` has a thread do what takes longer than a moment.
    """

    def __init__(
        self, parts: Parts, workspace: Workspace, messages: Messages, do: Callable[[Callable[[str], None], str], None]
    ) -> None:
        self._parts = parts
        self._workspace = workspace
        self._messages = messages
        self._do = do
        self._chosen: dict[str, None] = {}  # layouts with options that were sent, an ordered set
        self._stale: set[str] = set()  # layouts that pages may hold as they were

    def post(self, name: str) -> None:
        """Send a layout to the pages, after what is looked at now if it is not that."""
        self._stale.discard(name)
        hidden = name != self._workspace.view.layout
        self._parts.post(f"layout/{name}", lambda: self._messages.layout(name), patiently=hidden)

    def outdate(self, name: str) -> None:
        """Send a layout only to pages that come later, and to the others when it is shown."""
        self._stale.add(name)
        self._parts.post(f"layout/{name}", lambda: self._messages.layout(name), quietly=True)

    def remake(self, names: list[str]) -> None:
        """Send layouts again that follow from something that has changed; hidden ones when they are looked at."""
        for name in names:
            self.outdate(name)
        if self._workspace.view.layout in names:
            self.show(self._workspace.view.layout)

    def show(self, name: str) -> None:
        """Make a layout that pages are going to show, and send it if they lack it as it is now; from another thread."""
        self._do(self._show, name)

    def _show(self, name: str) -> None:
        try:
            self._parts.hurry(f"layout/{name}")
            if name in self._stale or not self._parts.has(f"layout/{name}"):
                self.bring(name)
        except Exception as error:  # whoever looks at a page is told
            logger.exception("the layout %s could not be made", name)
            self._parts.tell(Trouble(id=-1, text=f"{name} could not be made: {error}"))

    def bring(self, name: str) -> None:
        """Make a layout in this thread, and send it."""
        if "?" in name and name != self._workspace.view.layout:
            return  # a slider has gone on; whoever comes back to it asks again
        many = len(self._workspace.images) >= MANY
        with self._workspace.preparation.telling("Arranging") if many else nullcontext():
            self._workspace.catalog[name]  # made here, not in the thread that sends
        if name in self._stale or not self._parts.again(f"layout/{name}"):
            self.post(name)
        if "?" in name:
            self._chosen.pop(name, None)
            self._chosen[name] = None
            while len(self._chosen) > KEPT:
                oldest = next(iter(self._chosen))
                del self._chosen[oldest]
                self._parts.drop(f"layout/{oldest}")
