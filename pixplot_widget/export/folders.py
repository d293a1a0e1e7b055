"""The frame as a tree of folders, one a label, as torchvision's ImageFolder and `datasets.from_folder` read it.

Nothing that is there is ever overwritten or deleted: files are made with a flag that fails where there is one, and
names that are taken (also by another spelling of upper and lower case) get a number.
"""

from __future__ import annotations

import contextlib
import filecmp
import io
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import pandas as pd

from ..edits import EditLog

__all__ = ["COLUMNS", "safe_name", "to_folders"]

COLUMNS = ("position", "file", "label", "target", "outcome", "reason")
MODES = ("copy", "link", "move")

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST = 200  # bytes of a name: 255 are allowed, some are kept for a number and a suffix
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


class Pictures(Protocol):
    """What is needed of `Images`."""

    names: list[str]

    def where(self, row: int) -> str | None:
        """Path or address of a row's file; None if it has none."""

    def box(self, row: int) -> Any:
        """The box of a row that is a crop; None if it is a whole image."""

    def original(self, row: int) -> tuple[bytes, str]:
        """A row's picture as bytes and their MIME type."""


def safe_name(text: str) -> str:
    """Make a label or file name that every file system takes, and that names no other folder.

    Examples
    --------
    >>> [safe_name(text) for text in ("cat", "a/b", "..", "con", "what?", " ", "x. ")]
    ['cat', 'a_b', '_', 'con_', 'what_', '_', 'x']
    """
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8")))
    name = name.strip().rstrip(". ")
    if _DEVICES.fullmatch(name):
        stem, dot, rest = name.partition(".")
        name = f"{stem}_{dot}{rest}"
    if name.startswith("."):
        name = f"_{name[1:]}"  # a hidden folder would be passed over
    while len(name.encode()) > _LONGEST:
        name = name[:-1]
    return name or "_"


def to_folders(
    log: EditLog,
    images: Pictures,
    path: Any,
    *,
    dry_run: bool = True,
    mode: str = "copy",
) -> pd.DataFrame:
    """Lay the images out in one folder a label.

    Flagged images and those without a label are left out. What was laid out there by an earlier call is recognised and
    not laid out again.

    Parameters
    ----------
    log : EditLog
        Labels and flags.
    images : Images
        The pictures, one a row of the log's frame.
    path : path-like
        The folder; made if it is not there.
    dry_run : bool
        Only list what would be done, and touch nothing.
    mode : {"copy", "link", "move"}
        Copy the files; make symbolic links to them (hard links where there are none); or move them. A moved file is
        not where the frame says any more: `target` of the list is its new place. Rows that are crops (written as
        JPEG) or have no file of their own can only be copied.

    Returns
    -------
    pandas.DataFrame
        One row an image: position, file, label, target (below `path`; None if left out), outcome and reason. Outcomes:
        "copy", "link" or "move", followed by "ed" when it was done; "there already"; "left out"; "failed".

    Raises
    ------
    ValueError
        `mode` is unknown, or rows cannot be moved or linked.
    NotADirectoryError
        `path` is a file.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from PIL import Image
    >>> from pixplot_widget.images import Images
    >>> folder = tempfile.mkdtemp()
    >>> Image.new("RGB", (8, 8)).save(folder + "/1.png")
    >>> df = pd.DataFrame({"filename": ["1.png"], "category": ["cat/kitten"]})
    >>> plan = to_folders(EditLog(df), Images(df, image_dir=folder), folder + "/tree")
    >>> plan[["target", "outcome"]].values.tolist()
    [['cat_kitten/1.png', 'copy']]
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    root = Path(path).expanduser()
    if _is_in_the_way(root):
        raise NotADirectoryError(f"{str(root)!r} is a file; give a folder")
    with log.lock:
        log.refresh()
        codes, names, flags = log.labels.codes.copy(), log.labels.names, log.flags
    tree = _Tree(images, root, mode)
    wanted = (codes >= 0) & ~flags
    tree.refuse_what_cannot_be(np.flatnonzero(wanted).tolist())
    folders = _distinct(safe_name(name) for name in names)
    plan = []
    for row, code in enumerate(codes.tolist()):
        if wanted[row]:
            placement = tree.plan(row, folders[code])
        else:
            placement = Placement(row, None, "left out", "flagged" if flags[row] else "no label")
        plan.append(placement)
    if not dry_run:
        plan = [tree.lay(placement) for placement in plan]
    return pd.DataFrame(
        [
            (
                p.row,
                images.names[p.row],
                names[codes[p.row]] if codes[p.row] >= 0 else None,
                p.target,
                p.outcome,
                p.reason,
            )
            for p in plan
        ],
        columns=list(COLUMNS),
    )


@dataclass(frozen=True)
class Placement:
    """Where one row's picture goes: its `target` below the root, and what is or was done."""

    row: int
    target: str | None
    outcome: str
    reason: str = ""


