"""The frame as a tree of folders, one a label, as torchvision's ImageFolder and `datasets.from_folder` read it.

Nothing that is there is ever overwritten or deleted: files get their name when they are whole, and only one that is
free; names that are taken (also by another spelling of upper and lower case) get a number.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import shutil
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ..edits import EditLog
from ..files import Inside, written_aside
from ..images import ImageError
from ..images.opening import open_picture
from ..values import text_column, two_forms
from .names import distinct, safe_name, safe_suffix

__all__ = ["COLUMNS", "safe_name", "to_folders"]

COLUMNS = ("position", "file", "label", "target", "outcome", "reason")
MODES = ("copy", "link", "move")

_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


class Pictures(Protocol):
    """What is needed of `Images`."""

    names: list[str]
    image_dir: str | None

    def load(self, row: int, longest: int | None = None) -> Any:
        """The decoded picture of a row, or `ImageError`."""

    def where(self, row: int) -> str | None:
        """Path or address of a row's file; None if it has none."""

    def box(self, row: int) -> Any:
        """The box of a row that is a crop; None if it is a whole image."""

    def original(self, row: int) -> tuple[bytes, str]:
        """A row's picture as bytes and their MIME type."""


def to_folders(
    log: EditLog,
    images: Pictures,
    path: Any,
    *,
    dry_run: bool = True,
    mode: str = "copy",
    outside: bool = False,
    readable: Callable[[int], bool] = lambda row: False,
) -> pd.DataFrame:
    """Lay the images out in one folder a label.

    Left out are flagged images and those without a label; whatever cannot be read as an image; and files outside of
    the dataset's folder, links resolved, which a table of somebody else's might name. What was laid out there by an
    earlier call is recognized and not laid out again. Each file appears whole or not at all, also if this is killed.

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
        JPEG) or have no file of their own can only be copied. A tree is put in order within itself by "move" only.
    outside : bool
        Also take files outside of the dataset's folder. That is `image_dir`; if none was given, the folder that all
        relative paths have in common, or all paths.
    readable : callable
        Says of a row that its image has just been read, so that it need not be read again to know.

    Returns
    -------
    pandas.DataFrame
        One row an image: position, file, label, target (below `path`; None if left out), outcome and reason. Outcomes:
        "copy", "link" or "move", followed by "ed" when it was done; "there already"; "left out"; "failed".

    Raises
    ------
    ValueError
        `mode` is unknown, or rows cannot be moved or linked; or images lie in `path` already, where copies would be
        left under their old labels.
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
    _warn_of_forms(names[code] for code in np.unique(codes[codes >= 0]).tolist())
    tree = _Tree(images, root, mode, None if outside else _folder_of(images))
    left_out = np.where(flags, "flagged", np.where(codes < 0, "no label", "")).astype(object)
    for row in np.flatnonzero(left_out == "").tolist():
        left_out[row] = tree.unwanted(row, readable)
    tree.refuse_what_cannot_be(np.flatnonzero(left_out == "").tolist())
    folders = distinct(safe_name(str(name)) for name in names)
    plan = [
        Placement(row, None, "left out", reason) if reason else tree.plan(row, folders[code])
        for row, (code, reason) in enumerate(zip(codes.tolist(), left_out, strict=True))
    ]
    tree.refuse_old_copies(plan)
    if not dry_run:
        plan = [tree.lay(placement) for placement in plan]
    table = {
        "position": np.array([p.row for p in plan], dtype=np.int64),
        "file": text_column(images.names[p.row] for p in plan),
        "label": text_column(names[codes[p.row]] if codes[p.row] >= 0 else None for p in plan),
        "target": text_column(p.target for p in plan),
        "outcome": text_column(p.outcome for p in plan),
        "reason": text_column(p.reason for p in plan),
    }
    return pd.DataFrame(table, columns=list(COLUMNS))


def _warn_of_forms(labels: Any) -> None:
    for first, other in two_forms(labels):
        warnings.warn(
            f"{first!r} and {other!r} look the same and are two labels, of which one is written with an accent apart "
            f"from its letter; they become two folders. rename_label({other!r}, {first!r}) makes them one",
            stacklevel=3,
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

    def __init__(self, images: Pictures, root: Path, mode: str, inside: Inside | None) -> None:
        self.images = images
        self.root = root
        self.mode = mode
        self._taken: dict[str, set[str]] = {}
        self._first = Counter[tuple[str, str, str]]()  # numbers below are taken: many files may be called image.png
        self._inside = inside

    def unwanted(self, row: int, readable: Callable[[int], bool]) -> str:
        """Say why a row is not to be laid out; "" if it is, or if that shows when its file is looked for."""
        source = self._file(row)
        if source is not None and self._inside is not None and not self._inside.holds(str(source)):
            return f"{str(source)!r} is outside of {self._inside.folder!r}; outside=True takes it along"
        where = self.images.where(row)
        gone = source is not None and not source.exists()
        if (
            gone
            or (readable(row) and (source is None or _is_picture(source)))
            or (where is not None and source is None and self.images.box(row) is None)
        ):
            return ""  # what is elsewhere is read once, when it is written
        try:
            self.images.load(row, 32)
        except ImageError as error:
            return f"no image that can be read: {error}"
        return ""

    def refuse_old_copies(self, plan: list[Placement]) -> None:
        """Raise where images lie in the very tree, and would stay there under their old labels too."""
        if self.mode == "move":
            return
        tree = Inside(str(self.root))
        for placement in plan:
            source = self._file(placement.row) if placement.outcome == self.mode else None
            if source is not None and (tree.holds(str(source)) or tree.holds(str(source), itself=True)):
                raise ValueError(
                    f"{str(source)!r} lies in {str(self.root)!r} already, where mode={self.mode!r} would leave it "
                    "under its old label too; mode='move' puts the folder in order, or give another folder"
                )

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
            stem, suffix = safe_name(stem), safe_suffix(suffix)
            taken = self._taken.setdefault(folder, set())
            number = self._first[folder, stem, suffix] = _free(taken, stem, suffix, self._first[folder, stem, suffix])
            while True:
                name = _numbered(stem, suffix, number)
                number += 1
                if name.casefold() in taken:
                    continue
                place = self.root / folder / name
                free = not os.path.lexists(place)
                if free or self._is(place, row):
                    taken.add(name.casefold())
                    begun = not free and self.mode == "move" and _is_moved_copy(source, place)
                    return Placement(row, f"{folder}/{name}", self.mode if free or begun else "there already")
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
                data = self.images.original(placement.row)[0]
                with written_aside(target, replace=False) as file:
                    file.write(data)
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


def _is_picture(source: Path) -> bool:
    """Whether a file that was a picture still begins as one."""
    try:
        with open_picture(source):
            return True
    except (OSError, ValueError):
        return False


def _is_moved_copy(source: Path, place: Path) -> bool:
    """Whether a file is what a move makes before it removes the source, which may then be removed: nothing leads to it.

    Of a link that is the same link; of a file another of its names, and no link that would lead nowhere.
    """
    if os.path.join(os.path.realpath(place.parent), place.name) == os.path.join(
        os.path.realpath(source.parent), source.name
    ):
        return False
    if source.is_symlink():
        return place.is_symlink() and os.readlink(place) == str(source.resolve())
    return not place.is_symlink() and source.samefile(place)


def _numbered(stem: str, suffix: str, number: int) -> str:
    return f"{stem}{suffix}" if number < 2 else f"{stem}_{number}{suffix}"


def _free(taken: set[str], stem: str, suffix: str, number: int) -> int:
    """The first number, from one on, whose name is not taken."""
    number = max(number, 1)
    while _numbered(stem, suffix, number).casefold() in taken:
        number += 1
    return number


def _is_in_the_way(folder: Path) -> bool:
    """Whether something is there, be it a link to nowhere, that is no folder."""
    return os.path.lexists(folder) and not folder.is_dir()


def _is_url(where: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", where) is not None


def _folder_of(images: Pictures) -> Inside:
    """The dataset's folder: what was given as such, else what its relative paths have in common, or all of them."""
    if images.image_dir is not None and not _is_url(images.image_dir):
        return Inside(images.image_dir)
    relative, all_ = [], []
    for row, name in enumerate(images.names):
        where = images.where(row)
        if where is not None and not _is_url(where):
            all_.append(os.path.dirname(os.path.join(os.getcwd(), where)))
            if not os.path.isabs(os.path.expanduser(name)):
                relative.append(all_[-1])
    try:
        return Inside(os.path.commonpath(sorted(set(relative or all_)) or [os.sep]))
    except ValueError as error:  # Windows: on two drives
        raise ValueError(f"the images lie on several drives ({error}); give image_dir, or outside=True") from error


def _copy_new(source: Path, target: Path) -> None:
    with source.open("rb") as file, written_aside(target, replace=False) as out:
        shutil.copyfileobj(file, out)
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
        try:
            target.symlink_to(source.resolve())
        except FileExistsError:
            if not _is_moved_copy(source, target):  # as below
                raise
    else:
        try:
            os.link(source, target)
        except FileExistsError:
            if not _is_moved_copy(source, target):  # else it was linked already, by a call that was killed then
                raise
        except OSError:  # another disk, or one without links
            _copy_new(source, target)  # on disk before the other is gone
    source.unlink()
