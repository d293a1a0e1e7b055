"""How a message becomes frames of JSON and bytes, and comes out of them; ``js/src/protocol/framing.ts`` is the mirror.

One message is JSON plus at most one buffer a frame. All arrays of a message lie one after the other in a
single byte stream, each at a multiple of 8 bytes, so that the page can look at them without a copy. A stream
of more than `MAX_BYTES` goes out in several frames: hosts drop or choke on larger messages.

What a page sends has limits, since the kernel keeps frames until their message is whole. And some hosts lose the
buffers of a page's message (Panel reads them as text), so a page writes a short stream into the JSON, as base64.
"""

from __future__ import annotations

import base64
import dataclasses
import itertools
import json
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..packing import sendable
from .message import DTYPES, Message, ProtocolError, check_fields, check_json, whole

__all__ = ["MAX_BYTES", "Decoder", "encode"]

MAX_BYTES = 1_000_000
ALIGNMENT = 8

MOST_BYTES = 64_000_000
"""Of one message of a page, and of all that are not whole yet: the positions of 16 million rows."""

MOST_FRAMES = MOST_BYTES // MAX_BYTES
MOST_KEY = 200
"""Characters of the name by which the frames of a message find each other."""

_stream = uuid.uuid4().hex[:8]
_counter = itertools.count()


