"""What happens in a workspace, as events: whoever shows it, or goes on from it, listens to the kinds that matter.

An event says what has happened, and is heard in the thread in which it did, in the order in which listeners came.
What it is about is read from the workspace, as it is then; an event holds only what cannot be read there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..edits import Change
from ..preparation import Progress

__all__ = [
    "CameraSet",
    "ColumnsChanged",
    "Edited",
    "Event",
    "Events",
    "FilterChanged",
    "HotspotsChanged",
    "Hovered",
    "LayoutMade",
    "LayoutsListed",
    "LayoutsOutdated",
    "PicturesMade",
    "Progressed",
    "ReviewFilled",
    "ReviewMoved",
    "RowShown",
    "RowsAdded",
    "SelectionChanged",
    "SettingChanged",
]


@dataclass(frozen=True)
class Event:
    """Something that has happened."""


@dataclass(frozen=True)
class Edited(Event):
    """A step was made, taken back or made again, or somebody else wrote to the frame."""

    change: Change


@dataclass(frozen=True)
class RowsAdded(Event):
    """There are more rows, from position `first` on; `layouts` follow from the frame and have to be made anew."""

    first: int
    layouts: Sequence[str]


@dataclass(frozen=True)
class ColumnsChanged(Event):
    """There are other columns, or other code wrote to them."""


@dataclass(frozen=True)
class PicturesMade(Event):
    """Thumbnails of `rows`, int32 (k,), are there."""

    rows: np.ndarray


@dataclass(frozen=True)
class LayoutMade(Event):
    """A layout is there, or better than before."""

    name: str


@dataclass(frozen=True)
class LayoutsOutdated(Event):
    """What these layouts follow from has changed."""

    names: Sequence[str]


@dataclass(frozen=True)
class LayoutsListed(Event):
    """There may be other layouts, or options of layouts, than before."""


@dataclass(frozen=True)
class HotspotsChanged(Event):
    """There are other hotspots; `in_step`: by a step, which is told next."""

    in_step: bool


@dataclass(frozen=True)
class FilterChanged(Event):
    """Other rows pass the filter, or the same for another reason."""


@dataclass(frozen=True)
class SelectionChanged(Event):
    """Other rows are selected; `client` is the page that selected them, "" if it was code."""

    client: str


@dataclass(frozen=True)
class SettingChanged(Event):
    """One of `settings.SETTINGS` has another value."""

    name: str
    value: Any


@dataclass(frozen=True)
class ReviewFilled(Event):
    """There is another review queue."""


@dataclass(frozen=True)
class ReviewMoved(Event):
    """Another place of the review queue is looked at; `client` is the page that moved there, "" if it was code."""

    client: str


@dataclass(frozen=True)
class CameraSet(Event):
    """Code, or a state that was restored, has the camera look elsewhere."""


@dataclass(frozen=True)
class RowShown(Event):
    """Code wants to see a row; `open`: in the inspector, too."""

    row: int
    open: bool


@dataclass(frozen=True)
class Hovered(Event):
    """The pointer is over a row; -1: over none."""

    row: int


@dataclass(frozen=True)
class Progressed(Event):
    """The preparation is further."""

    progress: Progress


E = TypeVar("E", bound=Event)


class Events:
    """Who listens to which events.

    Examples
    --------
    >>> events = Events()
    >>> end = events.on(Hovered, lambda event: print("over", event.row))
    >>> events.tell(Hovered(3))
    over 3
    >>> end()
    >>> events.tell(Hovered(4))
    """

    def __init__(self) -> None:
        self._listeners: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}

    def on(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Have a function called with each event of a kind; returns what ends that."""
        self._listeners[kind] = (*self._listeners.get(kind, ()), listener)

        def end() -> None:
            self._listeners[kind] = tuple(each for each in self._listeners[kind] if each != listener)

        return end

    def tell(self, event: Event) -> None:
        """Call whoever listens to events of this kind.

        Raises
        ------
        Exception
            What a listener raises; those after it are not called.
        """
        for listener in self._listeners.get(type(event), ()):
            listener(event)
