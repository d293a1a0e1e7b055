"""YOLO's text files as COCO: one file an image, one line a box, and what its numbers mean."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from ..images.decoding import explain, orientation
from ..images.opening import open_picture
from .reading import folder, number, shown, text_of
from .report import Problem

__all__ = ["from_yolo"]

MOST_CLASSES = 2**31
DEEPEST = 20
"""So many lists and mappings in one another; a data.yaml has two."""

FAR = 0.5
"""A corner of a polygon may lie so far outside its image, in shares of it: what is farther is no corner."""


class Line(NamedTuple):
    """One line that could be read: where it stands, its class, and the numbers after it."""

    picture: dict[str, Any]
    where: str
    label: int
    numbers: list[float]


def from_yolo(
    labels: str | os.PathLike,
    images: str | os.PathLike,
    names: Sequence[str] | Mapping[int, str] | str | os.PathLike | None = None,
    *,
    normalized: bool = True,
) -> dict[str, Any]:
    """Read a folder of YOLO text files as COCO instances, or as detections.

    Parameters
    ----------
    labels : path
        Folder of .txt files named as the images; each line a class number and the box's middle, width and height, or
        the corners of a polygon, whose bounding box is taken. A detector's score may follow, or a tracker's id, or both
        in that order: see Notes.
    images : path
        Folder of the images, laid out alike: they give the sizes. Images without a file have no boxes.
    names : sequence, mapping or path, optional
        Class names by number; or a file with one a line, or a data.yaml (read with PyYAML). By default the numbers.
    normalized : bool
        Whether boxes are in shares of the image's width and height, or in px.

    Returns
    -------
    dict
        `images`, `annotations` (with `score` and `track_id` where there was one) and `categories`, for `match`. The id
        of an image is the number that it is called by, if all are called by numbers and no two by one, as results of
        ultralytics have it; else its place, from 1.

    Raises
    ------
    NotADirectoryError
        If one of the folders is not there.
    ValueError
        If `names` are no names.

    Notes
    -----
    Of an odd number of values after the class the last is a score, if it is from 0 to 1, or a track id, if it is whole
    and above 1. Of an even number, from six on, the last two are a score and a track id where the first of them is from
    0 to 1 and the second whole and no coordinate; else they are the last corner of a polygon. Where one line could be
    either (a 0 or 1 at its end), the other lines of the folder decide, if they are of one kind; if not, a single number
    is a score, and two are listed in `problems(...)` and their box is left out. So is a score that is not from 0 to 1.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (200, 100)).save(f"{folder}/a.png")
    ...     with open(f"{folder}/a.txt", "w") as file:
    ...         _ = file.write("0 0.5 0.5 0.1 0.2")
    ...     coco = from_yolo(folder, folder, ["cat"])
    >>> coco["annotations"][0]["bbox"]
    [90.0, 40.0, 20.0, 20.0]
    """
    label_root, image_root = folder(labels), folder(images)
    problems: list[Problem] = []
    pictures = _pictures(image_root, problems)
    known = {os.path.splitext(picture["file_name"])[0]: picture for picture in pictures}
    own = {Path(names).resolve()} if isinstance(names, (str, os.PathLike)) else set()
    lines = list(_lines(label_root, known, own, problems))
    annotations: list[dict[str, Any]] = []
    reading = _Reading(lines, normalized)
    for line in lines:
        scale = (line.picture["width"], line.picture["height"]) if normalized else (1.0, 1.0)
        try:
            box, extra = reading.of(line.numbers)
        except ValueError as error:
            reason = f"{line.where}: {error}"
            problems.append(Problem("truth", -1, line.picture["file_name"], reason, False))
            continue
        box = [value * scale[k % 2] for k, value in enumerate(box)]
        annotation = {"id": len(annotations) + 1, "image_id": line.picture["id"], "category_id": line.label}
        annotations.append(annotation | {"bbox": box, "area": box[2] * box[3], "iscrowd": 0} | extra)
    categories = _class_names(names, {line.label for line in lines})
    return {
        "images": pictures,
        "annotations": annotations,
        "categories": [{"id": label, "name": name} for label, name in categories.items()],
        "problems": [problem._asdict() for problem in problems],
    }


def _lines(root: Path, known: Mapping[str, Any], own: set[Path], problems: list[Problem]) -> Iterator[Line]:
    """Give the lines of the text files of images; what cannot be read is added to `problems`."""
    for path in sorted(root.rglob("*.txt")):
        stem = path.relative_to(root).with_suffix("").as_posix()
        if stem not in known:
            if path.resolve() not in own:
                problems.append(Problem("truth", -1, f"{stem}.txt", "there is no image of that name", False))
            continue
        picture = known[stem]
        try:
            text = text_of(path)
        except (OSError, ValueError) as error:
            problems.append(Problem("truth", -1, picture["file_name"], f"{stem}.txt cannot be read: {error}", False))
            continue
        for count, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            where = f"line {count} of {stem}.txt, {line.strip()[:80]!r}"
            try:
                label, *numbers = map(float, line.split())
                if not (label.is_integer() and 0 <= label < MOST_CLASSES):
                    raise ValueError("the class is not a whole number from 0")
            except ValueError as error:
                problems.append(Problem("truth", -1, picture["file_name"], f"{where}: {error}", False))
                continue
            yield Line(picture, where, int(label), numbers)


class _Reading:
    """What the numbers of a folder's lines mean: see the notes of `from_yolo`."""

    def __init__(self, lines: Iterable[Line], normalized: bool) -> None:
        self._normalized = normalized
        certain = [meant for line in lines if len(meant := self._could_be(line.numbers)) == 1]
        self._seen = {meaning for meant in certain for meaning in meant}

    def of(self, numbers: list[float]) -> tuple[list[float], dict[str, Any]]:
        """Return the box, x, y, width, height, and what else a line says.

        Raises
        ------
        ValueError
            It cannot be told.
        """
        count = len(numbers)
        if count < 4:
            raise ValueError(f"{count} numbers follow the class, where 4 or more are expected")
        meant = self._could_be(numbers)
        if count % 2:
            # a 0 or 1 is a score unless other lines have ids there and none has a score
            as_id = "id" in meant and "score" not in self._seen and ("score" not in meant or "id" in self._seen)
            if as_id:
                return _box(numbers[:-1]), {"track_id": int(numbers[-1])}
            return _box(numbers[:-1]), {"score": _score(numbers[-1])}
        told = meant & self._seen if len(meant) == 2 else meant
        if len(told) != 1:
            raise ValueError(
                f"it may be a polygon of {count // 2} corners, or a box or polygon with a score and a track id: "
                "no other line of the folder tells"
            )
        if told == {"coordinates"}:
            return _box(numbers), {}
        return _box(numbers[:-2]), {"score": _score(numbers[-2]), "track_id": int(numbers[-1])}

    def _could_be(self, numbers: list[float]) -> set[str]:
        """Return what the end of a line may be: "score", "id", "score and id", or "coordinates"."""
        if len(numbers) < 5:
            return {"coordinates"}
        last = numbers[-1]
        is_id = last >= 0 and last.is_integer()
        if len(numbers) % 2:
            return {name for name, may in (("score", 0 <= last <= 1), ("id", is_id)) if may}
        score = numbers[-2]
        if self._normalized:
            corner = all(-FAR <= value <= 1 + FAR for value in (score, last))
            tracked = is_id and (0 <= score <= 1 or not corner)
        else:
            tracked = is_id and 0 <= score <= 1
            corner = not (tracked and 0 < score < 1)
        return {name for name, may in (("score and id", tracked), ("coordinates", corner or not tracked)) if may}


