"""How a message becomes frames of JSON and bytes, and comes out of them; ``js/src/protocol/framing.ts`` is the mirror.

One message is JSON plus at most one buffer a frame. All arrays of a message lie one after the other in a
single byte stream, each at a multiple of 8 bytes, so that the page can look at them without a copy. A stream
of more than `MAX_BYTES` goes out in several frames: hosts drop or choke on larger messages.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..packing import sendable
from .message import DTYPES, Message, ProtocolError

__all__ = ["MAX_BYTES", "Decoder", "encode"]

MAX_BYTES = 1_000_000
ALIGNMENT = 8

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
