"""What people get wrong in their first hour, and what they are told: what would be right, by its name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pixplot_widget
from pixplot_widget import PixPlot, find_suspects
from pixplot_widget.errors import instead
from pixplot_widget.images import Images
from pixplot_widget.neighbors import check_vectors
from pixplot_widget.workspace.validation import queue
from tools.waiting import SECONDS

PICTURE = np.zeros((8, 8, 3), dtype=np.uint8)


def frame(**columns):
    return pd.DataFrame({"filename": ["a.jpg", "b.jpg", "c.jpg"], "category": ["x", "y", "x"], **columns})


@pytest.fixture(scope="module")
def plot():
    made = PixPlot(frame().drop(columns="filename"), image=[PICTURE] * 3, cache=False)
    yield made
    made.close()


class Lazy:
    """As much of a polars frame as is looked at."""

    def to_pandas(self):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ((str(Path(__file__).parent),), TypeError, "write PixPlot(datasets.from_folder("),
        ((Path("labels.csv"),), TypeError, "write PixPlot(pd.read_csv('labels.csv'))"),
        ((Lazy(),), TypeError, "not Lazy; write PixPlot(df.to_pandas())"),
        (({"filename": ["a.jpg"]},), TypeError, "write PixPlot(pd.DataFrame(...))"),
        ((["a.jpg"],), TypeError, '"category": None'),
        ((frame().set_index("category"),), KeyError, "it is the index: df.reset_index() makes it a column"),
        ((frame().set_index("filename"),), KeyError, "df.reset_index()"),
        ((frame().rename(columns={"filename": "path"}),), KeyError, "image='path' looks like it"),
        ((frame().drop(columns="filename"),), KeyError, "image='filename' is not a column; there are 'category'"),
        ((frame(), [[1, 2], [1]]), TypeError, "these rows differ in length or kind"),
        ((frame(), "vectors.npy"), TypeError, "np.load(path)"),
        ((frame(), "vectors"), TypeError, "a column's are df[column]"),
        ((frame(), (row for row in [[1.0]] * 3)), TypeError, "not generator"),
    ],
)
def test_frames_and_vectors(given, error, words):
    with pytest.raises(error, match=re.escape(words)):
        PixPlot(*given)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"label": "categroy"}, KeyError, "did you mean 'category'?"),
        ({"label": frame().category}, TypeError, "the name of a column, not a Series"),
        ({"label": None}, KeyError, "to start without labels: df['category'] = None"),
        ({"labels": "dress"}, TypeError, "labels= is a list of all labels"),
        ({"image_folder": "x"}, TypeError, "did you mean 'image_dir'?"),
        ({"layout": "umpa"}, ValueError, "did you mean 'umap'?"),
        ({"layout": "date"}, ValueError, "it takes a column of dates"),
        ({"n_neighbors": "15"}, ValueError, "an int, 2 or more, not '15'"),
        ({"seed": -1}, ValueError, "from 0 to 2**32 - 1"),
        ({"roles": ["year"]}, TypeError, "roles are a dict of columns"),
        ({"roles": {"tagz": "category"}}, ValueError, "did you mean 'tags'?"),
        ({"supervise": "categ"}, KeyError, "did you mean 'category'?"),
        ({"journal": True}, TypeError, "the path of a file, not True"),
    ],
)
def test_options(options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        PixPlot(frame(), **options)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (PICTURE / 255, "[(x * 255).astype('uint8') for x in images] where they go from 0 to 1"),
        (PICTURE.transpose(2, 0, 1), "[x.transpose(1, 2, 0) for x in images]"),
        (PICTURE.astype(np.uint16), "[(x // 256).astype('uint8') for x in images]"),
    ],
)
def test_arrays_that_are_no_pictures(image, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Images(frame(), image=[image] * 3)
    made = eval(words.partition(" where")[0], {"images": [image]})  # what is told is code that does it
    assert Images(frame().iloc[:1], image=made).load(0).size == (8, 8)


def test_tensors():
    torch = pytest.importorskip("torch")
    pictures = torch.rand(3, 3, 8, 8)
    with pytest.raises(TypeError, match="of tensors") as told:
        Images(frame(), image=list(pictures))
    made = eval(str(told.value).partition("of tensors: ")[2].partition(" where")[0], {"images": pictures})
    assert Images(frame(), image=made).load(2).size == (8, 8)
    vectors = torch.ones(3, 4, dtype=torch.bfloat16, requires_grad=True)
    assert check_vectors(vectors, 3).tolist() == [[1.0] * 4] * 3


def test_records_of_bytes_and_path(tmp_path):
    """As the `datasets` of Hugging Face give images to pandas."""
    from PIL import Image

    file = tmp_path / "a.png"
    Image.new("RGB", (5, 4)).save(file)
    df = frame().iloc[:2].drop(columns="filename")
    df["image"] = [{"bytes": file.read_bytes(), "path": None}, {"bytes": None, "path": str(file)}]
    images = Images(df, "image")
    assert [images.load(row).size for row in range(2)] == [(5, 4), (5, 4)]
    assert images.names[1] == str(file)


@pytest.mark.parametrize(
    ("do", "error", "words"),
    [
        (lambda plot: setattr(plot, "colour_by", "category"), AttributeError, "did you mean 'color_by'?"),
        (lambda plot: setattr(plot, "filters", None), AttributeError, "did you mean 'filter'?"),
        (lambda plot: setattr(plot, "color_by", "categry"), ValueError, "did you mean 'category'?"),
        (lambda plot: plot.arrange("categories"), ValueError, "did you mean 'category'?"),
        (lambda plot: plot.arrange("category", acros="category"), ValueError, "did you mean 'across'?"),
        (lambda plot: plot.arrange("category", by="categry"), KeyError, "did you mean 'category'?"),
        (lambda plot: plot.fly_to([1, 2]), ValueError, "one row is wanted, not 2"),
        (lambda plot: plot.rename_label("xx", "z"), KeyError, "there is no label 'xx'"),
        (lambda plot: setattr(plot, "hotspots", [1, 2]), TypeError, "a dict of names to positions"),
        (lambda plot: plot.wait("5"), TypeError, "a number of seconds"),
        (lambda plot: plot.on_edit(None), TypeError, "a function of one change"),
        (lambda plot: plot.to_csv("/no/such/folder/a.csv"), FileNotFoundError, "there is no folder '/no/such/folder'"),
        (lambda plot: find_suspects(plot.df, np.eye(3), "categry"), KeyError, "did you mean 'category'?"),
    ],
)
def test_doing(plot, do, error, words):
    with pytest.raises(error, match=re.escape(words)):
        do(plot)


def test_own_attributes_may_be_set(plot):
    plot.notes = "seen on Monday"
    plot.notes = "and on Tuesday"
    plot.edit = plot.states = 3  # nothing of that name is ever set
    assert (plot.notes, plot.edit) == ("and on Tuesday", 3)


def test_what_a_notebook_prints_of_it(plot):
    assert repr(plot) == "<PixPlot: 3 images>"
    assert repr(plot.layouts) == "layouts: umap, grid, category, sorted, pca"


def test_of_many_columns_some_are_named():
    assert instead("x", range(1000)).endswith("18, 19 and 980 more")


def test_help_and_star_work_without_pytorch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from pixplot_widget import *\n"
        "import pydoc, pixplot_widget\n"
        "print(PixPlot.__name__, 'find_suspects' in pydoc.render_doc(pixplot_widget))\n"
        "try: pixplot_widget.embed\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS)
    assert run.stdout.startswith("PixPlot True\ntorch is not installed; this needs: pip install")


@pytest.mark.parametrize("name", ["EditError", "ImageError", "JournalError", "RowsChangedError"])
def test_errors_that_users_catch_are_at_the_top(name):
    error = getattr(pixplot_widget, name)
    assert name in pixplot_widget.__all__
    assert issubclass(error, ValueError)


class TestReviewByAnyColumn:
    @pytest.mark.parametrize(
        ("values", "order"),
        [
            ([3, "later", None, 20], [3, 0, 1]),  # by text
            ([[2], None, [1]], [2, 0]),
            ([{"a": 2}, {"a": 1}], [1, 0]),
            ([np.array([2, 3]), np.array([1])], [1, 0]),
            (["b", "A", "a"], [1, 2, 0]),  # whatever the case, as the sorted layout has them
            ([1.0, None, 3.0], [2, 0]),  # numbers: the largest first
            ([True, False], [0, 1]),
        ],
    )
    def test_values_that_do_not_compare_go_by_their_text(self, values, order):
        dtype = object if any(isinstance(value, (str, list, dict, np.ndarray)) for value in values) else None
        df = pd.DataFrame({"note": pd.Series(values, dtype=dtype)})
        assert queue(df, "note", None).tolist() == order

    def test_arrow_dictionaries_and_lists(self):
        pa = pytest.importorskip("pyarrow")
        words = pd.Series(["b", None, "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))
        lists = pd.Series([[2], None, [1]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
        for column in (words, lists):
            assert queue(pd.DataFrame({"note": column}), "note", None).tolist() == [2, 0]

    def test_two_columns_of_one_name_are_refused(self):
        df = pd.DataFrame([[1, 2]], columns=["note", "note"])
        with pytest.raises(ValueError, match="2 columns 'note'; rename all but one"):
            queue(df, "note", None)