def _score(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"its score, {value:g}, is not from 0 to 1")
    return value


def _box(numbers: list[float]) -> list[float]:
    if len(numbers) == 4:
        x, y, width, height = numbers
        return [x - width / 2, y - height / 2, width, height]
    xs, ys = numbers[::2], numbers[1::2]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _class_names(names: Any, classes: Iterable[int]) -> dict[int, str]:
    """Return class names by number, of any form in which they may be given."""
    what = "names"
    if isinstance(names, (str, os.PathLike)):
        what = os.fspath(names)
        try:
            text = text_of(names)
        except ValueError as error:
            raise ValueError(f"names in {what!r} cannot be read: {error}") from error
        if Path(names).suffix.lower() in (".yaml", ".yml"):
            names = _names_of_yaml(text, what)
        else:
            names = [line.strip() for line in text.splitlines() if line.strip()]
    if names is None:
        names = {label: str(label) for label in sorted(classes)}
    if not isinstance(names, Iterable):
        raise TypeError(f"names are a list, a dict of numbers to names, or a path, not {shown(names)}")
    named: dict[int, str] = {}
    for key, name in names.items() if isinstance(names, Mapping) else enumerate(names):
        label = number(key)
        if not (label.is_integer() and 0 <= label < MOST_CLASSES):
            raise ValueError(f"{what}: {shown(key)} is no number of a class, a whole number from 0")
        if not isinstance(name, (str, int, float)):
            raise ValueError(f"{what}: the name of class {label:g} is text, not {shown(name)}")
        named[int(label)] = str(name)
    return named


