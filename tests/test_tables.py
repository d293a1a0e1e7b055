"""Tables of others, read as text or refused in a sentence; and ours, given back as they were by whoever reads them."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixplot_widget import export, tables
from pixplot_widget.edits import EditLog
from pixplot_widget.tables import as_numbers, numbered, read_table, told_numbers, write_table
from pixplot_widget.values import number_text

MISLEADING = [
    *("007", "7", "TRUE", "false", "1e5", "1.0", "2.50", "inf", "-inf", "nan", "NaN", "NA", "None", "null", " 1", "1 "),
    *("1_000", "1,000", "2020-01-01", "12345678901234567890", "9223372036854775808", "+5", "-0", "0x10", "1j", ".5"),
    *("True", "١٢", "=1+1", "-", "#N/A", "<NA>", "1.#IND", "cat"),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def columns_of(path: Path, content: str | bytes, **how) -> dict[str, list]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_table(path, **how)
    return {name: table[name].astype(object).where(table[name].notna(), None).tolist() for name in table}


# --- reading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n007,x\n,y\n",
        "a;b\n007;x\n;y\n",
        "a\tb\n007\tx\n\ty\n",
        "\ufeffa,b\r\n007,x\r\n,y\r\n",
        "a,b\r007,x\r,y\r",
        "\n  \na,b\n\n007,x\n,y",
        "a,b,\n007,x,\n,y,\n",
        "a,b\n007,x,\n,y,,\n",
        "a,b\n007,x\n,y,,,,\n",
        "a,b,,\n007,x\n,y\n",
        "a,b\n007,x\n,y\n".encode("utf-16"),
    ],
)
def test_ways_of_writing_the_same_table(path, content):
    assert columns_of(path, content, wanted=["a", "b"]) == {"a": ["007", None], "b": ["x", "y"]}


def test_a_trailing_comma_far_down_shifts_nothing(path):
    content = "a,b\n" + "1,x\n" * 5000 + "2,y,\n"
    assert columns_of(path, content)["b"] == ["x"] * 5000 + ["y"]


def test_names_that_are_there_twice_are_numbered_unless_they_are_wanted(path):
    assert list(columns_of(path, "a,note,note\n1,2,3\n", wanted=["a"])) == ["a", "note", "note.1"]
    assert list(columns_of(path, "A,Note,note\n1,2,3\n", wanted=["a"], fold=True)) == ["a", "note", "note.1"]
    with pytest.raises(ValueError, match=r"has 2 columns 'a', 'a' and ' A'; rename all but one"):
        columns_of(path, "a, A,x\n1,2,3\n", wanted=["a"], fold=True)


@given(st.lists(st.sampled_from(["a", "a.1", "b", "a.2"]), max_size=8))
def test_numbered_names_are_each_there_once(names):
    assert len(set(numbered(names))) == len(names)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", ValueError, "it is empty"),
        (b"\n \n", ValueError, "it is empty"),
        (b"x,y\n1,2\n", KeyError, "no column 'a'; it has x, y"),
        (b"a,b\n1,2,3\n", ValueError, r"row 0 .* more than the 2 fields of its header"),
        (b'a,b\n1,"2\n', ValueError, "EOF inside string"),
        (b"a,b\n1,2\n3,caf\xe9\n", ValueError, r"not text in UTF-8: line 3 has the byte 0xe9; save it in UTF-8"),
        (b"\xff\xfea", ValueError, "not text in UTF-16"),
        (b"\x89PNG\r\n\x1a\n", ValueError, "not text in UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(path, content, error, words):
    with pytest.raises(error, match=words):
        columns_of(path, content, wanted=["a"])


def test_folders_and_endless_lines_are_no_tables(path, monkeypatch):
    with pytest.raises(OSError, match="is a folder"):
        read_table(path.parent)
    with pytest.raises(FileNotFoundError):
        read_table(path)
    monkeypatch.setattr(tables, "LONGEST_LINE", 1000)
    monkeypatch.setattr(tables, "_BLOCK", 64)
    with pytest.raises(ValueError, match="line 3 has more than 1,000 characters"):
        columns_of(path, "a,b\n1,2\n" + "x" * 2000)
    assert columns_of(path, "a,b\n" + "1,2\n" * 1000)["a"] == ["1"] * 1000


ANYTHING = st.one_of(
    st.binary(max_size=200),
    st.text("a,;\"'\t\n\r\0 é|1.", max_size=60).map(str.encode),
    st.text("a,;\"'\t\n\r\0 é|1.", max_size=60).map(lambda text: text.encode("utf-16")),
)


@given(ANYTHING)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_refused(path, content):
    path.write_bytes(content)
    refused = None
    try:
        table = read_table(path, ["a"], fold=True)
    except (ValueError, KeyError) as error:
        refused = str(error)
    if refused is not None:
        assert str(path) in refused
        return
    assert "a" in table
    assert table.columns.is_unique
    assert all(pd.isna(value) or isinstance(value, str) for value in table.to_numpy().ravel())


# --- numbers --------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.sampled_from(MISLEADING), st.integers().map(str), st.floats().map(str)), min_size=1))
def test_only_text_that_would_be_written_as_it_stands_becomes_a_number(texts):
    told = told_numbers(pd.Series(texts))
    if pd.api.types.is_integer_dtype(told.dtype):
        assert [str(value) for value in told] == texts
    elif pd.api.types.is_float_dtype(told.dtype):
        assert all(text in (repr(value), number_text(value)) for text, value in zip(texts, told.tolist(), strict=True))
        assert not set(texts) & {"007", "1e5", "2.50", "inf", "nan", "1_000", " 1", "-0"}
    else:
        assert told.tolist() == texts


@pytest.mark.parametrize("text", [text for text in MISLEADING if text not in ("7", "1.0")])
def test_one_text_that_is_no_plain_number_keeps_a_column_text(text):
    assert told_numbers(pd.Series(["7", text])).tolist() == ["7", text]


def test_numbers_with_gaps_keep_all_their_digits():
    told = told_numbers(pd.Series(["9007199254740993", None]))
    assert (told.dtype, told[0]) == ("Int64", 9007199254740993)


def test_columns_of_numbers_are_numbers_or_text_as_a_whole():
    assert as_numbers(pd.Series(["1999", "2001"])).dtype == "int64"
    assert as_numbers(pd.Series(["1.50", " 2", None])).tolist()[:2] == [1.5, 2.0]
    for text in ("inf", "nan", "1_000", "about 1999", "1999/2000"):
        assert as_numbers(pd.Series(["1", text])) is None


# --- what others make of ours -----------------------------------------------------------------------------------


def call_in(warning) -> dict:
    """Read the arguments in the call that a warning names."""
    found = re.search(r"pandas\.read_csv\(path, (.*)\)$", str(warning.message))
    assert found, warning.message
    return eval(f"dict({found[1]})", {"str": str})  # the sentence is ours: it is read as whoever copies it would


def told_of(log: EditLog, **how):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = export.to_csv(log, **how)
    return text, caught


def same(back: pd.DataFrame, df: pd.DataFrame, column: str) -> bool:
    return back[column].astype(object).where(back[column].notna(), None).tolist() == df[column].tolist()


@given(
    st.lists(st.sampled_from(MISLEADING) | TEXT, min_size=2, max_size=5),
    st.lists(st.sampled_from([*MISLEADING, None]) | TEXT, min_size=2, max_size=5),
)
@settings(deadline=None)
def test_every_text_comes_back_or_a_warning_holds_the_call_that_gives_it(labels, notes):
    n = min(len(labels), len(notes))
    df = pd.DataFrame(
        {"filename": [f"{k}.jpg" for k in range(n)], "category": labels[:n], "note": pd.Series(notes[:n], dtype=object)}
    )
    text, caught = told_of(EditLog(df, identity=["filename"]), image="filename")
    plain = pd.read_csv(io.StringIO(text, newline=""))
    for column in ("category", "note"):
        assert same(plain, df, column) or any(f"column {column!r} holds" in str(each.message) for each in caught)
    if caught:
        careful = pd.read_csv(io.StringIO(text, newline=""), **call_in(caught[0]))
        assert all(same(careful, df, column) for column in ("category", "note"))


def test_plain_words_and_numbers_need_no_warning():
    df = pd.DataFrame({"category": ["cat", "7"], "n": [1, 2], "x": [0.5, None], "ok": [True, False]})
    assert told_of(EditLog(df))[1] == []


def test_the_few_digits_that_pandas_meets_first_in_a_long_table_are_found():
    df = pd.DataFrame({"category": ["007"] * 600_000 + ["cat"]})
    assert any("column 'category' holds '007'" in str(each.message) for each in told_of(EditLog(df))[1])


def test_changes_say_so_too():
    df = pd.DataFrame({"category": ["cat", "dog"]})
    log = EditLog(df)
    log.relabel([0], "007")
    with pytest.warns(UserWarning, match=r"column 'new' holds '007'.*dtype=\{'new': str\}"):
        export.changes_to_csv(log)


# --- cells ----------------------------------------------------------------------------------------------------


def test_columns_of_one_name_and_of_any_name_leave_as_they_are():
    names = pd.Index(["category", "note", "note", 7, None, ("deep", "er")], dtype=object, tupleize_cols=False)
    df = pd.DataFrame([["cat", "a", "b", "c", "d", "e"]], columns=names)
    text = export.to_csv(EditLog(df, names=["1.jpg"]))
    assert text.splitlines() == [
        '"filename","category","note","note","7","None","deep.er"',
        '"1.jpg","cat","a","b","c","d","e"',
    ]


def test_columns_of_two_levels():
    df = pd.DataFrame([["cat", "a", 1]], columns=pd.MultiIndex.from_tuples([("category", ""), ("x", "a"), ("x", "b")]))
    text = export.to_csv(EditLog(df, label=("category", ""), names=["1.jpg"]))
    assert text.splitlines()[0] == '"filename","category","x.a","x.b"'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (["fur", "paws"], "fur|paws"),
        (("fur", "paws"), "fur|paws"),
        (frozenset({"paws", "fur"}), "fur|paws"),
        (np.array(["fur", "paws"], dtype=object), "fur|paws"),
        (pd.array(["fur", "paws"]), "fur|paws"),
        ([1, 2], "[1, 2]"),
        (np.array([0.5, 1.5]), "[0.5, 1.5]"),
        (["a|b", "c"], "['a|b', 'c']"),
        ({"a": 1}, "{'a': 1}"),
        ({"bytes": b"\x89PNG", "path": "a.png"}, "a.png"),
        ([b"\x89PNG", "x"], "['4 bytes', 'x']"),
        ({"deep": {"er": memoryview(b"123")}}, None),
    ],
)
def test_cells_hold_text_and_no_bytes(value, written):
    df = pd.DataFrame({"category": ["cat", "dog"]})
    cells = np.empty(2, dtype=object)
    cells[0] = value
    df["other"] = cells
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = pd.read_csv(io.StringIO(export.to_csv(EditLog(df))))
    if written is None:
        assert "other" not in table
    else:
        assert table["other"].tolist()[0] == written
        assert pd.isna(table["other"][1])


def test_columns_of_pictures_are_left_out_and_named_unless_they_are_the_images():
    df = pd.DataFrame({"category": ["cat"], "image": [b"1" * 9999], "mask": [np.zeros((99, 99))]})
    with pytest.warns(UserWarning, match="left out of the table: 'mask', which holds pictures") as caught:
        text = export.to_csv(EditLog(df), image="image")
    assert len(caught) == 1
    assert text.splitlines()[0] == '"filename","category"'


def test_a_table_is_written_whole_or_not(path):
    assert write_table(pd.DataFrame({"a": ["x"]}), path) is None
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_table(pd.DataFrame(), path.parent / "gone" / "t.csv")
