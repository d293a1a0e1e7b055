"""Labels and names of files as every file system takes them."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

from ..values import composed

__all__ = ["cut", "distinct", "safe_name", "safe_suffix"]

LONGEST = 200
"""Bytes of a name: 255 are allowed, some are kept for a number and a suffix."""

LONGEST_SUFFIX = 20

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_SPACES = string.whitespace + "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_SPACES += "".join(map(chr, range(0x2000, 0x200B)))


def safe_name(text: str) -> str:
    """Make a label or file name that every file system takes, and that names no other folder.

    Examples
    --------
    >>> [safe_name(text) for text in ("cat", "a/b", "..", "con", "what?", " ", "x. ")]
    ['cat', 'a_b', '_', 'con_', 'what_', '_', 'x']
    """
    # what stands beyond cannot be part of the name, however it is composed; a label may be a whole book
    name = _plain(text[: LONGEST * 20]).lstrip(_SPACES).rstrip(_SPACES + ".")
    if _DEVICES.fullmatch(name):
        stem, dot, rest = name.partition(".")
        name = f"{stem}_{dot}{rest}"
    if name.startswith("."):
        name = f"_{name[1:]}"  # a hidden folder would be passed over
    return cut(name, LONGEST).rstrip(_SPACES + ".") or "_"


def safe_suffix(suffix: str) -> str:
    """Make the ending of a file's name safe, its point included.

    Examples
    --------
    >>> safe_suffix(".p?g"), safe_suffix("")
    ('.p_g', '')
    """
    return cut(_plain(suffix[: LONGEST_SUFFIX * 4]), LONGEST_SUFFIX).rstrip(_SPACES + ".")


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("_", composed(text.encode("utf-8", "replace").decode("utf-8")))


def cut(text: str, most: int) -> str:
    """Shorten a text to so many bytes of UTF-8, between two characters.

    Examples
    --------
    >>> cut("äöü", 5)
    'äö'
    """
    return text.encode("utf-8")[:most].decode("utf-8", "ignore")


def distinct(names: Iterable[str]) -> list[str]:
    """Number names that are taken, in whatever case: Cat and cat are one folder on many disks.

    Examples
    --------
    >>> distinct(["Cat", "cat", "dog"])
    ['Cat', 'cat_2', 'dog']
    """
    taken: set[str] = set()
    used = Counter[str]()
    out = []
    for name in names:
        candidate = name
        while candidate.casefold() in taken:
            used[name.casefold()] += 1
            candidate = f"{name}_{used[name.casefold()] + 1}"
        taken.add(candidate.casefold())
        out.append(candidate)
    return out
