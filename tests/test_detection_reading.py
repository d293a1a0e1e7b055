"""What COCO dicts say and how it is read: ids, file names, outlines, sizes; and what is refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from test_detection import TRUTH, image, result

from pixplot_widget.detection import match, problems, summary


@pytest.mark.parametrize(("of_truth", "of_use"), [(str, int), (int, str), (int, float), (int, np.int64), (float, int)])
def test_ids_that_are_text_on_one_side_are_the_same_ids(of_truth, of_use):
    truth = {
        "images": [{"id": of_truth(1), "file_name": "1.jpg"}, {"id": of_truth(2), "file_name": "2.jpg"}],
        "categories": [{"id": of_truth(4), "name": "cat"}, {"id": of_truth(5), "name": "dog"}],
        "annotations": [{"id": 1, "image_id": of_use(2), "category_id": of_use(5), "bbox": [0, 0, 40, 40]}],
    }
    boxes = match(truth, [result(of_use(2), of_use(5), [0, 0, 40, 40])])
    assert boxes["outcome"].tolist() == ["true positive"]
    assert boxes.loc[0, ["filename", "category"]].tolist() == ["2.jpg", "dog"]


def test_an_id_that_is_there_as_it_is_comes_before_one_of_the_same_text():
    truth = {**TRUTH, "images": [image(1), {**image(2), "id": "1"}], "annotations": []}
    boxes = match(truth, [result("1", 3, [0, 0, 9, 9]), result(1, 3, [0, 0, 9, 9])])
    assert boxes["filename"].tolist() == ["1.jpg", "2.jpg"]
    assert boxes["image_id"].tolist() == [1, "1"]
    assert summary(boxes).loc["cat", "detections"] == 2  # numbers and text by turns are put in an order


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image_id": 99}, "image 99 is not in"),
        ({"category_id": "cat"}, "category 'cat' is not in"),
        ({"bbox": None, "segmentation": []}, "box None is not four finite numbers"),
    ],
)
def test_a_truth_of_which_nothing_can_be_used_is_refused(change, words):
    truth = {**TRUTH, "annotations": [{**entry, **change} for entry in TRUTH["annotations"]]}
    with pytest.raises(ValueError, match=f"none of the 4 annotations of the ground truth can be used: {words}"):
        match(truth, [result(1, 3, [0, 0, 40, 40])])


def test_outlines_are_boxes_where_there_is_no_other():
    corners = [[0, 0, 40, 0, 40, 40, 0, 40]]
    annotation = {"id": 1, "image_id": 1, "category_id": 3, "segmentation": corners}
    found = {**result(1, 3, None), "segmentation": {"size": [200, 200], "counts": [0, 40, *[160, 40] * 39, 32160]}}
    boxes = match({**TRUTH, "annotations": [annotation]}, [found])
    assert boxes["outcome"].tolist() == ["true positive"]
    assert boxes.loc[0, ["x", "y", "width", "height", "matched_width", "matched_height"]].tolist() == [0, 0, *[40] * 4]


def test_a_file_name_says_which_image_whatever_the_id_beside_it():
    good = [
        {**result(9, 3, [0, 0, 40, 40]), "file_name": "val/1.jpg"},
        {**result(1, 3, [0, 0, 9, 9]), "file_name": "2.jpg"},
    ]
    boxes = match(TRUTH, good)
    assert boxes["filename"].tolist() == ["1.jpg", "1.jpg", "2.jpg"]
    assert boxes["outcome"].tolist() == ["true positive", "missed", "background"]
    # where none of the names is one of the truth's, ids decide; where some are, the others are unknown
    assert match(TRUTH, [{**result(1, 3, [0, 0, 40, 40]), "file_name": "x"}])["outcome"][0] == "true positive"
    reasons = problems(match(TRUTH, [*good, {**result(1, 3, [0, 0, 9, 9]), "file_name": "x"}]))["reason"].tolist()
    assert reasons == ["image 'x' is not in the ground truth"]


def test_a_file_that_is_there_twice_is_told_by_its_id_or_not_at_all():
    twice = {**TRUTH, "images": [image(1), {**image(2), "file_name": "1.jpg"}]}
    found = {**result(2, 3, [0, 0, 40, 40]), "file_name": "1.jpg"}
    assert match(twice, [found])["image_id"].tolist() == [1, 1, 2]
    with pytest.raises(ValueError, match=r"has 2 images of the name '1\.jpg', so it does not say which"):
        match(twice, [{**found, "image_id": 7}])
    with pytest.raises(ValueError, match=r"has 2 images of the name '1\.jpg'"):
        match(twice, {"images": [{"id": 2, "file_name": "1.jpg"}], "annotations": [found]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": [{"file_name": "1.jpg"}]}, "image 0 of the ground truth has no id"),
        ({"images": [{"id": 1}, 5]}, "image 1 of the ground truth has no id, a number or text: 5"),
        ({"images": {"id": 1}}, "'images' must be a list, not a dict"),
        ({"images": [{"id": 1, "file_name": ["1.jpg"]}]}, r"image 1 .* has the file name \['1\.jpg'\]"),
        ({"categories": [{"name": "cat"}]}, "category 0 of the ground truth has no id"),
        ({"annotations": "none"}, "'annotations' must be a list, not a str"),
    ],
)
def test_lists_that_are_none_are_refused_in_words(change, words):
    with pytest.raises(ValueError, match=words):
        match({**TRUTH, **change}, [])


@pytest.mark.parametrize("width", ["", "wide", 0, -5, float("inf"), [], 10**400])
def test_a_size_that_is_none_is_unknown_and_reported(width):
    truth = {**TRUTH, "images": [{**image(1), "width": width}, image(2)]}
    boxes = match(truth, [result(1, 3, [0, 0, 900, 40])])
    (problem,) = problems(boxes).itertuples()
    assert (problem.what, problem.file, problem.counted) == ("image", "1.jpg", True)
    assert problem.reason.startswith("width ")


def test_images_behind_urls_are_not_looked_for_on_this_disk(tmp_path):
    assert problems(match(TRUTH, [], "https://example.org/images")).empty
    assert problems(match(TRUTH, [], tmp_path.as_uri())).empty
    assert len(problems(match(TRUTH, [], tmp_path))) == 2
