"""What was wrong with the boxes: said, and not silently cut away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

__all__ = ["Problem", "Report", "problems", "reported"]

ATTRIBUTE = "problems"
BEFORE = "truth_categories"
"""The class of each annotation, by its place, when it was matched."""


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    what : str
        "truth", "detection" or "image".
    number : int
        Its place in the list it came from, from 0; -1 for what did not get into one.
    file : str or None
        The image's file name, where that is known.
    reason : str
        In words.
    counted : bool
        Whether the box takes part in the counts all the same.
    """

    what: str
    number: int
    file: str | None
    reason: str
    counted: bool


_TYPES = {"what": str, "number": int, "file": (str, type(None)), "reason": str, "counted": bool}


def reported(data: Any) -> list[Problem]:
    """Return the problems that a reader of another format left in its COCO dict.

    What somebody else has under that name is left alone.

    Examples
    --------
    >>> reported({"problems": [Problem("image", 0, "a.jpg", "it is empty", False)._asdict(), "gloomy"]})
    [Problem(what='image', number=0, file='a.jpg', reason='it is empty', counted=False)]
    """
    found = data.get("problems") if isinstance(data, Mapping) else None
    return [
        Problem(**each)
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, Mapping)
        and each.keys() == _TYPES.keys()
        and all(isinstance(each[key], kind) for key, kind in _TYPES.items())
    ]


class Report(tuple):
    """Problems, or classes, that travel with a DataFrame in its `attrs`.

    pandas copies `attrs` deeply at every step; this is never changed, so it is its own copy.
    """

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Report:
        return self


def problems(boxes: pd.DataFrame) -> pd.DataFrame:
    """Return what was wrong with the boxes that a table was made of.

    Parameters
    ----------
    boxes : pandas.DataFrame
        From `match`, or the boxes of a reader such as `from_yolo` after `match`.

    Returns
    -------
    pandas.DataFrame
        One row a problem: `what` ("truth", "detection" or "image"), `number` (place in its list, from 0; -1 for what
        did not get into one), `file`, `reason`, and `counted`: False for a box that had to be left out.

    Examples
    --------
    >>> problems(pd.DataFrame()).columns.tolist()
    ['what', 'number', 'file', 'reason', 'counted']
    """
    found = boxes.attrs.get(ATTRIBUTE, ())
    frame = pd.DataFrame(list(found), columns=list(Problem._fields))
    return frame.astype({"number": "int64", "counted": "bool"})
