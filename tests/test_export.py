"""What leaves the notebook, and comes back."""

from __future__ import annotations

import csv
import io
import os
import stat
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from pixplot_widget import export
from pixplot_widget.edits import EditLog
from pixplot_widget.tables import write_table

NASTY = [
    "a, b",
    'say "hi"',
    "<b>",
    "line\nbreak",
    "line\r\nbreak",
    "\rlone",
    "🐈‍⬛",
    " spaced ",
    "\ttab",
    "'",
    "=1+1",
    "\\",
    "é",
]


def make(labels=("cat", "dog", "cat"), **more) -> pd.DataFrame:
    n = len(labels)
    return pd.DataFrame({"filename": [f"{i}.jpg" for i in range(n)], "category": list(labels), **more})


def log_of(df: pd.DataFrame, **more) -> EditLog:
    return EditLog(df, identity=["filename"], **more)


# --- clean ----------------------------------------------------------------------------------------------------


def test_clean_is_a_new_frame_without_the_flagged_rows():
    df = make().set_index(pd.Index(["x", "x", "y"]))
    log = log_of(df)
    assert_frame_equal(export.clean(log), df)
    log.flag([0, 2])
    out = export.clean(log)
    assert out["category"].tolist() == ["dog"]
    assert out.index.tolist() == ["x"]
    out["category"] = "spoiled"
    assert df["category"].tolist() == ["cat", "dog", "cat"]
    assert len(df) == 3


@pytest.mark.parametrize(
    "flags",
    [
        [True, None, False],
        pd.array([True, None, False], dtype="boolean"),
        pd.array([1, None, 0], dtype="Int8"),
        [1.0, np.nan, 0.0],
        [1, 0, 0],
    ],
)
def test_clean_with_flags_of_any_dtype(flags):
    df = make(remove=flags)
    assert export.clean(log_of(df)).index.tolist() == [1, 2]


def test_clean_sees_flags_and_rows_that_were_changed_outside():
    df = make()
    log = log_of(df)
    df["remove"] = [False, True, False]
    assert export.clean(log).index.tolist() == [0, 2]
    df.loc[9] = ["9.jpg", "cow", False]
    assert export.clean(log).index.tolist() == [0, 2, 9]


# --- metadata.csv ---------------------------------------------------------------------------------------------


def test_metadata_csv_has_the_corrections_and_the_other_columns():
    df = make(score=[0.1, 0.2, np.nan], n=[1, 2, 3])
    log = log_of(df)
    log.relabel(0, 'a, "b"\nc')
    log.flag(1, reason="blurry")
    back = pd.read_csv(io.StringIO(export.to_csv(log, image="filename")))
    assert back.columns.tolist() == ["filename", "category", "score", "n", "remove", "remove_reason"]
    assert_frame_equal(back, df, check_dtype=False)
    assert back["n"].dtype == "int64"
    assert back["remove"].dtype == bool


def test_columns_under_the_names_that_pixplotml_reads():
    df = pd.DataFrame(
        {
            "kind": ["cat", None],
            "path": ["a.jpg", "b.jpg"],
            "when": [1999.0, np.nan],
            "words": [["x", "y"], []],
            "category": ["other", "thing"],
            "lat": [1.5, 2.5],
        },
        index=[7, 7],
    )
    log = EditLog(df, label="kind", identity=["path"])
    out = export.metadata(log, image="path", roles={"year": "when", "tags": "words", "x": "lat"})
    assert out.columns.tolist() == ["filename", "category", "tags", "year", "lat", "category (original)"]
    assert out["tags"].tolist() == ["x|y", ""]
    assert out["year"].astype(object).where(out["year"].notna(), None).tolist() == [1999, None]
    text = export.to_csv(log, image="path", roles={"year": "when", "tags": "words"})
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["filename"], rows[0]["category"], rows[0]["year"]) == ("a.jpg", "cat", "1999")
    assert (rows[1]["category"], rows[1]["year"]) == ("", "")


