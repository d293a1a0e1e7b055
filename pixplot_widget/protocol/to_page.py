"""What the kernel says to its pages; ``js/src/protocol/to-page.ts`` is the mirror."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .message import Message

__all__ = [
    "Ack",
    "BoxesSent",
    "CameraSent",
    "Changed",
    "Coloring",
    "FacetSent",
    "FilterSent",
    "FlyTo",
    "HotspotsSent",
    "ImageSent",
    "Labels",
    "LayoutSent",
    "Looks",
    "Manifest",
    "Names",
    "Progress",
    "ReviewAt",
    "ReviewSent",
    "RollCall",
    "RowSent",
    "RowsFound",
    "SelectionSent",
    "SheetSent",
    "SuggestedLabels",
    "Trouble",
]


@dataclass(frozen=True, kw_only=True)
class Manifest(Message):
    """What there is to see: sent first, and again whenever one of its facts changes."""

    type: ClassVar[str] = "manifest"
    protocol: int
    session: str  # of this widget object: pending edits of another one are not sent to it
    dataset: str  # what a journal and a page agree on across kernels: pending edits may be offered again
    n: int
    label_column: str
    flag_column: str
    class_column: str  # where the class that is given to a box is corrected; "" where none is
    new_labels: bool  # whether labels that are not in the list may be made on screen
    label_editable: bool  # whether people give the labels; False where the column is worked out, as an outcome is
    layouts: list[list[str]]  # name and title of each, in the order of the picker
    options: dict[str, list[dict[str, Any]]]  # what can be chosen of each: see arrangements.Option
    colorings: list[str]
    facets: list[list[str]]  # [column, kind] of those one can filter by, the label column first
    journal: bool
    boxes: bool  # rows are crops of their images
    problems: list[list[Any]]  # [row, reason], the first hundred
    problem_count: int


@dataclass(frozen=True, kw_only=True)
class Names(Message):
    """File names of the rows from `start`, as UTF-8 with `offsets` (k + 1) into it."""

    type: ClassVar[str] = "names"
    start: int
    offsets: np.ndarray
    text: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Looks(Message):
    """Shape uint8 (k, 2) and mean color uint8 (k, 3) of the pictures of `rows`."""

    type: ClassVar[str] = "looks"
    rows: np.ndarray
    shapes: np.ndarray
    colors: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Labels(Message):
    """The whole label state: names and colors of the classes; of every row its code, and if flagged, if edited.

    `steps` are in words what undo will take back, so many as `undo_steps` says, and then what redo will make again;
    what is due first is first. `more_undo` and `more_redo` are whether there are others behind them. What a step's rows
    will hold then lies in `step_rows`, `step_codes`, `step_flags` and `step_edited`, one step behind the other, each of
    as many rows as `step_sizes` says.
    """

    type: ClassVar[str] = "labels"
    revision: int
    names: list[str]
    palette: np.ndarray
    codes: np.ndarray
    flags: np.ndarray
    edited: np.ndarray
    edits: int
    undo: str
    redo: str
    steps: list[str]
    undo_steps: int
    more_undo: bool
    more_redo: bool
    step_sizes: np.ndarray
    step_rows: np.ndarray
    step_codes: np.ndarray
    step_flags: np.ndarray
    step_edited: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Changed(Message):
    """What one edit changed, told to every view.

    `names` and `palette` (k, 3) are of the labels at `places` alone, which are those that are new or called otherwise
    since the revision before: most edits change none, and there may be 50,000.

    `kind` is "undo", "redo", "outside" (no step, nothing to undo), or what else was done. `note` says in words what no
    page asked for: values that were written outside the widget.
    """

    type: ClassVar[str] = "changed"
    revision: int
    kind: str
    note: str
    client: str
    seq: int
    rows: np.ndarray
    codes: np.ndarray
    flags: np.ndarray
    edited: np.ndarray
    places: np.ndarray
    names: list[str]
    palette: np.ndarray
    edits: int
    undo: str
    redo: str


@dataclass(frozen=True, kw_only=True)
class Ack(Message):
    """Every edit of `client` up to `seq` has been dealt with.

    `reason` says in words why this one was refused, or, of one that stands, which rows it left as they are.
    """

    type: ClassVar[str] = "ack"
    client: str
    seq: int
    ok: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class LayoutSent(Message):
    """Positions float32 (n, 2) of one layout, and what is written and drawn over it."""

    type: ClassVar[str] = "layout"
    name: str
    xy: np.ndarray
    cell: float | None
    captions: list[dict[str, Any]]
    extra: dict[str, Any]
    outline: np.ndarray  # float32: polylines as x, y, x, y, ..., with NaN, NaN between two: the coast
    overlay: np.ndarray  # and a user's GeoJSON


@dataclass(frozen=True, kw_only=True)
class Coloring(Message):
    """Colors by a column other than the label: codes into a palette, and its legend."""

    type: ClassVar[str] = "coloring"
    name: str
    kind: str  # "categories" or "scale"
    codes: np.ndarray
    palette: np.ndarray
    names: list[str]  # of categories; of a scale its two ends


@dataclass(frozen=True, kw_only=True)
class SheetSent(Message):
    """A JPEG of `cell`-px cells, `columns` to a line, holding the pictures of `rows`; `id` when it was asked for."""

    type: ClassVar[str] = "sheet"
    id: int
    cell: int
    columns: int
    rows: np.ndarray
    jpeg: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Progress(Message):
    """How far the preparation is; `stage` is "" when all is ready, or all that was not stopped.

    Seconds left is -1 while unknown; rate is in images a second, 0 where it is not images that are counted. `running`:
    there is work that can be stopped; `stopped`: there is some to go on with.
    """

    type: ClassVar[str] = "progress"
    stage: str
    done: int
    total: int
    seconds_left: float
    error: str
    rate: float
    running: bool
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class SelectionSent(Message):
    """The selected rows, as the kernel holds them."""

    type: ClassVar[str] = "selection"
    rows: np.ndarray
    client: str


@dataclass(frozen=True, kw_only=True)
class FacetSent(Message):
    """A column as one can filter by it: what it holds, and the rows' values unless there are too many.

    Categories have `names`, `counts` and `codes` (n); tags `names`, `counts` and pairs of `rows` and `codes`; numbers
    and dates `counts` of even steps from `low` to `high`, and `values` (n), over `low`, NaN where there is none. Dates
    are in seconds since 1970. Texts are UTF-8 in lower case, with `offsets` (n + 1) into `text`.
    """

    type: ClassVar[str] = "facet"
    name: str
    kind: str
    names: list[str]
    counts: np.ndarray
    rows: np.ndarray
    codes: np.ndarray
    values: np.ndarray
    offsets: np.ndarray
    text: np.ndarray
    low: float
    high: float
    missing: int
    whole: bool  # numbers are whole
    complete: bool  # the rows' values are here


@dataclass(frozen=True, kw_only=True)
class FilterSent(Message):
    """The kernel's filter: its conditions, and the rows that pass, a byte each; no bytes where nothing is filtered.

    `fixed` are the rows that pass those conditions a page cannot judge itself: queries, masks, text. `client` and
    `seq` say whose filter it is.
    """

    type: ClassVar[str] = "filter"
    conditions: list[dict[str, Any]]
    mask: np.ndarray
    fixed: np.ndarray
    client: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class HotspotsSent(Message):
    """Named clusters: of each its id, name and cover; its rows are those from `starts[k]` to `starts[k + 1]`.

    They are as they were at `revision` of the log. Of a step that changed them a page hears this first, and then
    `Changed`.
    """

    type: ClassVar[str] = "hotspots"
    revision: int
    ids: list[str]
    names: list[str]
    covers: np.ndarray
    starts: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CameraSent(Message):
    """Where every view is to look at once it shows `layout`: middle and width, in data units."""

    type: ClassVar[str] = "camera"
    layout: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, kw_only=True)
class FlyTo(Message):
    """Move every view's camera to a row; open it in the inspector if asked."""

    type: ClassVar[str] = "fly"
    row: int
    open: bool


