"""Boxes of other formats as COCO: YOLO's text files, Pascal VOC's XML, torchvision's tensors.

What cannot be read is not dropped in silence: a reader adds a list `problems` to the dict, and `match` passes it on.
"""

from __future__ import annotations

import math
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..images.decoding import explain, orientation
from ..images.opening import open_picture
from .report import Problem

__all__ = ["from_torchvision", "from_voc", "from_yolo"]


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
        the corners of a polygon, whose bounding box is taken. A sixth number is a detection's score.
    images : path
        Folder of the images, laid out alike: they give the sizes. Images without a file have no boxes.
    names : sequence, mapping or path, optional
        Class names by number; or a file with one a line, or a data.yaml (read with PyYAML). By default the numbers.
    normalized : bool
        Whether boxes are in shares of the image's width and height, or in px.

    Returns
    -------
    dict
        `images`, `annotations` (with `score` where there was one) and `categories`, for `match`.

    Raises
    ------
    NotADirectoryError
        If one of the folders is not there.

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
    label_root, image_root = _folder(labels), _folder(images)
    problems: list[Problem] = []
    pictures, sizes = _pictures(image_root, problems)
    known = {os.path.splitext(picture["file_name"])[0]: picture for picture in pictures}
    annotations: list[dict[str, Any]] = []
    classes: set[int] = set()
    for path in sorted(label_root.rglob("*.txt")):
        stem = path.relative_to(label_root).with_suffix("").as_posix()
        if stem not in known:
            if isinstance(names, (str, os.PathLike)) and path.samefile(names):
                continue
            problems.append(Problem("truth", len(annotations), f"{stem}.txt", "there is no image of that name", False))
            continue
        picture = known[stem]
        scale = sizes[picture["id"]] if normalized else (1.0, 1.0)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                label, box, score = _yolo_line(line, scale)
            except ValueError as error:
                reason = f"line {number} of {stem}.txt, {line.strip()[:80]!r}: {error}"
                problems.append(Problem("truth", len(annotations), picture["file_name"], reason, False))
                continue
            classes.add(label)
            annotation = {"id": len(annotations) + 1, "image_id": picture["id"], "category_id": label, "bbox": box}
            annotation |= {"area": box[2] * box[3], "iscrowd": 0} | ({} if score is None else {"score": score})
            annotations.append(annotation)
    categories = _class_names(names, classes)
    return {
        "images": pictures,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in categories.items()],
        "problems": [problem._asdict() for problem in problems],
    }


def _yolo_line(line: str, scale: tuple[float, float]) -> tuple[int, list[float], float | None]:
    fields = line.split()
    label, numbers = float(fields[0]), [float(field) for field in fields[1:]]
    if not label.is_integer():
        raise ValueError("the class is not a whole number")
    if len(numbers) in (4, 5):
        x, y, width, height = numbers[:4]
        left, top = x - width / 2, y - height / 2
    elif len(numbers) >= 6 and len(numbers) % 2 == 0:
        xs, ys = numbers[::2], numbers[1::2]
        left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    else:
        raise ValueError(
            f"{len(numbers)} numbers follow the class, where 4, 5 or the corners of a polygon are expected"
        )
    box = [left * scale[0], top * scale[1], width * scale[0], height * scale[1]]
    return int(label), box, numbers[4] if len(numbers) == 5 else None


def _class_names(names: Any, classes: Iterable[int]) -> dict[int, str]:
    if isinstance(names, (str, os.PathLike)):
        text = Path(names).read_text(encoding="utf-8")
        if Path(names).suffix in (".yaml", ".yml"):
            try:
                import yaml
            except ImportError as error:
                raise ImportError(f"reading {os.fspath(names)!r} needs PyYAML: pip install pyyaml") from error
            names = yaml.safe_load(text)["names"]
        else:
            names = [line.strip() for line in text.splitlines() if line.strip()]
    if names is None:
        names = {number: str(number) for number in sorted(classes)}
    items = names.items() if isinstance(names, Mapping) else enumerate(names)
    return {int(number): str(name) for number, name in items}


def _pictures(root: Path, problems: list[Problem]) -> tuple[list[dict[str, Any]], dict[int, tuple[float, float]]]:
    """Return COCO's entries for the images below a folder, and their upright sizes by id."""
    Image.init()
    pictures: list[dict[str, Any]] = []
    sizes: dict[int, tuple[float, float]] = {}
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
        number = len(pictures) + 1
        pictures.append({"id": number, "file_name": name, "width": width, "height": height})
        sizes[number] = (width, height)
    return pictures, sizes


