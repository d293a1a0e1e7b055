"""Labels that code gives: what they are checked for besides what the log checks."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import nearest
from ..labels import LabelColumn
from ..values import folded
from . import validation

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["give"]

ALIKE = 0.8
"""So like another a new label is for a slip of the finger: "dresz" and "dress"; "cat" and "car" are not."""


def give(workspace: Workspace, rows: Any, kind: str, label: Any) -> None:
    """Give rows a label, with a warning where a new one is nearly one that there is."""
    log = workspace.log
    with log.lock:
        validation.check_given(workspace.current(), log.fields[kind].column)
        labels = log.fields[kind].labels
        is_new = isinstance(label, str) and labels.meant(label) is None
        log.apply(rows, kind, label, how="code")
        meant = _nearly(label, labels) if is_new else None
    if meant is not None:
        warnings.warn(f"{label!r} is a new label; did you mean {meant!r}? plot.undo() takes it back", stacklevel=4)


def _nearly(name: str, labels: LabelColumn) -> str | None:
    """Give the label that images have and that is nearly `name`; None if there is none."""
    borne = (labels.values[code] for code in np.flatnonzero(labels.counts))
    fixed = _fixed(name)
    others = [value for value in borne if isinstance(value, str) and value != name and _fixed(value) == fixed]
    return nearest(name, others, ALIKE)


def _fixed(label: str) -> tuple[str, str]:
    """Give what no slip changes: how a label begins ("night" is not "light"), and digits ("class 10" not "class 1")."""
    return folded(label.strip())[:1], re.sub(r"\D", "", label)
