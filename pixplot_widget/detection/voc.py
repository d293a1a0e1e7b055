"""Pascal VOC's XML files as COCO."""

from __future__ import annotations

import math
import ntpath
import os
import posixpath
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ..files import open_regular
from .reading import folder, number, shown, yes_or_no
from .report import Problem

__all__ = ["corners_to_box", "from_voc"]

DEEPEST = 100
"""So many elements in one another; VOC has five."""


def from_voc(annotations: str | os.PathLike, *, one_based: bool = False) -> dict[str, Any]:
    """Read a folder of Pascal VOC XML files as COCO instances.

    Parameters
    ----------
    annotations : path
        Folder of .xml files. An object marked `difficult` is one that is neither right nor wrong (`ignore`).
    one_based : bool
        True for the files of the VOC challenges themselves, where the first pixel is 1 and xmax belongs to the box.
        Labeling tools count from 0, and a box is xmax - xmin wide.

    Returns
    -------
    dict
        `images`, `annotations` and `categories` (by name), for `match`.

    Raises
    ------
    NotADirectoryError
        If the folder is not there.

    Notes
    -----
    A `filename` that begins at the root of a disk, as some tools write it, is of somebody else's disk: its last part is
    taken. Where images in several sub-folders have the same file name, all are taken to lie in sub-folders named as
    those of their XML files. A file that declares entities, as no tool does, is left out and listed in `problems(...)`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/a.xml", "w") as file:
    ...         _ = file.write(
    ...             "<annotation><filename>a.jpg</filename><object><name>cat</name><bndbox><xmin>10</xmin>"
    ...             "<ymin>20</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object></annotation>"
    ...         )
    ...     coco = from_voc(folder)
    >>> coco["annotations"][0]["bbox"], coco["categories"]
    ([10.0, 20.0, 30.0, 10.0], [{'id': 1, 'name': 'cat'}])
    """
    root = folder(annotations)
    problems: list[Problem] = []
    pictures: list[dict[str, Any]] = []
    parents: list[str] = []
    objects: list[tuple[int, str, list[float], bool]] = []
    for path in sorted(root.rglob("*.xml")):
        name = path.relative_to(root).as_posix()
        try:
            tree = _tree(path)
        except (OSError, ValueError) as error:
            problems.append(Problem("image", len(pictures), name, str(error), False))
            continue
        picture = {"id": len(pictures) + 1, "file_name": _file_name(tree.findtext("filename")) or f"{path.stem}.jpg"}
        for side in ("width", "height"):
            size = number(tree.findtext(f"size/{side}"))
            if 1 <= size < math.inf:  # 0 in files whose writer did not know
                picture[side] = int(size)
        pictures.append(picture)
        parents.append(posixpath.dirname(name))
        for item in tree.iter("object"):
            box = [number(item.findtext(f"bndbox/{corner}")) for corner in ("xmin", "ymin", "xmax", "ymax")]
            label = " ".join((item.findtext("name") or "").split())
            if not label:
                problems.append(Problem("truth", -1, picture["file_name"], "an object has no name", False))
                continue
            difficult = yes_or_no(item.findtext("difficult"))
            if difficult is None:
                said = shown(item.findtext("difficult"))
                reason = f"difficult {said} is neither yes (1) nor no (0); it is taken as no"
                problems.append(Problem("truth", len(objects), picture["file_name"], reason, True))
            objects.append((picture["id"], label, corners_to_box(box, one_based), bool(difficult)))
    if len({picture["file_name"] for picture in pictures}) < len(pictures):
        for picture, parent in zip(pictures, parents, strict=True):
            picture["file_name"] = posixpath.join(parent, picture["file_name"])
    names = {name: count for count, name in enumerate(sorted({label for _, label, _, _ in objects}), start=1)}
    return {
        "images": pictures,
        "annotations": [
            {
                "id": count,
                "image_id": image,
                "category_id": names[label],
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
                "ignore": int(difficult),
            }
            for count, (image, label, box, difficult) in enumerate(objects, start=1)
        ],
        "categories": [{"id": count, "name": name} for name, count in names.items()],
        "problems": [problem._asdict() for problem in problems],
    }


def corners_to_box(corners: Sequence[float], one_based: bool = False) -> list[float]:
    """Return x, y, width and height of a box given by two corners.

    Examples
    --------
    >>> corners_to_box([10, 20, 40, 30]), corners_to_box([10, 20, 40, 30], one_based=True)
    ([10, 20, 30, 10], [9, 19, 31, 11])
    """
    left, top, right, bottom = corners
    extra = 1 if one_based else 0
    return [left - extra, top - extra, right - left + extra, bottom - top + extra]


def _file_name(text: str | None) -> str:
    """Return a file name with the separators of all systems; of a whole path of another machine its last part."""
    name = (text or "").strip().replace("\\", "/")
    rooted = name.startswith("/") or ntpath.splitdrive(name)[0]
    return posixpath.basename(name) if rooted else posixpath.normpath(name) if name else ""


def _tree(path: Path) -> ElementTree.Element:
    """Read an XML file that declares no entities: a few hundred bytes of them can grow to gigabytes, or name files.

    Raises
    ------
    ValueError
        It is none.
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"its elements lie in one another, more than {DEEPEST} deep")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*declared: Any) -> None:
        raise ValueError(f"it declares an entity, {shown(declared[0])}; annotations need none")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, refuse
    try:
        with open_regular(path) as file:
            parser.Parse(file.read(), True)
        return builder.close()
    except expat.ExpatError as error:
        raise ValueError(f"it is no XML: {error}") from error
    except LookupError as error:  # an encoding that nobody knows
        raise ValueError(f"it is no XML that can be read: {error}") from error
