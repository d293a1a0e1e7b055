"""What every message is, in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["DTYPES", "PROTOCOL", "Message", "ProtocolError"]

PROTOCOL = 2
"""Raised whenever a message changes its meaning; a page of another number says so instead of guessing."""

DTYPES = {"uint8", "int32", "uint32", "float32"}


class ProtocolError(ValueError):
    """A message that does not follow the protocol."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. Its fields are JSON values or numpy arrays of one of `DTYPES`."""

    type: ClassVar[str]
