"""Files of somebody else's making: damaged, odd, or meant to hurt. Each ends in a result, a problem or one sentence."""

from __future__ import annotations

import codecs
import copy
import json
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget.detection import from_voc, from_yolo, match, problems, summary, to_coco
from pixplot_widget.detection.outlines import box_around
from pixplot_widget.detection.reading import yes_or_no

BOX = [0, 0, 40, 40]
TRUTH = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 100}, {"id": 2, "file_name": "b.jpg"}],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    "annotations": [
        {"id": 5, "image_id": 1, "category_id": 1, "bbox": BOX, "iscrowd": 0},
        {"id": 6, "image_id": 2, "category_id": 2, "segmentation": [[0, 0, 9, 0, 9, 9]], "ignore": 0},
    ],
}
FOUND = {
    "images": [{"id": 7, "file_name": "x/a.jpg"}],
    "categories": [{"id": 3, "name": "cat"}],
    "annotations": [{"image_id": 7, "category_id": 3, "bbox": BOX, "score": 0.5}],
}
XML = "<annotation><filename>{}</filename><object><name>{}</name><difficult>{}</difficult><bndbox><xmin>1</xmin>"
XML += "<ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox></object></annotation>"

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [10**400, -1, 2**63, 1e308, float("nan"), float("inf"), "", "x", "0", b"x", {}, [], [[]], {"a": 1}]
    ),
    st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=2)), max_size=5),
)


