"""What kernel and page say to each other, and how arrays become bytes; ``js/src/protocol.ts`` is its mirror.

One message is JSON plus at most one buffer a frame. All arrays of a message lie one after the other in a
single byte stream, each at a multiple of 8 bytes, so that the page can look at them without a copy. A stream
of more than `MAX_BYTES` goes out in several frames: hosts drop or choke on larger messages.
"""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

__all__ = ["INCOMING", "MAX_BYTES", "PROTOCOL", "Decoder", "Message", "ProtocolError", "encode"]

PROTOCOL = 1
"""Raised whenever a message changes its meaning; a page of another number says so instead of guessing."""

MAX_BYTES = 1_000_000
ALIGNMENT = 8
DTYPES = {"uint8", "int32", "uint32", "float32"}

_stream = uuid.uuid4().hex[:8]
_counter = itertools.count()


class ProtocolError(ValueError):
    """A message that does not follow the protocol."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. Its fields are JSON values or numpy arrays of one of `DTYPES`."""

    type: ClassVar[str]


# --- kernel to page -----------------------------------------------------------------------------------------


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
    new_labels: bool  # whether labels that are not in the list may be made on screen
    layouts: list[str]
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
    """Shape uint8 (k, 2) and mean colour uint8 (k, 3) of the pictures of `rows`."""

    type: ClassVar[str] = "looks"
    rows: np.ndarray
    shapes: np.ndarray
    colors: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Labels(Message):
    """The whole label state: names and colours of the classes; of every row its code, and if flagged, if edited."""

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


@dataclass(frozen=True, kw_only=True)
class Changed(Message):
    """What one edit changed, told to every view. `names` and `palette` are whole lists.

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
    """Colours by a column other than the label: codes into a palette, and its legend."""

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
    """How far the preparation is; `stage` is "" when all is ready.

    Seconds left is -1 while unknown; rate is in images a second, 0 where it is not images that are counted.
    """

    type: ClassVar[str] = "progress"
    stage: str
    done: int
    total: int
    seconds_left: float
    error: str
    rate: float


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
    """Named clusters: of each its number, name and cover; its rows are those from `starts[k]` to `starts[k + 1]`."""

    type: ClassVar[str] = "hotspots"
    ids: list[int]
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
    by an edit of `kind` in `truth_row` (-1: it cannot be), to one of `classes` or a new one.
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
    """Rows that a search, or a question for similar images, found; best first."""

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


# --- page to kernel -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Hello(Message):
    """A page is there (or lost something): send what is not among `have`, the names of parts it holds."""

    type: ClassVar[str] = "hello"
    client: str
    have: list[str]


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
    rows: np.ndarray


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

    `among` "label": only those that carry `label`, unlabelled ones if that is None; "all": any.
    """

    type: ClassVar[str] = "want-similar"
    id: int
    rows: np.ndarray
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
    rows: np.ndarray
    value: str | bool | None
    how: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Select(Message):
    """The rows selected on the page."""

    type: ClassVar[str] = "select"
    client: str
    rows: np.ndarray


@dataclass(frozen=True, kw_only=True)
class FilterWanted(Message):
    """A page filters by these conditions; `seq` counts those of a client."""

    type: ClassVar[str] = "set-filter"
    client: str
    seq: int
    conditions: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class HotspotEdit(Message):
    """A change of the hotspots: one more, or something about the one of number `key`.

    `kind` is "add" (`name`, `rows`), "rename" (`name`), "cover" (`at` is the row), "move" (`at` is the place) or
    "remove".
    """

    type: ClassVar[str] = "edit-hotspot"
    kind: str
    key: int
    name: str
    at: int
    rows: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CameraMoved(Message):
    """Where a page's view looks now, when it has come to rest."""

    type: ClassVar[str] = "camera-moved"
    client: str
    x: float
    y: float
    width: float


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
    rows: np.ndarray
    by: str


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
        ReviewMove,
        ReviewWanted,
    )
}
"""What a page may send."""


# --- codec --------------------------------------------------------------------------------------------------


