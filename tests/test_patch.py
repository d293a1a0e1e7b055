"""Changes made elsewhere, applied to a copy of the frame."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog
from pixplot_widget.errors import JournalError, RowsChangedError
from pixplot_widget.export import changes_to_csv
from pixplot_widget.export.patch import apply_patch


def make(labels=("cat", "dog", "cat", "cow")) -> pd.DataFrame:
    return pd.DataFrame({"filename": [f"{i}.jpg" for i in range(len(labels))], "category": list(labels)})


def log_of(df: pd.DataFrame, **more) -> EditLog:
    return EditLog(df, identity=["filename"], **more)


def patch_of(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["file", "old", "new"])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "changes.csv"


def test_changes_of_one_copy_make_the_other_equal(path):
    ours, theirs = make(), make().sample(frac=1, random_state=0).reset_index(drop=True)
    log = log_of(theirs)
    log.relabel(theirs["category"] == "cat", 'new, "label"')
    log.relabel(theirs["filename"] == "3.jpg", None)
    log.flag(theirs["filename"] == "1.jpg", reason="blurry")
    changes_to_csv(log, path)
    mine = log_of(ours)
    report = apply_patch(mine, path)
    assert set(report["outcome"]) == {"applied"}
    assert_frame_equal(ours, theirs.sort_values("filename", ignore_index=True))
    assert set(mine.edits["how"]) == {"merge"}
    assert mine.undo_text == "merge changes of 4 images"
    mine.undo()
    assert_frame_equal(ours[["filename", "category"]], make())
    again = apply_patch(mine, path)
    assert set(again["outcome"]) == {"applied"}
    assert set(apply_patch(mine, path)["outcome"]) == {"the same already"}


def test_what_does_not_fit_is_reported_row_by_row():
    df = make()
    df.loc[3, "filename"] = "2.jpg"
    log = log_of(df, labels=["cat", "dog", "cow"])
    report = apply_patch(
        log,
        patch_of(
            ("0.jpg", "cat", "dog"),
            ("1.jpg", "dog", "dog"),
            ("2.jpg", "cat", "dog"),
            ("9.jpg", "cat", "dog"),
            ("1.jpg", "horse", "cow"),
            ("1.jpg", "dog", "horse"),
        ),
    )
    assert report["outcome"].tolist() == [
        "applied",
        "the same already",
        "found twice",
        "not found",
        "changed since",
        "refused",
    ]
    assert report["reason"].tolist() == [
        "",
        "",
        "2 images are 2.jpg; give on= columns that tell them apart",
        "no image here is 9.jpg",
        "it was 'horse' there and is 'dog' here",
        "'horse' is not one of the allowed labels; there are 'cat', 'dog', 'cow'",
    ]
    assert report["position"].astype(object).where(report["position"].notna(), None).tolist() == [
        0,
        1,
        None,
        None,
        1,
        1,
    ]
    assert df["category"].tolist() == ["dog", "dog", "cat", "cow"]
    assert len(log.edits) == 1


def test_force_changes_what_is_not_as_it_was_there():
    df = make()
    report = apply_patch(log_of(df), patch_of(("1.jpg", "horse", "cow")), force=True)
    assert report["outcome"].tolist() == ["applied"]
    assert df["category"].iloc[1] == "cow"


def test_images_found_by_columns():
    df = pd.DataFrame({"filename": "a.jpg", "x": [0, 10, 20], "category": "start"})
    patch = pd.DataFrame({"filename": "a.jpg", "x": ["10", "30"], "new": ["b", "c"]})
    report = apply_patch(EditLog(df), patch, on=["filename", "x"])
    assert df["category"].tolist() == ["start", "b", "start"]
    assert report["outcome"].tolist() == ["applied", "not found"]
    assert report["reason"].iloc[1] == "no image here is a.jpg, 30"
    report = apply_patch(EditLog(df), pd.DataFrame({"x": [0], "new": ["z"]}), on="x")
    assert df["category"].tolist() == ["z", "b", "start"]


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (pd.Series([1, 2, 3, 4]), "7", 7),
        (pd.Series([1, None, 3, 4], dtype="Int64"), "7", 7),
        (pd.Series([0.5, 1, 2, 3]), "1", 1.0),
        (pd.Series([True, True, False, True]), "False", False),
        (pd.Series(pd.Categorical(list("abca"))), "new", "new"),
    ],
)
def test_text_of_a_file_becomes_the_dtype_of_the_column(column, text, value):
    df = make().assign(category=column)
    report = apply_patch(log_of(df), patch_of(("0.jpg", str(column.iloc[0]), text)))
    assert report["outcome"].tolist() == ["applied"]
    assert df["category"].iloc[0] == value
    assert df["category"].dtype.name == column.dtype.name


def test_a_column_that_is_not_edited():
    patch = patch_of(("0.jpg", "a", "b")).assign(column="score")
    report = apply_patch(log_of(make()), patch)
    assert report["reason"].tolist() == [
        "column 'score' is none of those that edits write: category, remove, remove_reason"
    ]


def test_an_image_named_twice_ends_as_the_last_row_says():
    df = make()
    report = apply_patch(log_of(df), patch_of(("0.jpg", "cat", "b"), ("0.jpg", "b", "c")))
    assert report["outcome"].tolist() == ["applied", "applied"]
    assert df["category"].iloc[0] == "c"


def test_a_patch_that_is_none(tmp_path, path):
    log = log_of(make())
    with pytest.raises(KeyError, match="the patch has no column 'new'; it has 'file'"):
        apply_patch(log, pd.DataFrame({"file": ["0.jpg"]}))
    with pytest.raises(KeyError, match="the frame has no column 'id'"):
        apply_patch(log, pd.DataFrame({"id": [1], "new": ["x"]}), on="id")
    with pytest.raises(FileNotFoundError):
        apply_patch(log, path)
    for content in (b"", b"\xff\xfe\x00", b'"a\n'):
        path.write_bytes(content)
        with pytest.raises((ValueError, KeyError)):
            apply_patch(log, path)
    assert len(log.edits) == 0


def test_nothing_is_applied_where_rows_moved_or_the_journal_fails(tmp_path):
    df = make()
    log = log_of(df, journal=tmp_path / "edits.jsonl")
    log.close()
    with pytest.raises(JournalError):
        apply_patch(log, patch_of(("0.jpg", "cat", "dog")))
    df.loc[9] = ["9.jpg", "cat"]
    with pytest.raises(RowsChangedError):
        apply_patch(log, patch_of(("0.jpg", "cat", "dog")))
    assert df["category"].tolist() == ["cat", "dog", "cat", "cow", "cat"]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["cat", "a, b", "NA", "1", None])), max_size=8))
@settings(deadline=None)
def test_any_edits_carry_over(edits):
    ours, theirs = make(), make()
    log = log_of(theirs)
    for row, label in edits:
        log.relabel(row, label)
    report = apply_patch(log_of(ours), pd.read_csv(pd.io.common.StringIO(changes_to_csv(log)), **TEXT))
    assert set(report["outcome"]) <= {"applied"}
    assert_frame_equal(ours, theirs)


TEXT = {"dtype": str, "keep_default_na": False, "na_values": [""]}


def test_a_hundred_thousand_changes():
    n = 100_000
    ours, theirs = make(["cat"] * n), make(["cat"] * n)
    log = log_of(theirs)
    log.relabel(np.arange(0, n, 2), "dog")
    report = apply_patch(log_of(ours), log.changes)
    assert len(report) == n // 2
    assert_frame_equal(ours, theirs)


@given(st.binary(max_size=200) | st.text('file,new;old\n"0.jpgcat', max_size=80).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_a_patch_or_refused_in_a_sentence(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "changes.csv"
        for start in (b"", b"file,new\n0.jpg,dog\n"):
            path.write_bytes(start + content)
            df, refused = make(), None
            try:
                report = apply_patch(log_of(df), path)
            except (ValueError, KeyError) as error:
                refused = str(error)
            if refused is not None:
                assert "changes.csv" in refused or "the patch has" in refused
                assert_frame_equal(df, make())
            else:
                assert set(report["outcome"]) <= {
                    *("applied", "the same already", "not found", "found twice", "changed since", "refused")
                }


def test_a_patch_that_a_spreadsheet_saved(path):
    path.write_bytes("\ufefffile;column;old;new\n0.jpg;category;cat;007\n".encode())
    log = log_of(make())
    assert apply_patch(log, path)["outcome"].tolist() == ["applied"]
    assert log.df["category"].tolist()[0] == "007"


def test_columns_of_one_name_are_refused():
    patch = pd.DataFrame([["0.jpg", "dog", "cow"]], columns=["file", "new", "new"])
    with pytest.raises(ValueError, match="the patch has 2 columns 'new'; rename all but one"):
        apply_patch(log_of(make()), patch)
