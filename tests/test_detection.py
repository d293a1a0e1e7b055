from __future__ import annotations

import contextlib
import copy
import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget import PixPlot
from pixplot_widget.detection import OUTCOMES, match, problems, summary
from tools.waiting import SECONDS

# Coarse numbers, so that boxes overlap, touch and coincide, and scores are equal.
SIDE = st.integers(0, 6).map(lambda k: 10.0 * k)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE).map(list)
SCORE = st.integers(1, 5).map(lambda k: k / 5)
CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}, {"id": 9, "name": "owl"}]


def image(number):
    return {"id": number, "file_name": f"{number}.jpg", "width": 200, "height": 200}


@st.composite
def tasks(draw, crowds=True):
    """A ground truth and a detector's results."""
    images = [image(number) for number in draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))]
    ids = st.sampled_from([entry["id"] for entry in images])
    classes = st.sampled_from([entry["id"] for entry in CATEGORIES])
    crowd = st.sampled_from([0, 0, 0, 1]) if crowds else st.just(0)
    truths = draw(st.lists(st.tuples(ids, classes, BOX, crowd), max_size=14))
    found = draw(st.lists(st.tuples(ids, classes, BOX, SCORE), max_size=20))
    truth = {
        "images": images,
        "categories": CATEGORIES,
        "annotations": [
            {"id": k, "image_id": i, "category_id": c, "bbox": box, "area": box[2] * box[3], "iscrowd": crowd}
            for k, (i, c, box, crowd) in enumerate(truths, start=1)
        ],
    }
    results = [{"image_id": i, "category_id": c, "bbox": box, "score": score} for i, c, box, score in found]
    return truth, results


