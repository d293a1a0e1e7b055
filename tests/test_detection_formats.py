from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget.detection import from_torchvision, from_voc, from_yolo, match, problems


@pytest.fixture
def yolo(tmp_path):
    """Two images, one of them lying on its side, and a folder for labels."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    (images / "train").mkdir(parents=True)
    (labels / "train").mkdir(parents=True)
    Image.new("RGB", (200, 100)).save(images / "train" / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (200, 100)).save(images / "b.jpg", exif=exif)

    def write(name, *lines):
        (labels / name).write_text("\n".join(lines))

    return images, labels, write


def test_yolo_boxes_are_in_px_of_the_upright_image(yolo):
    images, labels, write = yolo
    write("train/a.txt", "1 0.5 0.5 0.1 0.2", "", "0 0.25 0.5 0.5 1")
    write("b.txt", "0 0.5 0.5 0.1 0.1")
    coco = from_yolo(labels, images, ["cat", "dog"])
    assert [(entry["file_name"], entry["width"], entry["height"]) for entry in coco["images"]] == [
        ("b.jpg", 100, 200),
        ("train/a.png", 200, 100),
    ]
    assert [np.round(entry["bbox"], 6).tolist() for entry in coco["annotations"]] == [
        [45, 90, 10, 20],
        [90, 40, 20, 20],
        [0, 0, 100, 100],
    ]
    boxes = match(coco, [])
    assert boxes["category"].tolist() == ["cat", "dog", "cat"]
    assert problems(boxes).empty


def test_yolo_in_px_with_scores_and_polygons(yolo):
    images, labels, write = yolo
    write("b.txt", "3 50 60 20 10 0.75", "3 10 10 30 10 30 40 10 40")
    coco = from_yolo(labels, images, normalized=False)
    assert [entry["bbox"] for entry in coco["annotations"]] == [[40, 55, 20, 10], [10, 10, 20, 30]]
    assert [entry.get("score") for entry in coco["annotations"]] == [0.75, None]
    assert coco["categories"] == [{"id": 3, "name": "3"}]


def test_yolo_results_against_yolo_truth(yolo, tmp_path):
    images, labels, write = yolo
    write("b.txt", "0 0.5 0.5 0.2 0.2", "1 0.2 0.2 0.1 0.1")
    found = tmp_path / "found"
    found.mkdir()
    (found / "b.txt").write_text("0 0.5 0.5 0.2 0.2 0.9\n0 0.2 0.2 0.1 0.1 0.8")
    names = ["cat", "dog"]
    boxes = match(from_yolo(labels, images, names), from_yolo(found, images, names), images)
    assert boxes["outcome"].tolist() == ["true positive", "wrong class", "missed"]


@pytest.mark.parametrize("names", [["cat", "dog"], {0: "cat", 1: "dog"}, "classes.txt", "data.yaml"])
def test_yolo_names_come_in_several_forms(yolo, tmp_path, names):
    images, labels, write = yolo
    write("b.txt", "1 0.5 0.5 0.1 0.2")
    if names == "data.yaml":
        pytest.importorskip("yaml")
    (labels / "classes.txt").write_text("cat\ndog\n")
    (labels / "data.yaml").write_text("path: .\nnames:\n  0: cat\n  1: dog\n")
    given_ = labels / names if isinstance(names, str) else names
    if given_ != labels / "classes.txt":
        (labels / "classes.txt").unlink()
    coco = from_yolo(labels, images, given_)
    assert coco["categories"] == [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    assert coco["problems"] == []


def test_yolo_lines_that_make_no_sense_are_reported(yolo):
    images, labels, write = yolo
    write("b.txt", "0 0.5 0.5 0.1", "cat 0.5 0.5 0.1 0.1", "0.5 0 0 1 1", "0 nan 0.5 0.1 0.1", "0 0.9 0.5 0.4 0.1")
    write("c.txt", "0 0.5 0.5 0.1 0.1")
    (images / "broken.png").write_bytes(b"no image")
    boxes = match(from_yolo(labels, images, ["cat"]), [])
    reasons = problems(boxes)["reason"].tolist()
    assert len(boxes) == 1
    assert len(reasons) == 7
    for words in (
        "3 numbers follow the class",
        "could not convert",
        "not a whole number",
        "there is no image",
        "its size cannot be read",
        "not four finite",
        "leaves its image",
    ):
        assert any(words in reason for reason in reasons)


VOC = """<annotation><filename>{file}</filename><size><width>{width}</width><height>100</height></size>{objects}
</annotation>"""
OBJECT = """<object><name>{name}</name><difficult>{difficult}</difficult><bndbox><xmin>{x0}</xmin><ymin>10</ymin>
<xmax>{x1}</xmax><ymax>30</ymax></bndbox></object>"""


def voc_object(name="cat", x0=10, x1=40, difficult=0):
    return OBJECT.format(name=name, x0=x0, x1=x1, difficult=difficult)


def test_voc(tmp_path):
    objects = voc_object() + voc_object("dog", 50, 60, difficult=1)
    (tmp_path / "a.xml").write_text(VOC.format(file="a.jpg", width=200, objects=objects))
    (tmp_path / "b.xml").write_text(VOC.format(file="b.jpg", width=0, objects=""))
    coco = from_voc(tmp_path)
    assert [entry["file_name"] for entry in coco["images"]] == ["a.jpg", "b.jpg"]
    assert "width" not in coco["images"][1]
    assert [entry["bbox"] for entry in coco["annotations"]] == [[10, 10, 30, 20], [50, 10, 10, 20]]
    assert from_voc(tmp_path, one_based=True)["annotations"][0]["bbox"] == [9, 9, 31, 21]
    found = [{"image_id": 1, "category_id": 2, "bbox": [50, 10, 10, 20], "score": 0.5}]
    assert match(coco, found)["outcome"].tolist() == ["missed"]


def test_voc_that_makes_no_sense_is_reported(tmp_path):
    objects = voc_object(x0=40, x1=10) + voc_object(x0="?") + "<object><name>owl</name></object>"
    (tmp_path / "a.xml").write_text(VOC.format(file="a.jpg", width=200, objects=objects))
    (tmp_path / "b.xml").write_text("<annotation>")
    boxes = match(from_voc(tmp_path), [])
    report = problems(boxes)
    assert report["counted"].tolist() == [False, True, False, False]
    assert "it is no XML" in report["reason"][0]
    assert "is inverted" in report["reason"][1]
    assert len(boxes) == 1


class Tensor:
    """As much of a tensor as is used, on a device that numpy cannot see."""

    def __init__(self, values, on_cpu=False):
        self.values, self.on_cpu = values, on_cpu

    def detach(self):
        return self

    def cpu(self):
        return Tensor(self.values, on_cpu=True)

    def __array__(self, dtype=None, copy=None):
        assert self.on_cpu
        return np.array(self.values, dtype=dtype)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90), st.integers(1, 3), st.floats(0, 1)), max_size=4),
        max_size=4,
    )
)
def test_torchvision_outputs_become_results(images):
    outputs = [
        {
            "boxes": Tensor(np.array([[x, y, x + 10, y + 5] for x, y, _, _ in found]).reshape(-1, 4)),
            "labels": Tensor([label for _, _, label, _ in found]),
            "scores": Tensor([score for _, _, _, score in found]),
        }
        for found in images
    ]
    results = from_torchvision(outputs, [f"id {k}" for k in range(len(images))])
    flat = [(f"id {k}", *item) for k, found in enumerate(images) for item in found]
    assert [(entry["image_id"], entry["category_id"], entry["score"]) for entry in results] == [
        (key, label, score) for key, _, _, label, score in flat
    ]
    for entry, (_, x, y, _, _) in zip(results, flat, strict=True):
        assert entry["bbox"] == pytest.approx([x, y, 10, 5])
        assert all(isinstance(value, float) for value in entry["bbox"])


def test_torchvision_in_shares_with_classes_of_its_own():
    output = {"boxes": [[0.1, 0.2, 0.6, 0.4]], "labels": [1], "scores": [0.5]}
    (entry,) = from_torchvision([output], [1], categories=["background", "owl"], sizes=[(200, 100)])
    assert entry["category_id"] == "owl"
    assert entry["bbox"] == pytest.approx([20, 20, 100, 20])
    assert math.isclose(entry["score"], 0.5)


def test_torchvision_boxes_that_make_no_sense_are_reported_and_not_cut_away():
    nan = float("nan")
    boxes = [[10, 10, 50, 50], [50, 50, 10, 10], [5, 5, 5, 9], [-9, 0, 20, 20], [0, 0, nan, 9], [0, 0, 9, 9]]
    output = {"boxes": boxes, "labels": [1] * 6, "scores": [0.9, 0.8, 0.7, 0.6, 0.5, nan]}
    truth = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 100}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 10, 40, 40]}],
    }
    made = match(truth, from_torchvision([output], image_ids=[7]))
    assert made["outcome"].tolist() == ["true positive", "background", "background", "background"]
    report = problems(made).set_index("number")
    assert report["counted"].to_dict() == {1: True, 2: True, 3: True, 4: False, 5: False}
    for number, words in {1: "inverted", 2: "empty", 3: "leaves", 4: "four finite", 5: "not a number"}.items():
        assert words in report.loc[number, "reason"]


@pytest.mark.parametrize(
    ("outputs", "ids", "options", "error", "words"),
    [
        ([], [1], {}, ValueError, "0 outputs and 1 image ids"),
        ([{"boxes": [], "labels": []}], [1], {}, KeyError, "no 'scores'"),
        (
            [{"boxes": [[0, 0, 1, 1]], "labels": [], "scores": [1]}],
            [1],
            {},
            ValueError,
            "1 boxes, 0 labels and 1 scores",
        ),
        ([{"boxes": [], "labels": [], "scores": []}], [1], {"sizes": []}, ValueError, "1 outputs and 0 sizes"),
        ([{"boxes": [1, 2, 3], "labels": [1], "scores": [1]}], [1], {}, ValueError, "boxes of output 0 must be four"),
        ([{"boxes": [["a"] * 4], "labels": [1], "scores": [1]}], [1], {}, ValueError, "boxes of output 0 must be num"),
        (
            [{"boxes": [[0] * 4], "labels": [math.inf], "scores": [1]}],
            [1],
            {},
            ValueError,
            "labels of output 0 must be",
        ),
        ([{"boxes": [[0, 0, 1, 1]], "labels": [2], "scores": [1]}], [1], {"categories": {1: 5}}, KeyError, "label 2"),
    ],
)
def test_bad_torchvision_outputs_are_refused(outputs, ids, options, error, words):
    with pytest.raises(error, match=words):
        from_torchvision(outputs, ids, **options)


def test_folders_that_are_not_there(tmp_path):
    with pytest.raises(NotADirectoryError, match="no folder"):
        from_yolo(tmp_path / "labels", tmp_path)
    with pytest.raises(NotADirectoryError, match="no folder"):
        from_voc(tmp_path / "xml")


BOX = "0 0.5 0.5 0.1 0.1"
FRACTION = st.integers(1, 99).map(lambda k: k / 100)


def read_lines(*lines, names=("car",), normalized=True):
    with tempfile.TemporaryDirectory() as folder:
        Image.new("RGB", (100, 100)).save(f"{folder}/a.png")
        Path(folder, "a.txt").write_text("\n".join(lines))
        return from_yolo(folder, folder, list(names), normalized=normalized)


@given(FRACTION, FRACTION, FRACTION, FRACTION, FRACTION, st.integers(2, 10**6), st.booleans(), st.booleans())
def test_yolo_lines_of_trackers_and_detectors_are_boxes(x, y, width, height, score, track, has_score, has_track):
    extra = ([score] if has_score else []) + ([track] if has_track else [])
    coco = read_lines(" ".join(map(str, [0, x, y, width, height, *extra])))
    (annotation,) = coco["annotations"]
    expected = [100 * x - 50 * width, 100 * y - 50 * height, 100 * width, 100 * height]
    assert annotation["bbox"] == pytest.approx(expected)
    assert annotation.get("score") == (score if has_score else None)
    assert annotation.get("track_id") == (track if has_track else None)
    assert coco["problems"] == []


@given(st.lists(st.tuples(FRACTION, FRACTION), min_size=3, max_size=9), FRACTION, st.integers(2, 99), st.integers(0, 3))
def test_yolo_outlines_are_boxed_with_and_without_scores_and_ids(corners, score, track, more):
    extra = [[], [score], [track], [score, track]][more]
    (annotation,) = read_lines(" ".join(map(str, [0, *np.ravel(corners), *extra])))["annotations"]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert annotation["bbox"] == pytest.approx([*(100 * low), *(100 * (high - low))])
    assert annotation.get("score") == (score if more in (1, 3) else None)
    assert annotation.get("track_id") == (track if more in (2, 3) else None)


def test_yolo_lines_that_could_be_either_are_read_as_the_others_of_the_folder():
    either, triangle, tracked = "0 0.5 0.5 0.1 0.1 0.8 1", "0 0.1 0.1 0.9 0.1 0.5 0.9", f"{BOX} 0.7 12"
    assert [entry.get("track_id") for entry in read_lines(either, tracked)["annotations"]] == [1, 12]
    boxes = [entry["bbox"] for entry in read_lines(triangle, either)["annotations"]]
    assert boxes[1] == pytest.approx([10, 10, 70, 90])
    for lines in ([either], [either, triangle, tracked]):
        (problem,) = read_lines(*lines)["problems"]
        assert "may be a polygon of 3 corners, or a box or polygon with a score and a track id" in problem["reason"]
    assert [entry.get("track_id") for entry in read_lines(f"{BOX} 1", f"{BOX} 12")["annotations"]] == [1, 12]
    assert [entry.get("score") for entry in read_lines(f"{BOX} 1", f"{BOX} 0.5")["annotations"]] == [1, 0.5]
    assert [entry.get("score") for entry in read_lines(f"{BOX} 1")["annotations"]] == [1]


@pytest.mark.parametrize("lines", [["1.5"], ["-0.1"], ["-3"], ["12.5"], ["0.5", "7"], ["83 7"], ["nan"]])
def test_yolo_scores_that_are_none_are_reported(lines):
    coco = read_lines(*(f"{BOX} {line}" for line in lines))
    (problem,) = coco["problems"]
    assert "is not from 0 to 1" in problem["reason"]
    assert not problem["counted"]
    assert len(coco["annotations"]) == len(lines) - 1


def test_yolo_in_px_tells_outlines_from_tracks_by_the_score():
    triangle, tracked = "0 10 10 30 10 30 40", "0 50 60 20 10 0.83 7"
    coco = read_lines(triangle, tracked, normalized=False)
    assert [entry["bbox"] for entry in coco["annotations"]] == [[10, 10, 20, 30], [40, 55, 20, 10]]
    assert coco["annotations"][1]["track_id"] == 7


@pytest.mark.parametrize("label", ["-1", "nan", "inf", "1e300", "0.5", "cat"])
def test_yolo_classes_are_whole_numbers_from_0(label):
    coco = read_lines(f"{label} 0.5 0.5 0.1 0.1", BOX)
    assert len(coco["annotations"]) == len(coco["problems"]) == 1


def test_pictures_that_claim_to_be_huge_are_reported(tmp_path):
    with open(tmp_path / "a.bmp", "wb") as file:
        file.write(b"BM" + bytes(12) + (40).to_bytes(4, "little") + (2**20).to_bytes(4, "little") * 2)
        file.write((1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24))
    (problem,) = from_yolo(tmp_path, tmp_path)["problems"]
    assert "its size cannot be read" in problem["reason"]


@pytest.mark.parametrize(
    ("names", "ids"), [(["1", "10", "2"], [1, 10, 2]), (["007", "a"], [1, 2]), (["1", "01"], [1, 2])]
)
def test_images_that_are_called_by_numbers_have_them_as_ids(tmp_path, names, ids):
    for name in names:
        Image.new("RGB", (4, 4)).save(tmp_path / f"{name}.png")
    found = {image["file_name"]: image["id"] for image in from_yolo(tmp_path, tmp_path, ["cat"])["images"]}
    order = sorted(names) if ids == [1, 2] else names
    assert found == {f"{name}.png": key for name, key in zip(order, ids, strict=True)}
