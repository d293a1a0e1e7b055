"""What pages say to the kernel; ``js/src/protocol/to-kernel.ts`` is the mirror."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .message import LARGEST, MOST_NAME, Message, Rows

__all__ = [
    "INCOMING",
    "BoxesWanted",
    "CameraMoved",
    "EditSent",
    "FilterWanted",
    "Hello",
    "HotspotEdit",
    "Hover",
    "ImageWanted",
    "PreparationWanted",
    "ReviewMove",
    "ReviewWanted",
    "RowWanted",
    "Search",
    "Select",
    "SheetWanted",
    "SimilarWanted",
    "Want",
    "check_rows",
    "number_of_edit",
]


@dataclass(frozen=True, kw_only=True)
class Hello(Message):
    """A page is there (or lost something): send what is not among `have`, the names of parts it holds."""

    type: ClassVar[str] = "hello"
    client: str
    have: list[str]
    called: bool  # in answer to a roll call


@dataclass(frozen=True, kw_only=True)
class Want(Message):
    """A page wants a part that is not sent to everybody: a layout, a coloring."""

    type: ClassVar[str] = "want"
    part: str


@dataclass(frozen=True, kw_only=True)
class SheetWanted(Message):
    """A page wants the pictures of `rows` at `cell` px."""

    type: ClassVar[str] = "want-sheet"
    id: int
    cell: int
    rows: Rows


@dataclass(frozen=True, kw_only=True)
class RowWanted(Message):
    """A page wants the metadata of a row."""

    type: ClassVar[str] = "want-row"
    id: int
    row: int


@dataclass(frozen=True, kw_only=True)
class ImageWanted(Message):
    """A page wants the full picture of a row; `whole`: not the crop but what it was cut from."""

    type: ClassVar[str] = "want-image"
    id: int
    row: int
    whole: bool


@dataclass(frozen=True, kw_only=True)
class BoxesWanted(Message):
    """A page wants the boxes of the picture that a row is a crop of."""

    type: ClassVar[str] = "want-boxes"
    id: int
    row: int


@dataclass(frozen=True, kw_only=True)
class Search(Message):
    """A page looks for text."""

    type: ClassVar[str] = "search"
    id: int
    text: str


@dataclass(frozen=True, kw_only=True)
class SimilarWanted(Message):
    """A page wants the `k` images nearest to `rows` in vector space, nearest first.

    `among` "label": only those that carry `label`, unlabeled ones if that is None; "all": any.
    """

    type: ClassVar[str] = "want-similar"
    id: int
    rows: Rows
    k: int
    among: str
    label: str | None


@dataclass(frozen=True, kw_only=True)
class EditSent(Message):
    """One gesture: `kind` is "label", "flag", "class", "undo" or "redo"; `seq` counts a client's edits from 1.

    `oldest` is the lowest number that the client still keeps: those before it have been acknowledged.
    """

    type: ClassVar[str] = "edit"
    client: str
    seq: int
    oldest: int
    kind: str
    rows: Rows
    value: str | bool | None
    how: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Select(Message):
    """The rows selected on the page."""

    type: ClassVar[str] = "select"
    client: str
    rows: Rows


@dataclass(frozen=True, kw_only=True)
class FilterWanted(Message):
    """A page filters by these conditions; `seq` counts those of a client."""

    type: ClassVar[str] = "set-filter"
    client: str
    seq: int
    conditions: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class HotspotEdit(Message):
    """A change of the hotspots, numbered among a client's other edits: a new one, or of the one of id `key`.

    `kind` is "add" (`rows`, `name` unless the kernel is to give it one, and the id it is to have), "rename" (`name`),
    "cover" (`at` is the row), "move" (`at` is the place) or "remove".
    """

    type: ClassVar[str] = "edit-hotspot"
    client: str
    seq: int
    oldest: int
    kind: str
    key: str
    name: str
    at: int
    rows: Rows


@dataclass(frozen=True, kw_only=True)
class CameraMoved(Message):
    """Where a page's view looks now, when it has come to rest."""

    type: ClassVar[str] = "camera-moved"
    client: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Hover(Message):
    """What is under a page's pointer: a row, or -1 for none.

    Not a synced trait: hosts run anew what depends on the widget when one of those changes.
    """

    type: ClassVar[str] = "hover"
    client: str
    row: int


@dataclass(frozen=True, kw_only=True)
class ReviewMove(Message):
    """A page goes to a place in the review; -1 closes it.

    Not a synced trait: of several that are set while the kernel is busy, hosts hand back an earlier one.
    """

    type: ClassVar[str] = "move-review"
    at: int
    client: str


@dataclass(frozen=True, kw_only=True)
class ReviewWanted(Message):
    """A page wants to look through `rows` in that order; or, where there are none, through all in the order of `by`."""

    type: ClassVar[str] = "want-review"
    rows: Rows
    by: str


@dataclass(frozen=True, kw_only=True)
class PreparationWanted(Message):
    """A page wants the kernel to stop reading and arranging images; `on`: to go on with that."""

    type: ClassVar[str] = "want-preparation"
    on: bool


INCOMING: dict[str, type[Message]] = {
    cls.type: cls
    for cls in (
        Hello,
        Want,
        SheetWanted,
        RowWanted,
        ImageWanted,
        BoxesWanted,
        Search,
        SimilarWanted,
        EditSent,
        Select,
        FilterWanted,
        CameraMoved,
        HotspotEdit,
        Hover,
        ReviewMove,
        ReviewWanted,
        PreparationWanted,
    )
}
"""What a page may send."""


def number_of_edit(content: Any) -> tuple[str, int] | None:
    """Give the client and the number of an edit that was not understood, as far as its frame tells; else None.

    Examples
    --------
    >>> number_of_edit({"type": "edit", "fields": {"client": "a", "seq": 3, "rows": "all"}})
    ('a', 3)
    """
    edits = (EditSent.type, HotspotEdit.type)
    fields = content.get("fields") if isinstance(content, dict) and content.get("type") in edits else None
    if not isinstance(fields, dict):
        return None
    client, seq = fields.get("client"), fields.get("seq")
    if not isinstance(client, str) or len(client) > MOST_NAME or type(seq) is not int or not 1 <= seq <= LARGEST:
        return None
    return client, seq


def check_rows(message: Message, n: int) -> None:
    """Check that the rows a page speaks of are rows of the frame: every handler may go by that.

    Parameters
    ----------
    message : Message
        Whose `row` and `rows` are looked at, as far as it has them. A `row` of -1 is none, but not in a question.
    n : int
        How many rows there are.

    Raises
    ------
    IndexError
        They are not: with the first that is none; or there are more of them than rows.

    Examples
    --------
    >>> check_rows(RowWanted(id=1, row=7), 3)
    Traceback (most recent call last):
    ...
    IndexError: there is no row 7; there are 3
    """
    rows = np.asarray([message.row] if hasattr(message, "row") else getattr(message, "rows", []))
    least = -1 if hasattr(message, "row") and not hasattr(message, "id") else 0
    strange = rows[(rows < least) | (rows >= n)]
    if len(strange):
        raise IndexError(f"there is no row {strange[0]}; there are {n}")
    if len(rows) > max(n, 1):
        raise IndexError(f"{len(rows):,} rows were named, some more than once; there are {n}")
