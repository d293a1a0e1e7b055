from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pixplot_widget import datasets
from tools.waiting import SECONDS


def picture(path: Path, color: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), color).save(path)
    return path


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class TestEmoji:
    def test_every_picture_is_there_and_is_its_own(self):
        df = datasets.load_emoji()
        assert len(df) == df["filename"].nunique() > 1900
        pixels = {}
        for name in df["filename"]:
            assert os.path.isabs(name)
            with Image.open(name) as image:
                assert image.size == (64, 64)
                pixels.setdefault(image.tobytes(), name)
        # Some flags of islands are those of their country: the only pictures that may repeat.
        assert len(pixels) > len(df) - 30

    def test_cells_are_not_shifted(self):
        df = datasets.load_emoji().set_index("description")
        for name, expected in {"Large red square": (200, 40, 40), "Large blue square": (30, 130, 220)}.items():
            with Image.open(df.loc[name, "filename"]) as image:
                seen = np.asarray(image.convert("RGB"))[16:48, 16:48].reshape(-1, 3).mean(axis=0)
            assert np.abs(seen - expected).max() < 70, (name, seen)

    def test_metadata(self):
        df = datasets.load_emoji()
        assert list(df) == ["filename", "category", "subcategory", "tags", "description", "permalink", "year"]
        assert not df.isna().any().any()
        assert df["category"].nunique() == 9
        assert "Component" not in set(df["category"])
        assert df["year"].dtype == "int64"
        assert df["year"].between(2010, 2024).all()
        by_name = df.set_index("description")
        # One each of Unicode 6.0 and 7.0 and of Emoji 1.0, 5.0, 11.0, 13.0, and 15.0.
        years = {"Pile of poo": 2010, "Chipmunk": 2014, "Hot dog": 2015, "Giraffe face": 2017, "Kangaroo": 2018}
        for name, year in {**years, "Beaver": 2020, "Moose": 2022}.items():
            assert by_name.loc[name, "year"] == year, name
        heart = by_name.loc["Heavy black heart"]
        assert heart["permalink"] == "https://unicode.org/emoji/charts/full-emoji-list.html#2764"
        assert "thumbsup" in by_name.loc["Thumbs up sign", "tags"].split("|")

    def test_the_second_call_writes_nothing(self, own_cache):
        first = datasets.load_emoji()
        before = {name: os.stat(name).st_mtime_ns for name in first["filename"]}
        second = datasets.load_emoji()
        pd.testing.assert_frame_equal(first, second)
        assert before == {name: os.stat(name).st_mtime_ns for name in second["filename"]}

    def test_a_deleted_picture_comes_back(self, own_cache):
        victim = datasets.load_emoji().loc[7, "filename"]
        os.remove(victim)
        assert os.path.isfile(datasets.load_emoji().loc[7, "filename"])

    def test_two_processes_at_once(self, own_cache):
        code = (
            "import os; from pixplot_widget import datasets as d\nprint(*map(os.path.isfile, d.load_emoji().filename))"
        )
        racing = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        assert [set(process.communicate(timeout=SECONDS)[0].split()) for process in racing] == [{"True"}, {"True"}]
        assert len(list((own_cache / "datasets").iterdir())) == 1
        assert not list((own_cache / "tmp").iterdir())

    def test_a_cache_that_cannot_be_written(self, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "file"))
        with pytest.raises(OSError, match="PIXPLOT_WIDGET_CACHE"):
            datasets.load_emoji()

    def test_an_unbuilt_checkout(self, tmp_path, monkeypatch):
        monkeypatch.setattr(datasets.resources, "files", lambda _: tmp_path)
        with pytest.raises(FileNotFoundError, match="pip install -e"):
            datasets.load_emoji()


class TestFolder:
    def test_sub_folders_are_classes(self, tmp_path):
        names = ["b/2.JPG", "b/deep/1.png", "a/1.webp", "loose.png", "ünï/x y.png"]
        for name in names:
            picture(tmp_path / name)
        (tmp_path / "a" / "notes.txt").write_text("no image")
        picture(tmp_path / ".hidden" / "1.png")
        picture(tmp_path / "a" / ".thumb.png")
        df = datasets.from_folder(tmp_path)
        assert [Path(f).relative_to(tmp_path).as_posix() for f in df["filename"]] == [
            *("loose.png", "a/1.webp", "b/2.JPG", "b/deep/1.png", "ünï/x y.png")
        ]
        assert df["category"].isna().tolist() == [True, False, False, False, False]
        assert df["category"].tolist()[1:] == ["a", "b", "b", "ünï"]

    def test_a_relative_folder_survives_a_change_of_directory(self, tmp_path, monkeypatch):
        picture(tmp_path / "photos" / "cat" / "1.png")
        monkeypatch.chdir(tmp_path)
        df = datasets.from_folder("photos")
        monkeypatch.chdir("/")
        assert os.path.isfile(df.loc[0, "filename"])

    def test_no_such_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            datasets.from_folder(tmp_path / "nowhere")

    def test_a_file(self, tmp_path):
        with pytest.raises(NotADirectoryError, match="is a file"):
            datasets.from_folder(picture(tmp_path / "1.png"))

    def test_nothing_in_it(self, tmp_path):
        (tmp_path / "cat").mkdir()
        (tmp_path / "cat" / "notes.txt").write_text("no image")
        with pytest.raises(ValueError, match="one sub-folder a class"):
            datasets.from_folder(tmp_path)