@dataclass(frozen=True, kw_only=True)
class ReviewSent(Message):
    """Rows to look through one by one, in this order, and what the order is; no rows: no review.

    `place` is where it was left, for going on.
    """

    type: ClassVar[str] = "review"
    rows: np.ndarray
    title: str
    place: int


@dataclass(frozen=True, kw_only=True)
class ReviewAt(Message):
    """The place in the review, -1: closed; `client` is the page that went there, "" for code."""

    type: ClassVar[str] = "review-at"
    at: int
    client: str


@dataclass(frozen=True, kw_only=True)
class SuggestedLabels(Message):
    """What a column of the frame suggests as labels: a code into `names` a row, -1 for none; empty without one."""

    type: ClassVar[str] = "suggested-labels"
    names: list[str]
    codes: np.ndarray


@dataclass(frozen=True, kw_only=True)
class RollCall(Message):
    """Say hello again: parts went out since the last time, and only pages know whether they have come."""

    type: ClassVar[str] = "roll-call"


@dataclass(frozen=True, kw_only=True)
class RowSent(Message):
    """The metadata of one row as text, column by column."""

    type: ClassVar[str] = "row"
    id: int
    row: int
    fields: list[list[str]]
    description: str
    permalink: str
    problem: str
    reason: str  # why it is flagged


@dataclass(frozen=True, kw_only=True)
class ImageSent(Message):
    """One image as the browser can show it; `size` is that of the full one, which may be larger than what is sent."""

    type: ClassVar[str] = "image"
    id: int
    row: int
    mime: str
    bytes: np.ndarray
    size: list[int]


@dataclass(frozen=True, kw_only=True)
class BoxesSent(Message):
    """The boxes of the picture that `row` is a crop of: `row` itself first, then the nearest.

    `boxes` float32 (k, 4) are x, y, width, height in px of the whole picture, which is that of row `picture`, the same
    for all its boxes. `truth` (4,) is the ground truth that `row` was compared with, or empty. Its class is corrected
    by an edit of `kind` in `truth_row` (-1: it cannot be), to one of `classes` or a new one. An edit of kind "class"
    corrects the truths of its rows in all rows that speak of them, and leaves what detectors said.
    """

    type: ClassVar[str] = "boxes"
    id: int
    row: int
    picture: int
    total: int
    rows: np.ndarray
    boxes: np.ndarray
    names: list[str]
    notes: list[str]
    truth: np.ndarray
    truth_name: str
    truth_row: int
    classes: list[str]
    kind: str  # "label" or "class"; "" if truths cannot be corrected here


@dataclass(frozen=True, kw_only=True)
class RowsFound(Message):
    """Rows that a search found, in their order, or a question for similar images, nearest first."""

    type: ClassVar[str] = "found"
    id: int
    rows: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Trouble(Message):
    """Something that was asked could not be done; `id` of the request, or -1."""

    type: ClassVar[str] = "trouble"
    id: int
    text: str