def test_images_without_a_file_have_the_names_they_are_known_by():
    df = pd.DataFrame({"image": [b"1", b"2"], "category": ["a", "b"], "filename": ["not", "this"]})
    log = EditLog(df.drop(columns="image"), names=["image 0", "image 1"])
    log.flag(0)
    out = export.metadata(log, flagged=False)
    assert out["filename"].tolist() == ["image 1"]
    assert out["filename (original)"].tolist() == ["this"]


def test_a_label_column_called_label():
    log = EditLog(make().rename(columns={"category": "label"}), label="label", identity=["filename"])
    out = export.metadata(log, image="filename")
    assert out.columns.tolist() == ["filename", "category", "label"]
    assert out["category"].tolist() == out["label"].tolist()


# pandas before 2.2 stops reading a field at a null character
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=4))
@settings(deadline=None)
def test_any_text_comes_back(labels):
    df = make(labels)
    text = write_table(df)
    back = pd.read_csv(io.StringIO(text, newline=""), keep_default_na=False, dtype=str)
    assert back["category"].tolist() == labels


def test_nasty_labels_come_back_from_a_file(tmp_path):
    df = make(NASTY)
    path = tmp_path / "metadata.csv"
    assert export.to_csv(log_of(df), path, image="filename") is None
    assert_frame_equal(pd.read_csv(path), df)


@pytest.mark.parametrize("write", [export.to_csv, export.changes_to_csv])
def test_text_that_no_file_can_hold_is_named_and_the_file_before_it_stays(tmp_path, write):
    df = make(["cat", "dog"])
    # what Linux gives for a name that is not UTF-8; Arrow's text could not hold it
    df["filename"] = pd.Series(["a.jpg", os.fsdecode(b"caf\xe9.jpg")], dtype=object)
    log = log_of(df)
    log.relabel([0, 1], "fox")
    path = tmp_path / "table.csv"
    path.write_text("precious")
    with pytest.raises(
        ValueError, match=r"'caf\\udce9.jpg' in column 'file(name)?' is not valid text.*was not written"
    ):
        write(log, path)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_words_that_pandas_takes_for_missing_are_warned_of(tmp_path):
    df = make(["NA", "cat", None])
    with pytest.warns(UserWarning, match=r"column 'category' holds 'NA', which pandas.*keep_default_na=False"):
        export.to_csv(log_of(df), tmp_path / "m.csv", image="filename")
    back = pd.read_csv(tmp_path / "m.csv", keep_default_na=False, na_values=[""])
    assert back["category"].tolist()[:2] == ["NA", "cat"]
    assert back["category"].isna().tolist() == [False, False, True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export.to_csv(log_of(make(["NAN", "nano", "Nullify"])))


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path, monkeypatch):
    path = tmp_path / "metadata.csv"
    path.write_text("precious")
    path.chmod(0o640)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            export.to_csv(log_of(make()), path)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["metadata.csv"]
    export.to_csv(log_of(make()), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    export.to_csv(log_of(make(["x"])), link)
    assert link.is_symlink()
    assert pd.read_csv(path)["category"].tolist() == ["x"]
    export.to_csv(log_of(make()), "/dev/null")
    assert not os.path.isfile("/dev/null")


# --- changes --------------------------------------------------------------------------------------------------


def test_changes_as_csv():
    log = log_of(make(["cat", "dog", None]))
    log.relabel([0, 2], "a, b")
    log.relabel([1], None)
    log.flag([1], reason="why, though")
    log.relabel([0], "cat")
    back = pd.read_csv(io.StringIO(export.changes_to_csv(log)), keep_default_na=False)
    assert back[["file", "column", "old", "new"]].to_numpy().tolist() == [
        ["1.jpg", "category", "dog", ""],
        ["1.jpg", "remove", "False", "True"],
        ["1.jpg", "remove_reason", "", "why, though"],
        ["2.jpg", "category", "", "a, b"],
    ]
    assert back["position"].tolist() == [1, 1, 1, 2]
    assert pd.to_datetime(back["time"]).notna().all()


def test_no_changes_as_csv():
    text = export.changes_to_csv(log_of(make()))
    assert text.strip() == '"file","column","old","new","position","index","how","time"'
