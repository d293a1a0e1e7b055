"""The review: images one by one, in an order that goes on where it was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .events import ReviewFilled, ReviewMoved
from .review_queue import ReviewQueue

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["Review"]


class Review:
    """The review of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Whose images are reviewed.
    touch : callable
        Has it kept for the next time, soon.
    """

    def __init__(self, workspace: Workspace, touch: Callable[[], None]) -> None:
        self._workspace = workspace
        self._touch = touch
        self.queue = ReviewQueue()
        self.at = -1
        """Place in the queue that is looked at; -1: the review is closed."""

    def open(self, by: Any, ascending: bool | None) -> None:
        """Fill the queue, as `PixPlot.review`, and open it where the same order was left."""
        workspace = self._workspace
        place = self.queue.fill(workspace.current(), by, ascending, edited=workspace.edited_columns)
        workspace.meet_columns()
        workspace.events.tell(ReviewFilled())
        self.move(place)

    def fill(self, rows: np.ndarray, by: str) -> None:
        """Fill the queue as a page asks: in the order of a column, among the rows that pass the filter; or with `rows`.

        Of rows of its own a page knows the order, and is at work on them already: only the other is opened.
        """
        workspace = self._workspace
        shown, among = (workspace.filter.mask(), workspace.filter.text) if by else (None, "")
        place = self.queue.fill(workspace.current(), by or rows, None, shown, workspace.edited_columns, among)
        workspace.events.tell(ReviewFilled())
        if by:
            self.move(place)

    def offer(self, queue: ReviewQueue) -> None:
        """Offer to go on with a queue; it is not open."""
        self.move(-1)
        self.queue = queue
        self._workspace.events.tell(ReviewFilled())

    def check(self, at: int) -> int:
        """Return a place of the queue, -1 for none; raises IndexError for one that it does not have."""
        if at > len(self.queue.rows):
            raise IndexError(f"the review has {len(self.queue.rows)} images; there is no place {at} in it")
        return max(-1, at)

    def move(self, at: int, client: str = "") -> None:
        """Go to a place of the queue, -1 closes the review; `client` is the page that asks, "" if it is code.

        Raises
        ------
        IndexError
            The queue has no such place.
        """
        at = self.check(at)
        if at >= 0:
            self.queue.place = at
        if at != self.at:
            self.at = at
            self._touch()
            self._workspace.events.tell(ReviewMoved(client))