def _names_of_yaml(text: str, what: str) -> Any:
    """Return the names in a data.yaml, as they are written there.

    The file is read as a tree of texts and nothing in it is made: neither dates and numbers nor what its aliases would
    grow to.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"reading {what!r} needs PyYAML: pip install pyyaml") from error
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:  # PyYAML takes minutes for brackets in brackets, thousands deep
                raise ValueError(f"{what!r} is not YAML of a data set: it is nested too deeply")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"{what!r} is not YAML: {' '.join(str(error).split())[:300]}") from error
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    names = next((value for key, value in pairs if key.value == "names"), None)
    if names is None:
        there = ", ".join(shown(key.value) for key, _ in pairs[:20] if isinstance(key, yaml.ScalarNode))
        raise ValueError(f"{what!r} has no 'names'; it has {there or 'nothing'}")
    nodes = [] if isinstance(names, yaml.ScalarNode) else names.value
    texts = [each for node in nodes for each in (node if isinstance(node, tuple) else (node,))]
    if not isinstance(names, yaml.ScalarNode) and all(isinstance(node, yaml.ScalarNode) for node in texts):
        values = [node.value for node in texts]
        return values if isinstance(names, yaml.SequenceNode) else dict(zip(values[::2], values[1::2], strict=True))
    raise ValueError(f"the 'names' in {what!r} must be a list of texts, or numbers to texts")


def _pictures(root: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    """Return COCO's entries for the images below a folder, of their upright sizes."""
    Image.init()
    pictures: list[dict[str, Any]] = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in Image.EXTENSION or path.name.startswith("."):
            continue
        name = path.relative_to(root).as_posix()
        try:
            with open_picture(path) as image:
                turned = orientation(image) >= 5
                width, height = image.size[::-1] if turned else image.size
        except (OSError, ValueError) as error:
            problems.append(Problem("image", len(pictures), name, f"its size cannot be read: {explain(error)}", False))
            continue
        pictures.append({"id": len(pictures) + 1, "file_name": name, "width": width, "height": height})
    stems = [Path(picture["file_name"]).stem for picture in pictures]
    numbers = [int(stem) for stem in stems if stem.isascii() and stem.isdecimal() and len(stem) < 20]
    if len(set(numbers)) == len(pictures):
        pictures = [picture | {"id": number} for picture, number in zip(pictures, numbers, strict=True)]
    return pictures