def _align(position: int) -> int:
    return -(-position // ALIGNMENT) * ALIGNMENT


def encode(message: Message, part: str = "") -> Iterator[tuple[dict[str, Any], list[bytes]]]:
    """Cut a message into frames.

    Parameters
    ----------
    message : Message
        What to say.
    part : str
        Under what name the page keeps it, so that it can say later what it has.

    Yields
    ------
    content : dict
        The JSON of one frame.
    buffers : list of bytes
        Empty, or one buffer of at most `MAX_BYTES`.

    Examples
    --------
    >>> import numpy as np
    >>> frames = list(encode(Select(client="a", rows=np.arange(3, dtype=np.int32))))
    >>> Decoder(INCOMING).feed(*frames[0]).rows
    array([0, 1, 2], dtype=int32)
    """
    fields: dict[str, Any] = {}
    arrays: list[dict[str, Any]] = []
    chunks: list[bytes] = []
    size = 0
    for field in dataclasses.fields(message):
        value = getattr(message, field.name)
        if not isinstance(value, np.ndarray):
            fields[field.name] = value
            continue
        if value.dtype.name not in DTYPES:
            raise ProtocolError(f"{message.type}.{field.name} is {value.dtype}; arrays may be {sorted(DTYPES)}")
        start = _align(size)
        data = np.ascontiguousarray(value).tobytes()
        arrays.append({"name": field.name, "dtype": value.dtype.name, "length": value.size, "offset": start})
        chunks += [b"\0" * (start - size), data]
        size = start + len(data)
    stream = b"".join(chunks)
    count = max(1, -(-size // MAX_BYTES))
    key = f"{_stream}-{next(_counter)}"
    for index in range(count):
        content: dict[str, Any] = {"type": message.type, "message": key, "frame": index, "frames": count}
        if index == 0:
            content |= {"fields": fields, "arrays": arrays, "bytes": size, "part": part}
        piece = stream[index * MAX_BYTES : (index + 1) * MAX_BYTES]
        yield content, [piece] if piece else []


class Decoder:
    """Joins frames into messages and checks them.

    Parameters
    ----------
    types : dict
        Message class by its type; the page's messages are `INCOMING`.
    """

    MOST_OPEN = 32

    def __init__(self, types: dict[str, type[Message]]) -> None:
        self._types = types
        self._open: dict[str, dict[int, tuple[dict, bytes]]] = {}

    def feed(self, content: Any, buffers: list) -> Message | None:
        """Take in one frame.

        Returns
        -------
        Message or None
            The message that this frame completes.

        Raises
        ------
        ProtocolError
            If the frame, or the message that it completes, is not one of ours; it is dropped.
        """
        try:
            key, index, count = str(content["message"]), int(content["frame"]), int(content["frames"])
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"not a frame: {error}") from error
        if not 0 <= index < count:
            raise ProtocolError(f"frame {index} of {count}")
        frames = self._open.setdefault(key, {})
        frames[index] = (content, bytes(buffers[0]) if buffers else b"")
        if len(frames) < count:
            while len(self._open) > self.MOST_OPEN:  # a frame of theirs was lost: the sender will repeat all
                self._open.pop(next(iter(self._open)))
            return None
        del self._open[key]
        if 0 not in frames:
            raise ProtocolError("a message without its first frame")
        return self._build(frames[0][0], b"".join(frames[i][1] for i in sorted(frames)))

    def _build(self, head: dict, stream: bytes) -> Message:
        cls = self._types.get(head.get("type", ""))
        if cls is None:
            raise ProtocolError(f"a message of type {head.get('type')!r}; known: {sorted(self._types)}")
        values = dict(head.get("fields", {}))
        if head.get("bytes", 0) != len(stream):
            raise ProtocolError(f"{cls.type}: {len(stream)} bytes came where {head.get('bytes')} were announced")
        for array in head.get("arrays", []):
            dtype, length, offset = array["dtype"], int(array["length"]), int(array["offset"])
            if dtype not in DTYPES or offset < 0 or length < 0:
                raise ProtocolError(f"{cls.type}.{array['name']}: array of {dtype} at {offset}")
            if offset + length * np.dtype(dtype).itemsize > len(stream):
                raise ProtocolError(f"{cls.type}.{array['name']} is longer than the bytes that came")
            values[array["name"]] = np.frombuffer(stream, dtype=dtype, count=length, offset=offset)
        _check(cls, values)
        return cls(**values)


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "list[str]": (list,),
    "list[dict[str, Any]]": (list,),
    "np.ndarray": (np.ndarray,),
    "str | None": (str, type(None)),
    "str | bool | None": (str, bool, type(None)),
}


def _check(cls: type[Message], values: dict[str, Any]) -> None:
    fields = {field.name: str(field.type) for field in dataclasses.fields(cls)}
    if values.keys() != fields.keys():
        raise ProtocolError(f"{cls.type} has the fields {sorted(fields)}, not {sorted(values)}")
    for name, kind in fields.items():
        allowed = _JSON_TYPES[kind]
        value = values[name]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise ProtocolError(f"{cls.type}.{name} must be {kind}, not {type(value).__name__}")
