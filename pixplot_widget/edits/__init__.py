"""The log of edits: the only writer of the DataFrame."""

from .changes import Change
from .history import Aside
from .log import EditLog
from .steps import Growth

__all__ = ["Aside", "Change", "EditLog", "Growth"]
