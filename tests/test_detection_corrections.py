from __future__ import annotations

import copy
import io
import json
import warnings

import numpy as np
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
    for row, column in ((0, "matched_category"), (3, "category")):
        if row in rows:
            boxes.loc[[0, 1] if row == 0 else [2, 3], "matched_category"] = name
            boxes.loc[row, column] = name
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


def test_what_was_written_over_the_class_of_a_true_positive_is_not_taken_and_not_passed_over_in_silence():
    boxes = table()
    boxes.loc[0, "category"] = "lynx"
    with pytest.warns(UserWarning, match="is its 'matched_category'. Not taken over: of the annotations 31"):
        assert to_coco(boxes, TRUTH) == TRUTH
    boxes.loc[[0, 1], "matched_category"] = "lynx"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert category_of(to_coco(boxes, TRUTH), 31) == "lynx"


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


IDS = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["0", "1", "a", 2**63 + 7, 10**25, -5, 1.5]))


@given(st.lists(st.tuples(IDS, st.sampled_from([3, 7]), st.booleans()), min_size=1, max_size=6), st.data())
def test_annotations_are_told_apart_whatever_their_ids(entries, data):
    """Ids that occur twice, are absent, text, or beyond int64: one correction hits one annotation."""
    truth = {key: TRUTH[key] for key in ("images", "categories")}
    truth["annotations"] = [
        {"image_id": 1, "category_id": kind, "bbox": [50 * k, 0, 40, 40]} | ({} if key is None else {"id": key})
        for k, (key, kind, _) in enumerate(entries)
    ]
    found = [
        {"image_id": 1, "category_id": kind, "bbox": [50 * k, 0, 40, 40], "score": 0.5}
        for k, (_, kind, hit) in enumerate(entries)
        if hit
    ]
    boxes = match(truth, found)
    assert to_coco(boxes, truth) == truth
    again = pd.read_csv(io.StringIO(boxes.to_csv(index=False)))  # ids as text, floats, or what pandas makes of them
    assert to_coco(again, truth) == truth

    chosen = data.draw(st.integers(0, len(entries) - 1))
    row = boxes.index[boxes["annotation"] == chosen][0]
    column = "matched_category" if entries[chosen][2] else "category"
    boxes.loc[row, column] = "lynx"
    expected = copy.deepcopy(truth)
    expected["annotations"][chosen]["category_id"] = 8
    expected["categories"] = [*TRUTH["categories"], {"id": 8, "name": "lynx"}]
    assert to_coco(boxes, truth) == expected
    boxes["remove"] = boxes.index == row
    del expected["annotations"][chosen]
    assert to_coco(boxes, truth)["annotations"] == expected["annotations"]


def test_a_table_without_places_goes_by_ids_where_they_say_enough():
    boxes = table().drop(columns="annotation")
    boxes.loc[boxes["outcome"] == "missed", "category"] = "lynx"
    assert category_of(to_coco(boxes, TRUTH), 12) == "lynx"
    twice = copy.deepcopy(TRUTH)
    twice["annotations"][1]["id"] = 31
    with pytest.raises(ValueError, match="2 annotations of the id 31"):
        to_coco(match(twice, FOUND).drop(columns="annotation"), twice)


def test_a_truth_whose_order_has_changed_since_is_followed_by_ids():
    boxes = table()
    boxes.loc[boxes["outcome"] == "missed", "category"] = "lynx"
    turned = {**TRUTH, "annotations": TRUTH["annotations"][::-1]}
    assert category_of(to_coco(boxes, turned), 12) == "lynx"


def test_flags_that_were_text_are_read_and_others_refused():
    boxes = table()
    boxes["remove"] = ["False", "", None, "True"]
    assert [entry["id"] for entry in to_coco(boxes, TRUTH)["annotations"]] == [31, 20, 21]
    boxes["remove"] = "perhaps"
    with pytest.raises(ValueError, match="'remove' is to hold flags, True or False, not 'perhaps'"):
        to_coco(boxes, TRUTH)


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(TRUTH))
    odd = {**TRUTH, "info": {"made": object()}}
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        to_coco(table(), odd, path)
    assert json.loads(path.read_text()) == TRUTH
    assert [each.name for each in tmp_path.iterdir()] == ["truth.json"]


def test_numbers_of_arrays_and_half_characters_are_written(tmp_path):
    made = copy.deepcopy(TRUTH)
    made["annotations"][0] |= {"area": np.float32(1.5), "bbox": np.array([0, 0, 40, 40]), "iscrowd": np.int64(0)}
    made["images"][0]["file_name"] = "caf\udce9.jpg"
    made["info"] = {"ours": np.True_, "path": tmp_path}
    to_coco(match(made, FOUND), made, tmp_path / "new.json")
    read = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    assert read["annotations"][0] == {**TRUTH["annotations"][0], "area": 1.5}
    assert read["images"][0]["file_name"] == "caf\udce9.jpg"
    assert read["info"] == {"ours": True, "path": str(tmp_path)}