def _align(position: int) -> int:
    return -(-position // ALIGNMENT) * ALIGNMENT


def _sendable(head: dict[str, Any]) -> dict[str, Any]:
    """Give a head of which every text is UTF-8: one with half a character, as some file names have, would not leave."""
    try:
        json.dumps(head, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        return _whole(head)
    return head


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return sendable(value)
    if isinstance(value, (list, tuple)):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value


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
    >>> from pixplot_widget.protocol import INCOMING, Decoder, Select, encode
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
            content |= _sendable({"fields": fields, "arrays": arrays, "bytes": size, "part": part})
        piece = stream[index * MAX_BYTES : (index + 1) * MAX_BYTES]
        yield content, [piece] if piece else []


class _Frame(NamedTuple):
    """Where a frame belongs, and what it brings."""

    key: str
    index: int
    count: int
    data: bytes


class Decoder:
    """Joins frames into messages and checks them.

    Parameters
    ----------
    types : dict
        Message class by its type; the page's messages are `INCOMING`.

    Notes
    -----
    A message has at most 64 MB of arrays (`MOST_BYTES`) in frames of at most 1 MB (`MAX_BYTES`). Of messages that are
    not whole yet, `MOST_OPEN` are kept, of as many bytes together; of more the oldest goes, which its sender repeats.
    """

    MOST_OPEN = 32

    def __init__(self, types: dict[str, type[Message]]) -> None:
        self._types = types
        # Of each message that is not whole yet, its frames: how many there are to be, and the head of the first; bytes.
        self._open: dict[str, dict[int, tuple[dict[str, Any], bytes]]] = {}

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
        frame = _read(content, buffers)
        frames = self._open.pop(frame.key, {})
        if any(head["frames"] != frame.count for head, _ in frames.values()):
            raise ProtocolError(f"a frame says that it is one of {frame.count}; those before it said otherwise")
        frames[frame.index] = (content if frame.index == 0 else {"frames": frame.count}, frame.data)
        if len(frames) == frame.count:
            try:
                return self._build(frames[0][0], b"".join(frames[k][1] for k in range(frame.count)))
            except ProtocolError as error:
                error.head = frames[0][0]
                raise
        self._open[frame.key] = frames
        while len(self._open) > self.MOST_OPEN or self._kept_bytes() > MOST_BYTES:
            self._open.pop(next(iter(self._open)))  # a frame of it was lost: the sender will repeat all
        return None

    def _kept_bytes(self) -> int:
        return sum(len(data) for frames in self._open.values() for _, data in frames.values())

    def _build(self, head: dict, stream: bytes) -> Message:
        kind = head.get("type")
        cls = self._types.get(kind) if isinstance(kind, str) else None
        if cls is None:
            raise ProtocolError(f"a message of type {kind!r}; known: {sorted(self._types)}")
        fields, arrays = head.get("fields", {}), head.get("arrays", [])
        if not isinstance(fields, dict) or not isinstance(arrays, list):
            raise ProtocolError(f"{cls.type}: fields are a dict and arrays a list")
        if whole(head.get("bytes", 0), "bytes", most=MOST_BYTES) != len(stream):
            raise ProtocolError(f"{cls.type}: {len(stream)} bytes came where {head.get('bytes')} were announced")
        values = dict(fields)
        for array in arrays:
            name, found = _array(cls.type, array, stream)
            if name in values:
                raise ProtocolError(f"{cls.type}.{name} is there twice")
            values[name] = found
        check_fields(cls, values)
        return cls(**values)


def _read(content: Any, buffers: Any) -> _Frame:
    """Look at one frame by itself.

    Raises
    ------
    ProtocolError
        It is none of ours, or larger than one may be.
    """
    if not isinstance(content, dict):
        raise ProtocolError(f"not a frame: it is a {type(content).__name__}, not a dict")
    head = {name: value for name, value in content.items() if name != "stream"}
    check_json(head)
    key = content.get("message")
    if not isinstance(key, str) or len(key) > MOST_KEY:
        raise ProtocolError(f"not a frame: it names its message by a text of at most {MOST_KEY} characters")
    count = whole(content.get("frames"), "frames", least=1, most=MOST_FRAMES)
    index = whole(content.get("frame"), "frame", most=count - 1)
    data = _data(content.get("stream", ""), buffers or [])
    if len(data) > MAX_BYTES:
        raise ProtocolError(f"a frame has at most {MAX_BYTES:,} bytes; this one has {len(data):,}")
    return _Frame(key, index, count, data)


def _data(stream: Any, buffers: Any) -> bytes:
    """Give the bytes of a frame, from its buffer or from the text in its JSON."""
    if not isinstance(stream, str):
        raise ProtocolError(f"the stream in a frame is text, not {type(stream).__name__}")
    if stream and buffers:
        raise ProtocolError("a frame has its bytes in its stream or in a buffer, not in both")
    if len(stream) > 2 * MAX_BYTES:
        raise ProtocolError(f"a frame has at most {MAX_BYTES:,} bytes, also as text")
    if not isinstance(buffers, (list, tuple)) or len(buffers) > 1:
        raise ProtocolError("a frame has one buffer at most")
    if not buffers:
        try:
            return base64.b64decode(stream, validate=True)
        except ValueError as error:
            raise ProtocolError(f"the stream in a frame is no base64: {error}") from error
    if not isinstance(buffers[0], (bytes, bytearray, memoryview)):
        raise ProtocolError(f"the buffer of a frame is bytes, not {type(buffers[0]).__name__}")
    size = memoryview(buffers[0]).nbytes
    if size > MAX_BYTES:
        raise ProtocolError(f"a frame has at most {MAX_BYTES:,} bytes; this one has {size:,}")
    return bytes(buffers[0])


def _array(kind: str, array: Any, stream: bytes) -> tuple[str, np.ndarray]:
    """Give the name of one of a message's arrays, and the array."""
    if not isinstance(array, dict) or not isinstance(array.get("name"), str):
        raise ProtocolError(f"{kind}: an array is described by its name, dtype, length and offset")
    name, dtype = array["name"], array.get("dtype")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ProtocolError(f"{kind}.{name} is an array of {dtype!r}; arrays may be {sorted(DTYPES)}")
    length = whole(array.get("length"), f"{kind}.{name}'s length", most=MOST_BYTES)
    offset = whole(array.get("offset"), f"{kind}.{name}'s offset", most=MOST_BYTES)
    if offset % ALIGNMENT:
        raise ProtocolError(f"{kind}.{name} begins at {offset}, which is no multiple of {ALIGNMENT}")
    if offset + length * np.dtype(dtype).itemsize > len(stream):
        raise ProtocolError(f"{kind}.{name} is longer than the bytes that came")
    return name, np.frombuffer(stream, dtype=dtype, count=length, offset=min(offset, len(stream)))