def reference(truth, results, iou, use_categories=True):
    """What pycocotools says: true and false positives, truths, and AP, of each category (or of all in one)."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy({"info": {}, **truth})
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(copy.deepcopy(results)), "bbox")
        evaluation.params.iouThrs = np.array([iou])
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[-1e10, 1e10]], ["all"]
        evaluation.params.maxDets = [1000]
        evaluation.params.useCats = int(use_categories)
        evaluation.evaluate()
        evaluation.accumulate()
    names = {entry["id"]: entry["name"] for entry in truth["categories"]} if use_categories else {-1: "all classes"}
    found = {}
    for place, key in enumerate(sorted(names)):
        right = wrong = truths = 0
        for entry in evaluation.evalImgs:
            if entry is None or (use_categories and entry["category_id"] != key):
                continue
            seen = entry["dtIgnore"][0] == 0
            right += int((seen & (entry["dtMatches"][0] > 0)).sum())
            wrong += int((seen & (entry["dtMatches"][0] == 0)).sum())
            truths += int((np.asarray(entry["gtIgnore"]) == 0).sum())
        precision = evaluation.eval["precision"][0, :, place, 0, 0]
        found[names[key]] = (right, wrong, truths, precision.mean() if precision.min() > -1 else np.nan)
    return found


def assert_agrees(truth, results, iou):
    table = summary(match(truth, results, iou=iou))
    aps = []
    for name, (right, wrong, truths, ap) in reference(truth, results, iou).items():
        if name not in table.index:
            assert right == wrong == truths == 0
            continue
        row = table.loc[name]
        assert (row["true positive"], row["false positive"], row["truths"]) == (right, wrong, truths)
        assert row["ap"] == pytest.approx(ap, abs=1e-6, nan_ok=True)
        aps.append(ap)
    if np.isfinite(aps).any():
        assert table.loc["all classes", "ap"] == pytest.approx(np.nanmean(aps), abs=1e-6)


@settings(max_examples=300)
@given(tasks(), st.sampled_from([0.5, 0.75]))
def test_counts_and_average_precision_are_those_of_pycocotools(task, iou):
    truth, results = task
    if results:  # pycocotools cannot load none
        assert_agrees(truth, results, iou)


@pytest.fixture(scope="module")
def coco_like():
    """A ground truth as COCO writes it (80 pictures, 12 classes, some crowds) and a detector that is often right."""
    rng = np.random.default_rng(2017)
    pictures = [{"id": 391895 + 37 * k, "file_name": f"{k:012d}.jpg", "width": 640, "height": 480} for k in range(80)]
    classes = [{"id": 3 * k + 1, "name": f"thing {k}", "supercategory": "thing"} for k in range(12)]
    annotations, results = [], []
    for picture in pictures:
        for _ in range(rng.integers(0, 12)):
            x, y = rng.uniform(0, 500), rng.uniform(0, 380)
            box = [x, y, rng.uniform(8, 640 - x), rng.uniform(8, 480 - y)]
            kind = classes[rng.choice(12, p=np.arange(12, 0, -1) / 78)]["id"]
            annotations.append(
                {
                    "id": 900_000 + len(annotations),
                    "image_id": picture["id"],
                    "category_id": kind,
                    "bbox": [round(value, 2) for value in box],
                    "area": box[2] * box[3] * 0.6,  # of the outline, not of the box
                    "iscrowd": int(rng.random() < 0.06),
                    "segmentation": [[x, y, x + box[2], y, x + box[2], y + box[3]]],
                }
            )
            for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
                moved = np.array(box) + rng.normal(0, 0.12, 4) * [box[2], box[3], box[2], box[3]]
                found = kind if rng.random() < 0.8 else classes[rng.integers(12)]["id"]
                moved = [round(float(value), 2) for value in [*moved[:2], *np.maximum(moved[2:], 1)]]
                score = round(float(rng.beta(4, 2)), 3)
                results.append({"image_id": picture["id"], "category_id": found, "bbox": moved, "score": score})
    return {"images": pictures, "categories": classes, "annotations": annotations}, results


@pytest.mark.parametrize("iou", [0.5, 0.75])
def test_it_agrees_with_pycocotools_on_a_task_like_coco(coco_like, iou):
    assert_agrees(*coco_like, iou)


@given(tasks(), st.sampled_from([0.5, 0.75]))
def test_without_classes_too(task, iou):
    truth, results = task
    if not results:
        return
    row = summary(match(truth, results, iou=iou, class_agnostic=True)).loc["all classes"]
    right, wrong, truths, ap = reference(truth, results, iou, use_categories=False)["all classes"]
    assert (row["true positive"], row["false positive"], row["truths"]) == (right, wrong, truths)
    assert row["ap"] == pytest.approx(ap, abs=1e-6, nan_ok=True)


@given(tasks(), st.floats(0.05, 1))
def test_every_box_has_one_row_and_one_outcome(task, iou):
    truth, results = task
    boxes = match(truth, results, iou=iou, poor_iou=min(0.1, iou), keep_ignored=True)
    real = [entry["id"] for entry in truth["annotations"] if not entry["iscrowd"]]
    assert sorted(boxes["detection"].dropna()) == list(range(len(results)))
    assert set(boxes["outcome"]) <= {*OUTCOMES, "ignored"}
    taken = boxes.loc[boxes["outcome"] == "true positive", "annotation_id"].tolist()
    missed = boxes.loc[boxes["outcome"] == "missed", "annotation_id"].tolist()
    assert sorted(taken + missed) == real
    assert boxes["score"].isna().tolist() == (boxes["outcome"] == "missed").tolist()
    for row in boxes[boxes["detection"].notna()].itertuples():
        given_ = results[row.detection]
        assert [row.x, row.y, row.width, row.height] == given_["bbox"]
        assert (row.image_id, row.score) == (given_["image_id"], given_["score"])


def plain_iou(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0.0


def verdict(row, truths, iou, poor):
    """The taxonomy, word for word, on one wrong detection."""
    overlaps = [(plain_iou([row.x, row.y, row.width, row.height], entry["bbox"]), entry) for entry in truths]
    name = {entry["id"]: entry["name"] for entry in CATEGORIES}
    own = max((o for o, entry in overlaps if name[entry["category_id"]] == row.category), default=0)
    other = max((o for o, entry in overlaps if name[entry["category_id"]] != row.category), default=0)
    if poor <= own < iou:
        return "poor box"
    if other >= iou:
        return "wrong class"
    if own >= iou:
        return "duplicate"
    return "background" if max(own, other) < poor else "wrong class and box"


@settings(max_examples=200)
@given(tasks(crowds=False), st.sampled_from([0.3, 0.5, 0.75]), st.sampled_from([0.05, 0.1, 0.3]))
def test_mistakes_are_called_by_their_names(task, iou, poor):
    truth, results = task
    boxes = match(truth, results, iou=iou, poor_iou=poor)
    for row in boxes[boxes["detection"].notna() & (boxes["outcome"] != "true positive")].itertuples():
        there = [entry for entry in truth["annotations"] if entry["image_id"] == row.image_id]
        assert row.outcome == verdict(row, there, iou, poor)
        if row.outcome == "background":
            assert pd.isna(row.annotation_id)
            assert pd.isna(row.matched_category)
        else:
            partner = next(entry for entry in there if entry["id"] == row.annotation_id)
            assert row.iou == pytest.approx(plain_iou([row.x, row.y, row.width, row.height], partner["bbox"]))
            assert [row.matched_x, row.matched_y, row.matched_width, row.matched_height] == partner["bbox"]
            assert (row.matched_category == row.category) == (row.outcome in ("poor box", "duplicate"))


TRUTH = {
    "images": [image(1), image(2)],
    "categories": CATEGORIES,
    "annotations": [
        {"id": 10, "image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 40]},
        {"id": 11, "image_id": 1, "category_id": 7, "bbox": [100, 100, 40, 40]},
        {"id": 12, "image_id": 2, "category_id": 9, "bbox": [0, 0, 100, 100], "iscrowd": 1},
        {"id": 13, "image_id": 2, "category_id": 3, "bbox": [120, 0, 40, 40], "ignore": 1},
    ],
}


def result(image_id, category_id, box, score=0.5):
    return {"image_id": image_id, "category_id": category_id, "bbox": box, "score": score}


def test_each_kind_of_mistake():
    boxes = match(
        TRUTH,
        [
            result(1, 3, [0, 0, 40, 38], 0.9),
            result(1, 3, [0, 0, 40, 36], 0.8),
            result(1, 3, [0, 0, 40, 10], 0.7),
            result(1, 9, [100, 100, 40, 40], 0.6),
            result(1, 9, [100, 100, 40, 12], 0.5),
            result(1, 9, [160, 0, 20, 20], 0.4),
        ],
    )
    assert boxes["outcome"].tolist() == [
        "true positive",
        "duplicate",
        "poor box",
        "wrong class",
        "wrong class and box",
        "background",
        "missed",
    ]
    assert boxes["matched_category"].tolist()[:5] == ["cat", "cat", "cat", "dog", "dog"]
    assert boxes["annotation_id"].tolist()[:5] == [10, 10, 10, 11, 11]
    missed = boxes.iloc[-1]
    assert (missed["category"], missed["annotation_id"], missed["iou"]) == ("dog", 11, 1.0)
    assert pd.isna(missed["score"])
    assert pd.isna(missed["matched_category"])


def test_crowds_and_ignored_truths_are_neither_right_nor_wrong():
    found = [result(2, 9, [10, 10, 20, 20]), result(2, 9, [50, 50, 20, 20]), *[result(2, 3, [120, 0, 40, 40])] * 2]
    boxes = match(TRUTH, found)
    assert boxes["outcome"].tolist() == ["missed", "missed"]
    kept = match(TRUTH, found, keep_ignored=True)
    assert kept["outcome"].value_counts().to_dict() == {"ignored": 4, "missed": 2}
    pd.testing.assert_frame_equal(summary(boxes), summary(kept))
    # a detection of another class there is wrong all the same
    assert "background" in match(TRUTH, [result(2, 7, [10, 10, 20, 20])])["outcome"].tolist()


def test_any_class_will_do_if_classes_do_not_count():
    boxes = match(TRUTH, [result(1, 9, [100, 100, 40, 40])], class_agnostic=True)
    assert boxes["outcome"].tolist() == ["true positive", "missed"]
    assert boxes.loc[0, ["category", "matched_category"]].tolist() == ["owl", "dog"]
    assert summary(boxes).index.tolist() == ["all classes"]


def test_results_with_names_of_their_own_are_matched_by_name():
    own = {
        "images": [{"id": "b", "file_name": "somewhere/1.jpg"}, {"id": "c", "file_name": "unknown.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}, {"id": 3, "name": "yeti"}],
        "annotations": [
            {"image_id": "b", "category_id": 2, "bbox": [0, 0, 40, 40], "score": 0.9},
            {"image_id": "b", "category_id": 1, "bbox": [100, 100, 40, 40], "score": 0.8},
            {"image_id": "b", "category_id": 3, "bbox": [0, 0, 4, 4], "score": 0.7},
            {"image_id": "c", "category_id": 1, "bbox": [0, 0, 4, 4], "score": 0.6},
        ],
    }
    boxes = match(TRUTH, own)
    assert boxes["outcome"].tolist() == ["true positive"] * 2
    assert problems(boxes)["reason"].tolist() == [
        "category 'yeti' is not in the ground truth",
        "image 'unknown.jpg' is not in the ground truth",
    ]


def test_files_and_their_images(tmp_path):
    (tmp_path / "truth.json").write_text(json.dumps(TRUTH))
    (tmp_path / "found.json").write_text(json.dumps([result(1, 3, [0, 0, 40, 40])]))
    (tmp_path / "1.jpg").touch()
    boxes = match(tmp_path / "truth.json", str(tmp_path / "found.json"), tmp_path)
    assert boxes["filename"].tolist() == [str(tmp_path / "1.jpg")] * 2
    (problem,) = problems(boxes).itertuples()
    assert (problem.what, problem.number, problem.file, problem.counted) == ("image", 1, "2.jpg", True)


@pytest.mark.parametrize(
    ("item", "reason", "counted"),
    [
        (result(8, 3, [0, 0, 9, 9]), "image 8 is not in the ground truth", False),
        (result(1, 8, [0, 0, 9, 9]), "category 8 is not in the ground truth", False),
        (result(1, 3, [0, 0, 9]), r"box [0, 0, 9] is not four finite numbers", False),
        (result(1, 3, None), "box None is not four finite numbers", False),
        (result(1, 3, [0, 0, float("nan"), 9]), "box [0, 0, nan, 9] is not four finite numbers", False),
        (result(1, 3, [0, 0, 9, 9], None), "score None is not a number", False),
        (result(1, 3, [0, 0, 9, 9], float("nan")), "score nan is not a number", False),
        ({"image_id": 1, "category_id": 3, "bbox": [0, 0, 9, 9]}, "score None is not a number", False),
        (result(1, 3, [0, 0, 0, 9]), "box [0, 0, 0, 9] is empty", True),
        (result(1, 3, [9, 0, -9, 9]), "box [9, 0, -9, 9] is inverted", True),
        (result(1, 3, [-5, 0, 9, 9]), "box [-5, 0, 9, 9] leaves its image of 200 x 200", True),
        (result(1, 3, [0, 195, 9, 9]), "box [0, 195, 9, 9] leaves its image of 200 x 200", True),
    ],
)
def test_bad_detections_are_reported_and_the_counts_stay_right(item, reason, counted):
    good = result(1, 3, [0, 0, 40, 40], 0.9)
    boxes = match(TRUTH, [good, item])
    (problem,) = problems(boxes).itertuples()
    assert (problem.what, problem.number, problem.reason, problem.counted) == ("detection", 1, reason, counted)
    row = summary(boxes).loc["cat"]
    assert (row["true positive"], row["false positive"]) == (1, int(counted))


@pytest.mark.parametrize(
    ("item", "reason", "counted"),
    [
        ({"id": 20, "image_id": 8, "category_id": 3, "bbox": [0, 0, 9, 9]}, "image 8", False),
        ({"id": 20, "image_id": 1, "category_id": 8, "bbox": [0, 0, 9, 9]}, "category 8", False),
        ({"id": 20, "image_id": 1, "category_id": 3}, "box None is not four finite numbers", False),
        ({"id": 20, "image_id": 1, "category_id": 3, "bbox": [0, 0, 0, 0]}, "is empty", True),
        ({"id": 20, "image_id": 1, "category_id": 3, "bbox": [0, 0, 900, 9]}, "leaves its image", True),
    ],
)
def test_bad_truths_are_reported_and_the_counts_stay_right(item, reason, counted):
    boxes = match({**TRUTH, "annotations": [*TRUTH["annotations"], item]}, [])
    (problem,) = problems(boxes).itertuples()
    assert (problem.what, problem.number, problem.counted) == ("truth", 4, counted)
    assert reason in problem.reason
    assert summary(boxes).loc["all classes", "missed"] == 2 + counted


def test_images_that_are_not_there_are_reported_and_shown_as_placeholders(tmp_path):
    Image.new("RGB", (200, 200)).save(tmp_path / "1.jpg")
    boxes = match(TRUTH, [result(1, 3, [0, 0, 40, 40]), result(2, 7, [9, 9, 40, 40])], tmp_path)
    assert boxes["outcome"].tolist() == ["true positive", "missed", "background"]
    assert problems(boxes)["reason"].tolist() == [f"there is no file {str(tmp_path / '2.jpg')!r}"]
    plot = PixPlot(boxes, box=("x", "y", "width", "height"), label="outcome", cache=False).wait(SECONDS)
    assert plot.problems["position"].tolist() == [2]
    plot.close()


def test_problems_travel_with_the_table():
    boxes = match(TRUTH, [result(1, 3, [0, 0, 40, 40]), result(8, 3, [0, 0, 9, 9])])
    for changed in (
        boxes[boxes["outcome"] == "missed"],
        boxes.copy(),
        boxes.assign(note="?"),
        pd.concat([boxes, boxes]),
    ):
        assert len(problems(changed)) == 1


def test_nothing_found_and_nothing_to_find():
    nothing = match(TRUTH, [])
    assert nothing["outcome"].tolist() == ["missed", "missed"]
    assert summary(nothing).loc["all classes", ["recall", "ap"]].tolist() == [0, 0]
    empty = {**TRUTH, "annotations": []}
    boxes = match(empty, [result(1, 3, [0, 0, 9, 9])])
    assert boxes["outcome"].tolist() == ["background"]
    assert np.isnan(summary(boxes).loc["cat", "ap"])
    assert match(empty, []).empty
    assert summary(match(empty, [])).loc["all classes", "truths"] == 0
    assert match({"images": [], "categories": [], "annotations": []}, []).empty


def test_more_detections_than_are_looked_at():
    found = [result(1, 3, [k, 0, 40, 40], score) for k, score in ((20, 0.5), (1, 0.9), (60, 0.7))]
    boxes = match(TRUTH, found, max_detections=2)
    assert boxes["detection"].dropna().tolist() == [1, 2]


def test_categories_of_one_name_stay_apart():
    twice = {**TRUTH, "categories": [*CATEGORIES, {"id": 10, "name": "cat"}]}
    boxes = match(twice, [result(1, 10, [0, 0, 40, 40])])
    assert boxes["outcome"].tolist()[0] == "wrong class"
    assert boxes.loc[0, ["category", "matched_category"]].tolist() == ["cat (10)", "cat (3)"]


@pytest.mark.parametrize(
    ("truth", "found", "options", "words"),
    [
        (TRUTH, [], {"iou": 0}, "iou must be"),
        (TRUTH, [], {"iou": 0.5, "poor_iou": 0.6}, "poor_iou must be"),
        (TRUTH, [], {"max_detections": 0}, "max_detections"),
        ([], [], {}, "ground_truth must be COCO instances"),
        ({"images": []}, [], {}, "no 'annotations'; it has 'images'"),
        ({**TRUTH, "images": [image(1), image(1)]}, [], {}, "several images of id 1"),
        ({**TRUTH, "categories": CATEGORIES * 2}, [], {}, "several categories of one id"),
        (TRUTH, {"results": []}, {}, "no 'annotations'; they have 'results'"),
        (TRUTH, 5, {}, "not a int"),
        (TRUTH, [result(99, 3, [0, 0, 9, 9])], {}, "none of the 1 detections .* image 99"),
        (TRUTH, [{"image_id": 1, "category_id": 3, "bbox": [0, 0, 9, 9]}], {}, "score None is not a number"),
        (TRUTH, [result(1, 3, [0.25, 0.5, 0.5, 0.5])], {}, "detections are all within 1 x 1 px: .* in shares"),
    ],
)
def test_what_makes_no_sense_is_refused(truth, found, options, words):
    with pytest.raises(ValueError, match=words):
        match(truth, found, **options)


def test_files_that_are_no_json(tmp_path):
    (tmp_path / "truth.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        match(tmp_path / "truth.json", [])
    with pytest.raises(FileNotFoundError):
        match(tmp_path / "nowhere.json", [])


def test_summary_needs_the_columns_of_match():
    with pytest.raises(KeyError, match="'outcome'"):
        summary(pd.DataFrame({"category": [], "score": []}))


def test_images_are_compared_in_parts_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(0)
    images = [image(number) for number in range(30)]
    boxes = np.round(rng.uniform(5, 60, (400, 4)))
    truth = {"images": images, "categories": CATEGORIES, "annotations": []}
    truth["annotations"] = [
        {"id": k, "image_id": k % 30, "category_id": [3, 7, 9][k % 3], "bbox": box.tolist()}
        for k, box in enumerate(boxes[:200])
    ]
    found = [result(k % 30, [3, 7, 9][k % 3], box.tolist(), rng.random()) for k, box in enumerate(boxes[200:])]
    whole = match(truth, found, iou=0.3)
    monkeypatch.setattr("pixplot_widget.detection.matching.PAIRS", 50)
    pd.testing.assert_frame_equal(match(truth, found, iou=0.3), whole)