class TestPixPlotML:
    README_SAMPLE = (
        "filename,category,tags,description,permalink\n"
        "bees.jpg,yellow,a|b|c,bees' knees,https://example.org/bees\n"
        "cats.jpg,dangerous,b|c|d,cats' pajamas,https://example.org/cats\n"
    )

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "metadata.csv").write_text(self.README_SAMPLE, "utf-8")
        picture(tmp_path / "images" / "bees.jpg")
        picture(tmp_path / "images" / "cats.jpg")
        np.save(tmp_path / "image_vectors.npy", np.eye(2, 5, dtype="float32"))
        return tmp_path

    def test_the_sample_of_its_readme(self, folder):
        df, vectors = datasets.from_pixplotml(folder)
        assert df["category"].tolist() == ["yellow", "dangerous"]
        assert df["tags"].tolist() == ["a|b|c", "b|c|d"]
        assert df["filename"].tolist() == [str(folder / "images" / name) for name in ("bees.jpg", "cats.jpg")]
        np.testing.assert_array_equal(vectors, np.eye(2, 5))

    def test_labels_stay_text_and_empty_is_missing(self, folder):
        rows = "\ufeffFilename, Category ,year,lat\nbees.jpg,007,1999,1.5\ncats.jpg,NA,,\nbees.jpg,,2001,\n"
        (folder / "metadata.csv").write_text(rows, "utf-8")
        (folder / "image_vectors.npy").unlink()
        df, vectors = datasets.from_pixplotml(folder)
        assert vectors is None
        assert df["category"].tolist()[:2] == ["007", "NA"]
        assert df["category"].isna().tolist() == [False, False, True]
        assert df["year"].tolist()[::2] == [1999, 2001]
        assert df["lat"].dtype == "float64"

    def test_quotes_commas_and_line_breaks(self, folder):
        (folder / "metadata.csv").write_text('filename,category\nbees.jpg,"a, ""b""\nc"\n', "utf-8")
        (folder / "image_vectors.npy").unlink()
        assert datasets.from_pixplotml(folder)[0].loc[0, "category"] == 'a, "b"\nc'

    def test_blob_path_says_where_the_file_is(self, folder):
        picture(folder / "images" / "sub" / "1.jpg")
        (folder / "metadata.csv").write_text("filename,blob_path\nmy bee,sub/1.jpg\ncats.jpg,\n", "utf-8")
        df, _ = datasets.from_pixplotml(folder)
        assert [os.path.isfile(name) for name in df["filename"]] == [True, True]

    def test_some_images_missing_is_left_to_the_plot(self, folder):
        (folder / "images" / "cats.jpg").unlink()
        assert len(datasets.from_pixplotml(folder)[0]) == 2

    def test_all_images_missing(self, folder):
        (folder / "images").rename(folder / "pictures")
        with pytest.raises(FileNotFoundError, match=r"None of the 2 images .*bees\.jpg"):
            datasets.from_pixplotml(folder)

    def test_no_metadata(self, folder):
        (folder / "metadata.csv").unlink()
        with pytest.raises(FileNotFoundError, match=r"metadata\.csv"):
            datasets.from_pixplotml(folder)

    def test_no_such_folder(self, folder):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            datasets.from_pixplotml(folder / "nowhere")

    @pytest.mark.parametrize(
        ("content", "error", "words"),
        [
            (b"name,category\nbees.jpg,a\n", KeyError, "it has name, category"),
            (b"filename,category\n", ValueError, "no rows"),
            (b"", ValueError, "not a table"),
            (b"filename,category\nbees.jpg,a\n,b\n", ValueError, r"without a filename: 1 "),
            (b"filename,category\nbees.jpg,caf\xe9\n", ValueError, "UTF-8"),
            (b'filename,category\nbees.jpg,"a\n', ValueError, "not a table"),
        ],
    )
    def test_bad_metadata(self, folder, content, error, words):
        (folder / "metadata.csv").write_bytes(content)
        with pytest.raises(error, match=words):
            datasets.from_pixplotml(folder)

    @pytest.mark.parametrize("shape", [(3, 5), (2,), (1, 2, 5)])
    def test_vectors_of_another_shape(self, folder, shape):
        np.save(folder / "image_vectors.npy", np.zeros(shape, "float32"))
        with pytest.raises(ValueError, match=r"expected \(2, d\)"):
            datasets.from_pixplotml(folder)

    def test_vectors_that_are_none(self, folder):
        (folder / "image_vectors.npy").write_bytes(b"not an array")
        with pytest.raises(ValueError, match=r"numpy\.save"):
            datasets.from_pixplotml(folder)
        with zipfile.ZipFile(folder / "image_vectors.npy", "w"):
            pass
        with pytest.raises(ValueError, match=r"numpy\.save|shape"):
            datasets.from_pixplotml(folder)
