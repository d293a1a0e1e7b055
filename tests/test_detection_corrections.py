from __future__ import annotations

import copy
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixplot_widget.detection import match, to_coco

TRUTH = {
    "info": {"year": 2024, "note": "ours"},
    "images": [{"id": 1, "file_name": "a.jpg", "coco_url": "?"}],
    "annotations": [
        {"id": 31, "image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 40], "segmentation": [[1, 2]], "iscrowd": 0},
        {"id": 12, "image_id": 1, "category_id": 7, "bbox": [100, 100, 40, 40], "attributes": {"occluded": True}},
        {"id": 20, "image_id": 1, "category_id": 7, "bbox": [50, 0, 30, 30], "iscrowd": 1},
        {"id": 21, "image_id": 99, "category_id": 7, "bbox": [50, 0, 30, 30]},
    ],
    "categories": [{"id": 3, "name": "cat", "supercategory": "pet"}, {"id": 7, "name": "dog"}],
    "licenses": [],
}
FOUND = [
    {"image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 40], "score": 0.9},
    {"image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 36], "score": 0.8},
    {"image_id": 1, "category_id": 3, "bbox": [100, 100, 40, 40], "score": 0.7},
]


def table():
    """True positive (31), duplicate (31), wrong class (12), missed (12)."""
    return match(TRUTH, FOUND)


def category_of(coco, key):
    names = {entry["id"]: entry["name"] for entry in coco["categories"]}
    return names[next(entry["category_id"] for entry in coco["annotations"] if entry["id"] == key)]


def test_nothing_changed_is_the_same_file():
    before = copy.deepcopy(TRUTH)
    same = to_coco(table(), TRUTH)
    assert same == TRUTH == before
    assert list(same) == list(TRUTH)
    same["info"]["year"] = 0
    same["annotations"][0]["bbox"][0] = 5
    assert before == TRUTH


@given(st.sets(st.integers(0, 3)), st.sampled_from(["dog", "cat", "lynx"]))
def test_only_what_was_changed_differs(rows, name):
    boxes = table()
    # one row for each truth: the first (true positive) and the last (missed)
    boxes.loc[[row for row in rows if row in (0, 3)], "category"] = name
    corrected = to_coco(boxes, TRUTH)
    touched = {31: 0 in rows and name != "cat", 12: 3 in rows and name != "dog"}
    for before, after in zip(TRUTH["annotations"], corrected["annotations"], strict=True):
        if touched.get(before["id"]):
            assert category_of(corrected, before["id"]) == name
            assert {**after, "category_id": None} == {**before, "category_id": None}
        else:
            assert after == before
    added = [{"id": 8, "name": "lynx"}] if name == "lynx" and any(touched.values()) else []
    assert corrected["categories"] == TRUTH["categories"] + added
    assert all(corrected[key] == TRUTH[key] for key in ("info", "images", "licenses"))


def test_the_class_of_a_detection_says_nothing_of_the_truth():
    boxes = table()
    boxes.loc[boxes["outcome"].isin(["duplicate", "wrong class"]), "category"] = "lynx"
    boxes["remove"] = boxes["outcome"].isin(["duplicate", "wrong class"])
    assert to_coco(boxes, TRUTH) == TRUTH


def test_the_matched_category_is_the_truth_s_in_any_row():
    boxes = table()
    boxes.loc[boxes["outcome"] == "wrong class", "matched_category"] = "cat"
    assert category_of(to_coco(boxes, TRUTH), 12) == "cat"
    boxes.loc[boxes["outcome"] == "missed", "category"] = "lynx"
    with pytest.raises(ValueError, match="annotation 12 cannot be both 'cat' and 'lynx'"):
        to_coco(boxes, TRUTH)


def test_a_missed_truth_is_one_whatever_is_noted_as_its_outcome():
    boxes = table()
    missed = boxes["outcome"] == "missed"
    boxes.loc[missed, ["outcome", "category"]] = "seen by two of us", "lynx"
    assert category_of(to_coco(boxes, TRUTH), 12) == "lynx"


def test_flagged_truths_are_taken_away():
    boxes = table()
    boxes["bad"] = pd.array([True, None, None, False], dtype="boolean")
    corrected = to_coco(boxes, TRUTH, flag="bad")
    assert corrected["annotations"] == TRUTH["annotations"][1:]


def test_rows_that_are_gone_change_nothing():
    assert to_coco(table().iloc[:0], TRUTH) == TRUTH


def test_classes_that_do_not_count_are_not_taken_for_corrections():
    found = [{"image_id": 1, "category_id": 7, "bbox": [0, 0, 40, 40], "score": 0.9}]
    boxes = match(TRUTH, found, class_agnostic=True)
    assert boxes.loc[0, "outcome"] == "true positive"
    assert to_coco(boxes, TRUTH) == TRUTH


def test_from_file_to_file(tmp_path):
    source, target = tmp_path / "truth.json", tmp_path / "corrected.json"
    source.write_text(json.dumps(TRUTH))
    boxes = match(source, FOUND)
    boxes.loc[boxes["outcome"] == "missed", "category"] = "Wölfin"
    corrected = to_coco(boxes, source, target)
    assert json.loads(target.read_text(encoding="utf-8")) == corrected
    assert json.loads(source.read_text()) == TRUTH
    assert category_of(corrected, 12) == "Wölfin"


def test_what_makes_no_sense_is_refused():
    boxes = table()
    with pytest.raises(KeyError, match="'annotation_id'"):
        to_coco(boxes.drop(columns="annotation_id"), TRUTH)
    with pytest.raises(KeyError, match="annotation 31 is not in the ground truth"):
        to_coco(boxes, {**TRUTH, "annotations": TRUTH["annotations"][1:]})
    boxes.loc[boxes["outcome"] == "missed", "category"] = None
    with pytest.raises(ValueError, match="annotation 12 has no category left"):
        to_coco(boxes, TRUTH)
