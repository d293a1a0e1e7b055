"""A page without a browser: sends a widget the real messages and hears what it says, frame by frame."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from pixplot_widget import protocol
from pixplot_widget.protocol import INCOMING, Decoder, Message, encode
from tools.waiting import SECONDS

OUTGOING = {cls.type: cls for cls in Message.__subclasses__() if cls.type not in INCOMING}


class Heard(Decoder):
    """Joins frames as the page does; what the kernel says is not checked field by field there."""

    def _build(self, head: dict, stream: bytes) -> Any:
        fields = dict(head["fields"])
        for array in head["arrays"]:
            fields[array["name"]] = np.frombuffer(stream, array["dtype"], array["length"], array["offset"])
        return OUTGOING[head["type"]](**fields), head["part"]


class Page:
    """One page of a widget.

    Parameters
    ----------
    plot : PixPlot
        Its `send` is listened to.
    """

    def __init__(self, plot: Any, client: str = "page") -> None:
        self.plot = plot
        self.client = client
        self.messages: list[Message] = []
        self.parts: dict[str, Message] = {}
        self.have: dict[str, str] = {}
        self.largest = 0
        self._seq = itertools.count(1)
        self._ids = itertools.count(1)
        self._decoder = Heard(OUTGOING)
        self._condition = threading.Condition()
        before = plot.send

        def send(content: Any, buffers: Any = None) -> None:
            self._hear(content, buffers or [])
            before(content, buffers)

        plot.send = send

    def _hear(self, content: dict, buffers: list[bytes]) -> None:
        with self._condition:
            self.largest = max([self.largest, *(len(buffer) for buffer in buffers)])
            done = self._decoder.feed(content, buffers)
            if done is None:
                return
            message, part = done
            self.messages.append(message)
            called = message.type == "roll-call"
            if part:
                name, version = part.split("@")
                self.parts[name] = message
                self.have[name] = version
            self._condition.notify_all()
        if called:
            self.hello(called=True)

    def say(self, message: Message) -> None:
        """Send the kernel a message."""
        for content, buffers in encode(message):
            self.plot._handle_custom_msg(content, [memoryview(buffer) for buffer in buffers])

    def wait(self, found: Callable[[Message], bool], after: int = 0) -> Message:
        """Wait for a message, among those heard already too."""
        with self._condition:
            hit: list[Message] = []

            def look() -> bool:
                hit[:] = [message for message in self.messages[after:] if found(message)]
                return bool(hit)

            assert self._condition.wait_for(look, SECONDS), [m.type for m in self.messages[after:]]
            return hit[0]

    def wait_part(self, name: str, found: Callable[[Any], bool] = lambda _: True) -> Any:
        """Wait until a part is there as it should be."""
        with self._condition:
            assert self._condition.wait_for(lambda: name in self.parts and found(self.parts[name]), SECONDS), sorted(
                self.parts
            )
            return self.parts[name]

    def hello(self, have: list[str] | None = None, called: bool = False) -> None:
        """Say hello, with what this page has unless told otherwise."""
        held = [f"{name}@{version}" for name, version in self.have.items()] if have is None else have
        self.say(protocol.Hello(client=self.client, have=held, called=called))

    def edit(self, kind: str, rows: Any, value: Any, *, seq: int | None = None, reason: str = "", **fields: Any) -> Any:
        """Make an edit; returns its acknowledgement."""
        edit = {"kind": kind, "rows": np.asarray(rows, dtype=np.int32), "value": value, "how": "manual"}
        return self._numbered(protocol.EditSent, seq, edit | {"reason": reason} | fields)

    def edit_hotspot(
        self, kind: str, key: str = "", *, name: str = "", at: int = 0, rows: Any = (), seq: int | None = None
    ) -> Any:
        """Change the hotspots; returns its acknowledgement."""
        edit = {"kind": kind, "key": key, "name": name, "at": at, "rows": np.asarray(rows, dtype=np.int32)}
        return self._numbered(protocol.HotspotEdit, seq, edit)

    def _numbered(self, cls: type[Message], seq: int | None, fields: dict[str, Any]) -> Any:
        number, after = next(self._seq) if seq is None else seq, len(self.messages)
        self.say(cls(**({"client": self.client, "seq": number, "oldest": 1} | fields)))
        return self.wait(lambda m: m.type == "ack" and (m.client, m.seq) == (self.client, number), after)

    def ask(self, cls: type[Message], **fields: Any) -> Any:
        """Ask something; returns the answer."""
        number = next(self._ids)
        self.say(cls(id=number, **fields))
        return self.wait(lambda message: getattr(message, "id", None) == number)