def places_of(value, path=()):
    """Every place of a nested value, its keys from the outside in."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places_of(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    value = copy.copy(value)
    value[path[0]] = replaced(value[path[0]], path[1:], new)
    return value


def ends_well(act):
    """Run it; what it may raise is a ValueError of one sentence."""
    try:
        return act()
    except ValueError as error:
        refused = error
    assert type(refused) is ValueError
    assert 20 < len(str(refused)) < 500
    assert "\n" not in str(refused)
    return None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_truth_with_anything_anywhere_is_read_or_refused(data):
    path = data.draw(st.sampled_from(list(places_of(TRUTH))))
    truth = replaced(TRUTH, path, data.draw(JUNK))
    if isinstance(truth, (str, bytes)):
        return  # a path
    boxes = ends_well(lambda: match(truth, [{"image_id": 1, "category_id": 1, "bbox": BOX, "score": 0.5}]))
    if boxes is not None:
        summary(boxes)
        problems(boxes)
        assert repr(to_coco(boxes, truth)) == repr(truth)  # NaN is not itself


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_results_with_anything_anywhere_are_read_or_refused(data):
    found = data.draw(st.sampled_from([FOUND, FOUND["annotations"]]))
    path = data.draw(st.sampled_from(list(places_of(found))))
    found = replaced(found, path, data.draw(JUNK))
    if not isinstance(found, (str, bytes)):
        boxes = ends_well(lambda: match(TRUTH, found))
        assert boxes is None or summary(boxes) is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 600), st.binary(max_size=8), st.sampled_from(["json", "yaml", "xml", "txt"]))
def test_files_that_are_cut_or_overwritten_are_read_or_refused(at, foreign, kind):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        Image.new("RGB", (50, 50)).save(root / "a.png")
        names = ["cat"]
        text = {
            "json": json.dumps(TRUTH),
            "yaml": "path: .\nnames:\n  0: cat\n  1: dog\n",
            "xml": XML.format("a.jpg", "cat", 0),
            "txt": "0 0.5 0.5 0.1 0.1 0.83 7\n",
        }[kind].encode()
        at %= len(text)
        path = root / {"json": "truth.json", "yaml": "data.yaml", "xml": "a.xml", "txt": "a.txt"}[kind]
        path.write_bytes(text[:at] + foreign)
        if kind == "json":
            ends_well(lambda: match(path, []))
        elif kind == "xml":
            ends_well(lambda: match(from_voc(root), []))
        else:
            ends_well(lambda: match(from_yolo(root, root, path if kind == "yaml" else names), []))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"images": ' * 50_000, "9" * 5000, '{"images": 1e', b"\xff\xfe\x00"])
def test_json_that_cannot_be_coco_is_refused_in_words(tmp_path, text):
    path = tmp_path / "truth.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"truth\.json' is (not JSON|nested too deeply)"):
        match(path, [])


GROWS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: y}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GROWS + "names: *i", "must be a list of texts"),
        (GROWS + "names: [*i, *i]", "must be a list of texts"),
        (GROWS + "names: {0: *i}", "must be a list of texts"),
        ("names: " + "[" * 100_000, "nested too deeply"),
        ("names: " + "{a: " * 50_000, "nested too deeply"),
        ("names: &a [*a]", "must be a list of texts"),
        (f"names:\n  ? {'9' * 5000}\n  : cat", "no number of a class"),
        ("names: {1e999: cat}", "no number of a class"),
        ("names: {x: cat}", "'x' is no number of a class"),
        ("names: cat", "must be a list of texts"),
        ("names:\n  - cat: 1", "must be a list of texts"),
        ("nc: 2\npath: .", "has no 'names'; it has 'nc', 'path'"),
        ("- cat", "has no 'names'; it has nothing"),
        ("", "has no 'names'; it has nothing"),
        ("names: [", "is not YAML"),
        ("names: !!python/object/apply:os.system [exit]", None),
    ],
)
def test_yaml_is_bounded_and_says_what_is_wrong(tmp_path, text, words):
    pytest.importorskip("yaml")
    (tmp_path / "data.yaml").write_text(text)
    tracemalloc.start()
    try:
        if words is None:
            assert from_yolo(tmp_path, tmp_path, tmp_path / "data.yaml")["categories"] == [{"id": 0, "name": "exit"}]
        else:
            with pytest.raises(ValueError, match=words) as error:
                from_yolo(tmp_path, tmp_path, tmp_path / "data.yaml")
            assert "data.yaml" in str(error.value)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_merges_that_nobody_asked_for_are_not_made(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "data.yaml").write_text(MERGES + "names: [no, yes, 1]")
    coco = from_yolo(tmp_path, tmp_path, tmp_path / "data.yaml")
    assert [entry["name"] for entry in coco["categories"]] == ["no", "yes", "1"]  # as they are written


LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{k + 1} '{f'&a{k};' * 9}'>" for k in range(12))
)


@pytest.mark.parametrize(
    ("before", "name", "words"),
    [
        (LAUGHS, "&a12;", "declares an entity, 'a0'"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>", "&e;", "declares an entity, 'e'"),
        ("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'>%p;]>", "cat", "declares an entity, 'p'"),
        ("", "<a>" * 50_000 + "</a>" * 50_000, "more than 100 deep"),
        ("<?xml version='1.0' encoding='klingon'?>", "cat", "no XML"),
        ("", "&nowhere;", "no XML"),
    ],
)
def test_xml_that_grows_or_reaches_out_is_left_out(tmp_path, before, name, words):
    (tmp_path / "a.xml").write_text(before + XML.format("a.jpg", name, 0))
    (tmp_path / "b.xml").write_text(XML.format("b.jpg", "cat", 0))
    coco = from_voc(tmp_path)
    assert [image["file_name"] for image in coco["images"]] == ["b.jpg"]
    (problem,) = coco["problems"]
    assert (problem["file"], problem["counted"]) == ("a.xml", False)
    assert words in problem["reason"]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_marks_are_no_part_of_what_is_read(tmp_path, mark, encoding):
    def write(name, text):
        (tmp_path / name).write_bytes(mark + text.encode(encoding))

    Image.new("RGB", (50, 50)).save(tmp_path / "a.png")
    write("truth.json", json.dumps(TRUTH))
    write("found.json", json.dumps(FOUND))
    write("a.txt", "0 0.5 0.5 0.1 0.1")
    write("names.txt", "Kätzchen\n")
    write("a.xml", XML.format("a.jpg", "Kätzchen", 0))
    assert match(tmp_path / "truth.json", tmp_path / "found.json")["outcome"].tolist() == ["true positive", "missed"]
    yolo = from_yolo(tmp_path, tmp_path, tmp_path / "names.txt")
    assert (yolo["categories"], yolo["problems"]) == ([{"id": 0, "name": "Kätzchen"}], [])
    assert len(yolo["annotations"]) == 1
    voc = from_voc(tmp_path)
    assert (voc["categories"], voc["problems"]) == ([{"id": 1, "name": "Kätzchen"}], [])
    if yaml := pytest.importorskip("yaml"):
        write("data.yaml", yaml.safe_dump({"names": ["Kätzchen"]}, allow_unicode=True))
        assert from_yolo(tmp_path, tmp_path, tmp_path / "data.yaml")["categories"] == yolo["categories"]


@pytest.mark.parametrize("no", [0, 0.0, False, None, "0", "false", "False ", "no", "", "0.0", np.int64(0), np.False_])
@pytest.mark.parametrize("yes", [1, True, "1", "true", "TRUE", " yes", 1.0, "1.0", np.int64(1), np.True_])
def test_yes_is_yes_and_no_is_no_however_it_is_written(no, yes):
    assert (yes_or_no(no), yes_or_no(yes)) == (False, True)
    for key in ("iscrowd", "ignore"):
        for value, outcomes in ((no, ["missed"]), (yes, [])):
            annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": BOX, key: value}
            assert match({**TRUTH, "annotations": [annotation]}, [])["outcome"].tolist() == outcomes


@pytest.mark.parametrize("value", ["maybe", 2, -1, [], {}, float("nan")])
def test_what_is_neither_is_taken_as_no_and_reported(value):
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": BOX, "iscrowd": value}
    boxes = match({**TRUTH, "annotations": [annotation]}, [])
    assert boxes["outcome"].tolist() == ["missed"]
    (problem,) = problems(boxes).itertuples()
    assert problem.counted
    assert "neither yes (1) nor no (0)" in problem.reason


def test_voc_says_difficult_in_words_too(tmp_path):
    for name, said in {"a": "false", "b": " true\n", "c": "Unspecified"}.items():
        (tmp_path / f"{name}.xml").write_text(XML.format(f"{name}.jpg", "cat", said))
    coco = from_voc(tmp_path)
    assert [annotation["ignore"] for annotation in coco["annotations"]] == [0, 1, 0]
    assert ["'Unspecified' is neither" in problem["reason"] for problem in coco["problems"]] == [True]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\n  a.jpg ", "a.jpg"),
        ("C:\\Users\\me\\a.jpg", "a.jpg"),
        ("/home/me/a.jpg", "a.jpg"),
        ("train\\a.jpg", "train/a.jpg"),
        ("./train/a.jpg", "train/a.jpg"),
        ("", "one.jpg"),
        ("  ", "one.jpg"),
    ],
)
def test_voc_file_names_of_other_machines(tmp_path, written, read):
    (tmp_path / "one.xml").write_text(XML.format(written, " traffic\n light ", 0))
    coco = from_voc(tmp_path)
    assert [image["file_name"] for image in coco["images"]] == [read]
    assert [category["name"] for category in coco["categories"]] == ["traffic light"]


def test_voc_pictures_of_one_name_lie_in_the_folders_of_their_files(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "a.xml").write_text(XML.format("a.jpg", "cat", 0))
    assert [image["file_name"] for image in from_voc(tmp_path)["images"]] == ["test/a.jpg", "train/a.jpg"]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.5, 0.9, 1]))
def test_outlines_have_the_box_of_pycocotools(height, width, seed, share):
    mask = pytest.importorskip("pycocotools.mask")
    pixels = (np.random.default_rng(seed).random((height, width)) < share).astype(np.uint8)
    encoded = mask.encode(np.asfortranarray(pixels))
    expected = tuple(mask.toBbox(encoded).tolist()) if pixels.any() else None
    flat = pixels.T.ravel()
    turns = np.flatnonzero(np.diff(np.concatenate([[0], flat]))).tolist()
    runs = np.diff([0, *turns, len(flat)]).tolist()
    for counts in (encoded["counts"], encoded["counts"].decode(), runs):
        assert box_around({"size": [height, width], "counts": counts}) == expected


@pytest.mark.parametrize(
    "outline",
    [
        *(None, [], {}, "x", [[0, 0, 1]], [[0, 0, 1, 1]], [["a"] * 6], {"size": [4, 4], "counts": [3]}, {"size": 4}),
        *({"size": [1e300, 1e300], "counts": "0"}, {"size": [2, 2], "counts": "~" * 50}),
        {"size": [2, 2], "counts": [-4, 8]},
    ],
)
def test_what_is_no_outline_has_no_box(outline):
    assert box_around(outline) is None