class _Tree:
    """A tree in the making: which names are taken, and what goes where."""

    def __init__(self, images: Pictures, root: Path, mode: str) -> None:
        self.images = images
        self.root = root
        self.mode = mode
        self._taken: dict[str, set[str]] = {}

    def refuse_what_cannot_be(self, rows: list[int]) -> None:
        """Raise where files cannot be moved or linked, before anything is done."""
        if self.mode == "copy":
            return
        seen: dict[str, int] = {}
        for row in rows:
            source = self._file(row)
            if source is None:
                raise ValueError(
                    f"row {row} ({self.images.names[row]!r}) has no file of its own to {self.mode}; use mode='copy'"
                )
            first = seen.setdefault(os.path.realpath(source), row)
            if self.mode == "move" and first != row:
                raise ValueError(
                    f"rows {first} and {row} are both of {str(source)!r}, which cannot be moved twice; use mode='copy'"
                )

    def plan(self, row: int, folder: str) -> Placement:
        """Find a name that nothing has, or the one under which this very picture is there from an earlier call."""
        source = self._file(row)
        if source is not None and not source.is_file():
            return Placement(row, None, "failed", f"there is no file {str(source)!r}")
        if _is_in_the_way(self.root / folder):
            return Placement(row, None, "failed", f"{str(self.root / folder)!r} is a file, where a folder is wanted")
        try:
            stem, suffix = os.path.splitext(self._own_name(row))
            stem, suffix = safe_name(stem), _FORBIDDEN.sub("_", suffix)[:20]
            taken = self._taken.setdefault(folder, set())
            number = 1
            while True:
                name = f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}"
                number += 1
                if name.casefold() in taken:
                    continue
                place = self.root / folder / name
                free = not os.path.lexists(place)
                if free or self._is(place, row):
                    taken.add(name.casefold())
                    return Placement(row, f"{folder}/{name}", self.mode if free else "there already")
        except (OSError, ValueError) as error:
            return Placement(row, None, "failed", str(error))

    def lay(self, placement: Placement) -> Placement:
        """Do what was planned."""
        if placement.outcome != self.mode or placement.target is None:
            return placement
        source, target = self._file(placement.row), self.root / placement.target
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if source is None:
                _write_new(target, io.BytesIO(self.images.original(placement.row)[0]))
            elif self.mode == "copy":
                _copy_new(source, target)
            elif self.mode == "link":
                _link_new(source, target)
            else:
                _move_new(source, target)
        except (OSError, ValueError) as error:
            return replace(placement, target=None, outcome="failed", reason=str(error))
        return replace(placement, outcome={"copy": "copied", "link": "linked", "move": "moved"}[self.mode])

    def _file(self, row: int) -> Path | None:
        """The file that is a row's picture; None where the picture is a crop, or bytes, or somewhere else."""
        where = self.images.where(row)
        return None if where is None or self.images.box(row) is not None or _is_url(where) else Path(where)

    def _own_name(self, row: int) -> str:
        """What the file of a row would be called if no name were taken."""
        source = self._file(row)
        if source is not None:
            return source.name
        name = Path(self.images.names[row])
        if self.images.box(row) is not None:
            return f"{name.stem}.jpg"  # crops are encoded anew
        where = self.images.where(row)
        if where is not None:
            return Path(where.partition("?")[0]).name
        return f"{name.stem}{_SUFFIXES.get(self.images.original(row)[1], '')}"

    def _is(self, place: Path, row: int) -> bool:
        """Whether a file that is there is the picture that would be put there."""
        source = self._file(row)
        if not place.is_file():
            return False
        if source is None:
            return place.read_bytes() == self.images.original(row)[0]
        # an equal file elsewhere would still have to be moved
        return source.samefile(place) or (self.mode != "move" and filecmp.cmp(source, place, shallow=False))


def _is_in_the_way(folder: Path) -> bool:
    """Whether something is there, be it a link to nowhere, that is no folder."""
    return os.path.lexists(folder) and not folder.is_dir()


def _is_url(where: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", where) is not None


def _write_new(target: Path, file: IO[bytes], *, sync: bool = False) -> None:
    """Write a file that must not be there yet; a half-written one is removed again."""
    with target.open("xb") as out:
        try:
            shutil.copyfileobj(file, out)
            out.flush()
            if sync:
                os.fsync(out.fileno())
        except BaseException:
            out.close()  # before it is removed: Windows insists
            target.unlink()
            raise


def _copy_new(source: Path, target: Path, *, sync: bool = False) -> None:
    with source.open("rb") as file:
        _write_new(target, file, sync=sync)
    with contextlib.suppress(OSError):  # times and rights are welcome, not needed
        shutil.copystat(source, target)


def _link_new(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source.resolve())
    except FileExistsError:
        raise
    except OSError:  # Windows asks for a privilege
        os.link(source.resolve(), target)


def _move_new(source: Path, target: Path) -> None:
    """Move a file to a name that must not be there yet: os.rename would overwrite."""
    if source.is_symlink():
        target.symlink_to(source.resolve())
    else:
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:  # another disk, or one without links
            _copy_new(source, target, sync=True)  # on disk before the other is gone
    source.unlink()


def _distinct(names: Iterable[str]) -> list[str]:
    """Number names that are taken, in whatever case: Cat and cat are one folder on many disks."""
    taken: set[str] = set()
    out = []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate.casefold())
        out.append(candidate)
    return out