def from_voc(annotations: str | os.PathLike, *, one_based: bool = False) -> dict[str, Any]:
    """Read a folder of Pascal VOC XML files as COCO instances.

    Parameters
    ----------
    annotations : path
        Folder of .xml files. An object marked `difficult` is one that is neither right nor wrong (`ignore`).
    one_based : bool
        True for the files of the VOC challenges themselves, where the first pixel is 1 and xmax belongs to the box.
        Labelling tools count from 0, and a box is xmax - xmin wide.

    Returns
    -------
    dict
        `images`, `annotations` and `categories` (by name), for `match`.

    Raises
    ------
    NotADirectoryError
        If the folder is not there.

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
    root = _folder(annotations)
    problems: list[Problem] = []
    pictures: list[dict[str, Any]] = []
    objects: list[tuple[int, str, list[float], bool]] = []
    for path in sorted(root.rglob("*.xml")):
        name = path.relative_to(root).as_posix()
        try:
            tree = ElementTree.parse(path).getroot()
        except ElementTree.ParseError as error:
            problems.append(Problem("image", len(pictures), name, f"it is no XML: {error}", False))
            continue
        picture = {"id": len(pictures) + 1, "file_name": tree.findtext("filename") or f"{path.stem}.jpg"}
        for side in ("width", "height"):
            size = _float(tree.findtext(f"size/{side}"))
            if size > 0:  # 0 in files whose writer did not know
                picture[side] = int(size)
        pictures.append(picture)
        for item in tree.iter("object"):
            corners = [_float(item.findtext(f"bndbox/{corner}")) for corner in ("xmin", "ymin", "xmax", "ymax")]
            label = (item.findtext("name") or "").strip()
            difficult = (item.findtext("difficult") or "0").strip() not in ("", "0")
            objects.append((picture["id"], label, _from_corners(corners, one_based), difficult))
    names = {name: number for number, name in enumerate(sorted({label for _, label, _, _ in objects}), start=1)}
    return {
        "images": pictures,
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": names[label],
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
                "ignore": int(difficult),
            }
            for number, (image, label, box, difficult) in enumerate(objects, start=1)
        ],
        "categories": [{"id": number, "name": name} for name, number in names.items()],
        "problems": [problem._asdict() for problem in problems],
    }


def _from_corners(corners: Sequence[float], one_based: bool = False) -> list[float]:
    left, top, right, bottom = corners
    extra = 1 if one_based else 0
    return [left - extra, top - extra, right - left + extra, bottom - top + extra]


def from_torchvision(
    outputs: Sequence[Mapping[str, Any]],
    image_ids: Sequence[Any],
    *,
    categories: Mapping[int, Any] | Sequence[Any] | None = None,
    sizes: Sequence[tuple[float, float]] | None = None,
) -> list[dict[str, Any]]:
    """Turn what torchvision's detection models return into COCO results.

    Parameters
    ----------
    outputs : sequence of dict
        One an image: `boxes` (k, 4) as x0, y0, x1, y1; `labels` (k,); `scores` (k,): tensors, arrays or lists.
    image_ids : sequence
        The image id of each output in the ground truth.
    categories : mapping or sequence, optional
        Category id of each label; by default the label is the id, as in models trained on COCO.
    sizes : sequence of (width, height), optional
        Of the images, in px: then boxes are in shares of them.

    Returns
    -------
    list of dict
        For `match`.

    Raises
    ------
    ValueError
        If there are not as many outputs as image ids, or an output's fields are of different length.
    KeyError
        If an output lacks a field, or a label has no category.

    Examples
    --------
    >>> output = {"boxes": [[10, 20, 40, 30]], "labels": [1], "scores": [0.9]}
    >>> from_torchvision([output], image_ids=[7])
    [{'image_id': 7, 'category_id': 1, 'bbox': [10.0, 20.0, 30.0, 10.0], 'score': 0.9}]
    """
    if len(outputs) != len(image_ids):
        raise ValueError(f"there are {len(outputs)} outputs and {len(image_ids)} image ids; one of each is needed")
    if sizes is not None and len(sizes) != len(outputs):
        raise ValueError(f"there are {len(outputs)} outputs and {len(sizes)} sizes; one of each is needed")
    results = []
    for number, (output, image_id) in enumerate(zip(outputs, image_ids, strict=True)):
        for key in ("boxes", "labels", "scores"):
            if key not in output:
                raise KeyError(f"output {number} has no {key!r}; it has {', '.join(map(repr, output))}")
        boxes = _array(output["boxes"]).reshape(-1, 4)
        labels, scores = _array(output["labels"]).reshape(-1), _array(output["scores"]).reshape(-1)
        if not len(boxes) == len(labels) == len(scores):
            raise ValueError(
                f"output {number} has {len(boxes)} boxes, {len(labels)} labels and {len(scores)} scores; "
                "as many of each are needed"
            )
        if sizes is not None:
            boxes = boxes * np.tile(np.asarray(sizes[number], dtype=float), 2)
        for box, label, score in zip(boxes.tolist(), labels.tolist(), scores.tolist(), strict=True):
            category = _category(int(label), categories)
            results.append({"image_id": image_id, "category_id": category, "bbox": _from_corners(box), "score": score})
    return results


def _category(label: int, categories: Mapping[int, Any] | Sequence[Any] | None) -> Any:
    if categories is None:
        return label
    if label not in (categories if isinstance(categories, Mapping) else range(len(categories))):
        raise KeyError(f"label {label} has no category; there are {len(categories)}")
    return categories[label]


def _array(values: Any) -> np.ndarray:
    """Return a tensor, wherever it lives, an array or a list as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values, dtype=np.float64)


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _folder(path: str | os.PathLike) -> Path:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise NotADirectoryError(f"there is no folder {os.fspath(path)!r}")
    return folder
