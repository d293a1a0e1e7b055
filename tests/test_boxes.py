"""What else is in the picture of a box, as pages ask for it, and the class that can be corrected there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from page import Page
from PIL import Image

from pixplot_widget import PixPlot, protocol
from pixplot_widget.detection import match, summary, to_coco
from pixplot_widget.errors import EditError
from pixplot_widget.images import Images
from pixplot_widget.images.boxes import MOST, Boxes
from pixplot_widget.layouts.catalog import resolve_roles

BOX = ("x", "y", "width", "height")
TRUTH = {
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}],
    "annotations": [
        {"id": 10, "image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 40]},
        {"id": 11, "image_id": 1, "category_id": 7, "bbox": [60, 40, 30, 30]},
        {"id": 12, "image_id": 2, "category_id": 3, "bbox": [10, 10, 30, 30]},
    ],
}
FOUND = [
    {"image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 38], "score": 0.9},
    {"image_id": 1, "category_id": 3, "bbox": [60, 40, 30, 30], "score": 0.8},
    {"image_id": 1, "category_id": 7, "bbox": [0, 60, 10, 10], "score": 0.4},
]
RIGHT, WRONG, BACKGROUND, MISSED, OTHER = range(5)
"""The rows that `match` makes of these, in its order."""


@pytest.fixture
def boxes(tmp_path) -> pd.DataFrame:
    for name in "ab":
        Image.fromarray(np.random.default_rng(ord(name)).integers(0, 255, (80, 100, 3), np.uint8)).save(
            tmp_path / f"{name}.png"
        )
    made = match(TRUTH, FOUND, tmp_path)
    assert made["outcome"].tolist() == ["true positive", "wrong class", "background", "missed", "missed"]
    return made.assign(row=range(5))


def plot_of(boxes: pd.DataFrame, label: str = "outcome", **options) -> PixPlot:
    return PixPlot(boxes, box=BOX, label=label, cache=False, **options)


def test_a_page_hears_of_all_boxes_of_the_picture_nearest_first(boxes):
    plot = plot_of(boxes)
    page = Page(plot)
    sent = page.ask(protocol.BoxesWanted, row=WRONG)
    assert sent.rows.tolist()[:2] == [WRONG, MISSED]
    assert sorted(sent.rows.tolist()) == [RIGHT, WRONG, BACKGROUND, MISSED]
    assert (sent.picture, sent.total) == (RIGHT, 4)
    by_row = dict(zip(sent.rows.tolist(), sent.boxes.reshape(-1, 4).tolist(), strict=True))
    assert by_row[RIGHT] == [0, 0, 40, 38]
    assert dict(zip(sent.rows.tolist(), sent.names, strict=True)) == {
        RIGHT: "cat 0.90",
        WRONG: "cat 0.80",
        BACKGROUND: "dog 0.40",
        MISSED: "dog",
    }
    assert sent.notes[0] == "wrong class, IoU 1.00"
    assert page.ask(protocol.BoxesWanted, row=OTHER).rows.tolist() == [OTHER]
    plot.close()


def test_boxes_are_colored_by_what_is_known_of_them_and_stand_in_a_wall_of_class_by_outcome(boxes):
    plot = plot_of(boxes)
    page = Page(plot)
    page.hello()
    for column, kind in {"category": "categories", "score": "scale", "iou": "scale"}.items():
        plot.color_by = column
        page.say(protocol.Want(part=f"coloring/{column}"))
        assert page.wait_part(f"coloring/{column}").kind == kind
    plot.layout = "category?by=category&across=outcome"
    wall = plot.layouts[plot.layout].xy
    cells = boxes.groupby(["category", "outcome"]).indices
    assert all(np.ptp(wall[rows], axis=0).max() < 0.5 for rows in cells.values())
    by_outcome = [wall[(boxes["outcome"] == name).to_numpy(), 0].mean() for name in ("missed", "true positive")]
    assert by_outcome[0] != pytest.approx(by_outcome[1])
    plot.close()


@pytest.mark.parametrize(
    ("row", "truth", "name", "stands"),
    [
        (RIGHT, [0, 0, 40, 40], "cat", RIGHT),
        (WRONG, [60, 40, 30, 30], "dog", MISSED),
        (BACKGROUND, [], "", -1),
        (MISSED, [60, 40, 30, 30], "dog", MISSED),
    ],
)
def test_the_ground_truth_of_each_outcome(boxes, row, truth, name, stands):
    plot = plot_of(boxes)
    sent = Page(plot).ask(protocol.BoxesWanted, row=row)
    assert (sent.truth.tolist(), sent.truth_name, sent.truth_row) == (truth, name, stands)
    assert sent.classes == (["cat", "dog"] if stands >= 0 else [])
    plot.close()


def test_a_detection_says_nothing_of_its_truth_where_any_class_is_right(tmp_path, boxes):
    agnostic = match(TRUTH, FOUND, tmp_path, class_agnostic=True)
    plot = plot_of(agnostic)
    page = Page(plot)
    sent = page.ask(protocol.BoxesWanted, row=WRONG)
    assert agnostic.loc[WRONG, "outcome"] == "true positive"
    assert (sent.truth.tolist(), sent.truth_name, sent.truth_row) == ([60, 40, 30, 30], "dog", -1)
    plot.close()


@pytest.mark.parametrize(("label", "kind"), [("outcome", "class"), ("category", "label")])
def test_a_truth_is_corrected_from_a_detection_that_shows_it_wrong(boxes, label, kind):
    plot = plot_of(boxes, label)
    page = Page(plot)
    sent = page.ask(protocol.BoxesWanted, row=WRONG)
    assert sent.kind == kind
    assert page.edit(kind, [sent.truth_row], "cat").ok
    assert page.edit("flag", [RIGHT], True).ok
    assert plot.df.loc[MISSED, "category"] == "cat"
    assert plot.df.loc[WRONG, "matched_category"] == "cat"
    assert sorted(plot.edits["column"]) == ["category", "matched_category", "remove"]
    assert page.ask(protocol.BoxesWanted, row=WRONG).truth_name == "cat"
    corrected = to_coco(plot.df, TRUTH)
    assert [(entry["id"], entry["category_id"]) for entry in corrected["annotations"]] == [(11, 3), (12, 3)]
    plot.undo(), plot.undo()
    assert to_coco(plot.df, TRUTH) == TRUTH
    plot.close()


@pytest.mark.parametrize(("label", "kind"), [("outcome", "class"), ("category", "class")])
def test_from_a_true_positive_the_truth_is_corrected_and_not_what_the_detector_said(boxes, label, kind, tmp_path):
    """Another detection of the same truth, and the truth of another picture, say what becomes of it."""
    found = [*FOUND, {"image_id": 1, "category_id": 3, "bbox": [0, 0, 40, 36], "score": 0.3}]
    boxes = match(TRUTH, found, tmp_path)
    right, duplicate = boxes.index[boxes["outcome"].isin(["true positive", "duplicate"])]
    before = boxes.copy()
    plot = plot_of(boxes, label, journal=tmp_path / "journal")
    page = Page(plot)
    sent = page.ask(protocol.BoxesWanted, row=right)
    assert (sent.kind, sent.truth_row, sent.truth_name, sent.classes) == (kind, right, "cat", ["cat", "dog"])
    assert page.edit(kind, [sent.truth_row], "lynx").ok
    follows = boxes["matched_category"].where(~boxes.index.isin([right, duplicate]), "lynx")
    pd.testing.assert_frame_equal(plot.df, before.assign(matched_category=follows))
    for row in (right, duplicate):
        sent = page.ask(protocol.BoxesWanted, row=row)
        assert sent.truth_name == "lynx"
        assert sent.names[0].startswith("cat 0.")
        assert sent.notes[0].endswith(", before the correction of its truth")
    sent = page.ask(protocol.BoxesWanted, row=boxes.index[boxes["outcome"] == "wrong class"][0])
    assert sent.notes[0] == "wrong class, IoU 1.00"
    corrected = to_coco(plot.df, TRUTH)
    assert [entry["category_id"] for entry in corrected["annotations"]] == [8, 7, 3]
    with pytest.warns(UserWarning, match="1 truth has another class since these boxes were matched"):
        summary(plot.df)
    assert match(corrected, found)["outcome"].value_counts()["wrong class"] == 3  # it said "cat" of the lynx, twice
    plot.close()
    again = before.copy()
    replayed = plot_of(again, label, journal=tmp_path / "journal")
    assert again["matched_category"].tolist() == follows.tolist()
    assert replayed.undo() == "undo: relabel 2 images to 'lynx'"
    pd.testing.assert_frame_equal(again, before)
    replayed.close()


def test_several_truths_get_a_class_at_once_and_detections_without_one_are_left(boxes):
    plot = plot_of(boxes)
    page = Page(plot)
    assert page.edit("class", [RIGHT, BACKGROUND, OTHER], "dog").ok
    assert boxes["category"].tolist() == ["cat", "cat", "dog", "dog", "dog"]  # of OTHER, which was missed
    assert boxes.loc[RIGHT, "matched_category"] == "dog"
    assert boxes["outcome"].tolist() == ["true positive", "wrong class", "background", "missed", "missed"]
    refused = page.edit("class", [BACKGROUND], "dog")
    assert (refused.ok, refused.reason[:35]) == (False, "there is no ground truth to correct")
    refused = page.edit("class", [RIGHT], None)
    assert (refused.ok, refused.reason[:25]) == (False, "an annotation has a class")
    assert len(plot.edits) == 2
    plot.close()


def test_a_truth_that_other_code_wrote_meanwhile_is_not_overwritten_unseen(boxes):
    plot = plot_of(boxes)
    page = Page(plot)
    boxes.loc[RIGHT, "matched_category"] = "owl"
    answer = page.edit("class", [RIGHT], "lynx")
    assert not answer.ok
    assert "holds 'owl' now, not what was shown" in answer.reason
    assert page.edit("class", [RIGHT], "lynx").ok
    assert boxes.loc[RIGHT, "matched_category"] == "lynx"
    plot.close()


@pytest.mark.parametrize(("label", "editable"), [("outcome", False), ("category", True)])
def test_an_outcome_is_no_label_that_people_give(boxes, label, editable):
    plot = plot_of(boxes, label)
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").label_editable is editable
    answer = page.edit("label", [RIGHT], "dog")
    assert answer.ok is editable
    assert editable or "'outcome' is what detection.match found, and is not edited" in answer.reason
    assert boxes["outcome"].tolist() == ["true positive", "wrong class", "background", "missed", "missed"]
    plot.close()


def test_a_column_that_is_only_called_outcome_is_a_label_as_any():
    df = pd.DataFrame({"outcome": ["recovered", "ill"]})
    plot = PixPlot(df, image=[np.zeros((4, 4, 3), np.uint8)] * 2, label="outcome", cache=False)
    assert plot.relabel(1, "recovered")["outcome"].tolist() == ["recovered"]
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").label_editable
    plot.close()


def test_classes_are_corrected_from_code_and_kept_in_the_journal(boxes, tmp_path):
    again = boxes.copy()
    plot = plot_of(boxes, journal=tmp_path / "journal")
    assert plot.relabel([MISSED], "lynx", column="category")["category"].tolist() == ["lynx"]
    with pytest.raises(EditError, match=r"'outcome' is what detection\.match found, and is not edited"):
        plot.relabel([MISSED], "background")
    with pytest.raises(EditError, match="'outcome' is what"):
        plot.rename_label("missed", "background")
    with pytest.raises(KeyError, match="'score' is not corrected here; these can be: 'outcome', 'category', 'matched_"):
        plot.relabel([MISSED], "lynx", column="score")
    plot.close()
    replayed = plot_of(again, journal=tmp_path / "journal")
    assert again.loc[MISSED, ["category", "outcome"]].tolist() == ["lynx", "missed"]
    assert replayed.undo() == "undo: relabel 2 images to 'lynx'"
    assert again.loc[MISSED, ["category", "outcome"]].tolist() == ["dog", "missed"]
    replayed.close()


@pytest.mark.parametrize("label", ["outcome", "category"])
def test_whatever_way_it_comes_the_class_of_a_truth_is_written_in_all_rows_that_speak_of_it(boxes, label, tmp_path):
    before, plot = boxes.copy(), plot_of(boxes, label)
    assert [boxes.loc[WRONG, "matched_category"], boxes.loc[MISSED, "category"]] == ["dog", "dog"]
    for way in (
        lambda: plot.relabel(WRONG, "lynx", column="matched_category"),
        lambda: plot.relabel([MISSED], ["lynx"], column="category"),
        lambda: plot.merge(pd.DataFrame({"row": [WRONG], "column": "matched_category", "new": ["lynx"]}), on="row"),
        lambda: plot.merge(pd.DataFrame({"row": [MISSED], "column": "matched_category", "new": ["lynx"]}), on="row"),
        lambda: plot.merge(pd.DataFrame({"row": [MISSED], "column": "category", "new": ["lynx"]}), on="row"),
        lambda: Page(plot).edit("class", [WRONG], "lynx", seq=1),
        lambda: plot.relabel(MISSED, "lynx", column=None if label == "category" else "category"),
    ):
        way()
        expected = before.copy()
        expected.loc[WRONG, "matched_category"] = expected.loc[MISSED, "category"] = "lynx"
        pd.testing.assert_frame_equal(plot.df, expected)
        plot.undo()
        pd.testing.assert_frame_equal(plot.df, before)
    plot.close()


def test_revert_gives_a_truth_its_class_back_in_all_rows_that_speak_of_it(boxes):
    before, plot = boxes.copy(), plot_of(boxes)
    for row in (WRONG, MISSED):
        plot.relabel(MISSED, "lynx", column="matched_category")
        plot.flag(RIGHT)
        plot.revert(row)
        pd.testing.assert_frame_equal(plot.df[before.columns], before)
        assert plot.df["remove"].tolist() == [True, False, False, False, False]
        plot.revert(RIGHT)
    plot.close()


def test_what_a_detector_said_is_not_written_over_from_code_or_by_a_patch(boxes):
    before, plot = boxes.copy(), plot_of(boxes)
    said = "is a detection, and its 'category' is what the detector said; the class of its truth is 'matched_category'"
    with pytest.raises(EditError, match=f"row 1 {said}"):
        plot.relabel([MISSED, WRONG], "lynx", column="category")
    with pytest.raises(EditError, match="there is no ground truth to correct"):
        plot.relabel(BACKGROUND, "lynx", column="matched_category")
    with pytest.raises(EditError, match="an annotation has a class"):
        plot.relabel(RIGHT, None, column="matched_category")
    with pytest.raises(EditError, match="2 values were given for 1 row"):
        plot.relabel(RIGHT, ["lynx", "owl"], column="matched_category")
    patch = pd.DataFrame({"row": [RIGHT, BACKGROUND, WRONG], "column": ["category", "matched_category", "category"]})
    done = plot.merge(patch.assign(new="lynx"), on="row")
    assert done["outcome"].tolist() == ["refused"] * 3
    assert done["reason"][0] == f"row 0 {said}"
    pd.testing.assert_frame_equal(plot.df, before)
    assert plot.undo() == "nothing to undo"
    plot.close()


def test_a_page_knows_the_column_in_which_the_class_it_gives_is_corrected(boxes):
    for made, label, column in (
        (boxes, "outcome", "matched_category"),
        (boxes.drop(columns="matched_x"), "outcome", "category"),
        (boxes.drop(columns="matched_x"), "category", ""),
    ):
        plot = plot_of(made, label)
        page = Page(plot)
        page.hello()
        assert page.wait_part("manifest").class_column == column
        plot.close()


def test_a_frame_without_boxes_has_no_second_column_of_labels(tmp_path):
    df = pd.DataFrame({"category": ["cat"], "state": ["new"]})
    plot = PixPlot(df, image=[np.zeros((4, 4, 3), np.uint8)], label="state", cache=False)
    assert not Page(plot).edit("class", [0], "dog").ok
    assert df["category"].tolist() == ["cat"]
    plot.close()


class TestAnyFrame:
    """Boxes that come from no detector."""

    @staticmethod
    def frame(n=4):
        df = pd.DataFrame({"filename": ["a.jpg"] * n, "kind": [f"k{i}" for i in range(n)]})
        df[list(BOX)] = [[10.0 * i, 0, 5, 5] for i in range(n)]
        return df

    def test_the_label_says_what_is_in_a_box(self):
        df = self.frame()
        scene = Boxes(Images(df, box=BOX), lambda: df, "kind").around(2)
        assert scene.rows.tolist() == [2, 1, 3, 0]
        assert (scene.names[0], scene.notes, scene.truth.tolist(), scene.truth_row) == ("k2", [""] * 4, [], -1)

    def test_rows_without_a_box_are_no_boxes(self):
        df = self.frame()
        df.loc[1, "x"] = np.nan
        df.loc[2, "width"] = np.inf
        scenes = Boxes(Images(df, box=BOX), lambda: df, "kind")
        assert scenes.around(0).rows.tolist() == [0, 3]
        assert scenes.around(1).rows.tolist() == [0, 3]
        assert scenes.around(2).total == 2

    def test_of_a_crowd_the_nearest(self):
        df = self.frame(1000)
        scene = Boxes(Images(df, box=BOX), lambda: df, "kind").around(0)
        assert scene.rows.tolist() == list(range(MOST))
        assert scene.total == 1000

    def test_pictures_in_memory_are_told_apart_by_the_object(self):
        df = self.frame()
        one, two = np.zeros((9, 99, 3), np.uint8), np.zeros((9, 99, 3), np.uint8)
        scenes = Boxes(Images(df, image=[one, two, one, two], box=BOX), lambda: df, "kind")
        assert sorted(scenes.around(3).rows.tolist()) == [1, 3]

    def test_the_column_of_classes_is_left_alone_where_it_cannot_hold_labels(self):
        df = self.frame().assign(category=[[1]] * 4)
        plot = PixPlot(df, image=[np.zeros((9, 99, 3), np.uint8)] * 4, box=BOX, label="kind", cache=False)
        assert Page(plot).ask(protocol.BoxesWanted, row=0).kind == "label"
        plot.close()

    def test_x_of_a_box_is_no_place_in_a_layout(self):
        df = self.frame()
        assert resolve_roles(df, None, boxes=BOX) == {}
        assert resolve_roles(df, None) == {"x": "x", "y": "y"}


def test_boxes_that_are_added_later_are_among_them(boxes):
    plot = plot_of(boxes)
    page = Page(plot)
    assert page.ask(protocol.BoxesWanted, row=OTHER).total == 1
    plot.append(boxes.loc[[OTHER]].assign(x=3.0, annotation=99))
    sent = page.ask(protocol.BoxesWanted, row=OTHER)
    assert (sent.rows.tolist(), sent.boxes[4]) == ([OTHER, 5], 3)
    plot.relabel([5], "lynx", column="category")
    assert page.ask(protocol.BoxesWanted, row=OTHER).names == ["cat", "lynx"]
    plot.close()


def test_a_page_that_asks_for_a_row_that_is_not_there_is_told_so(boxes):
    plot = plot_of(boxes)
    answer = Page(plot).ask(protocol.BoxesWanted, row=99)
    assert (answer.type, answer.text) == ("trouble", "there is no row 99; there are 5")
    plot.close()


def test_boxes_are_measured_in_px_of_the_full_picture_where_a_smaller_one_is_sent(tmp_path):
    Image.new("CMYK", (5000, 50)).save(tmp_path / "wide.tif")
    df = pd.DataFrame({"filename": [str(tmp_path / "wide.tif")], "category": "cat"})
    df[list(BOX)] = [[0, 0, 20, 20]]
    plot = plot_of(df, "category")
    sent = Page(plot).ask(protocol.ImageWanted, row=0, whole=True)
    assert sent.size == [5000, 50]
    plot.close()
