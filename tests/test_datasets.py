from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
        monkeypatch.setattr(datasets.emoji.resources, "files", lambda _: tmp_path)
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

    def test_linked_classes_are_read_and_circles_are_not_followed(self, tmp_path):
        picture(tmp_path / "store" / "cats" / "1.png")
        root = tmp_path / "data"
        picture(root / "bird" / "1.png")
        (root / "cat").symlink_to(tmp_path / "store" / "cats", target_is_directory=True)
        (root / "bird" / "deep").mkdir()
        picture(root / "bird" / "deep" / "2.png")
        for name, target in {"self": ".", "up": "..", "top": tmp_path, "there": root / "bird" / "deep"}.items():
            (root / "bird" / "deep" / name).symlink_to(target, target_is_directory=True)
        (root / "cat" / "back").symlink_to(root, target_is_directory=True)
        (root / "loop").symlink_to("loop")
        (root / "gone").symlink_to("nowhere")
        df = datasets.from_folder(root)
        assert [Path(name).relative_to(root).as_posix() for name in df["filename"]] == [
            "bird/1.png",
            "bird/deep/2.png",
            "cat/1.png",
        ]

    def test_one_folder_may_be_two_classes(self, tmp_path):
        picture(tmp_path / "store" / "1.png")
        for name in ("a", "b"):
            (tmp_path / "data").mkdir(exist_ok=True)
            (tmp_path / "data" / name).symlink_to(tmp_path / "store", target_is_directory=True)
        assert datasets.from_folder(tmp_path / "data")["category"].tolist() == ["a", "b"]

    def test_what_systems_keep_for_themselves_is_no_class(self, tmp_path):
        picture(tmp_path / "cat" / "1.png")
        for name in ("@eaDir/1.png", "cat/@eaDir/1.png", "__MACOSX/1.png", ".git/1.png", "cat/._1.png"):
            picture(tmp_path / name)
        for name in ("Thumbs.db", ".DS_Store", "cat/Thumbs.db", "cat/desktop.ini"):
            (tmp_path / name).write_bytes(b"x")
        assert len(datasets.from_folder(tmp_path)) == 1

    def test_suffixes_are_those_that_pillow_reads_now(self, tmp_path, monkeypatch):
        for name in ("a/1.heic", "a/2.HEIC", "a/3.ico", "a/4.eps", "a/5.pdf", "a/6.h5"):
            picture(tmp_path / "x.png").rename(picture(tmp_path / "a" / "0.png").with_name(Path(name).name))
        before = [Path(name).name for name in datasets.from_folder(tmp_path)["filename"]]
        assert before == ["0.png", "3.ico"]
        monkeypatch.setitem(Image.EXTENSION, ".heic", "PNG")
        after = [Path(name).name for name in datasets.from_folder(tmp_path)["filename"]]
        assert after == ["0.png", "1.heic", "2.HEIC", "3.ico"]

    @pytest.mark.parametrize("forbidden", ["dog", "deep"])
    def test_a_folder_that_cannot_be_read_is_named(self, tmp_path, monkeypatch, forbidden):
        for name in ("cat/1.png", "dog/1.png", "cat/deep/1.png"):
            picture(tmp_path / name)
        scandir = os.scandir

        def refuse(path):
            if Path(path).name == forbidden:
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(OSError, match=rf"{forbidden} cannot be read \(Permission denied\)"):
            datasets.from_folder(tmp_path)

    def test_odd_files_end_nothing(self, tmp_path):
        picture(tmp_path / "cat" / "1.png")
        odd = os.path.join(os.fsencode(tmp_path), b"cat", b"caf\xe9.png")
        try:
            Path(os.fsdecode(odd)).write_bytes(b"")
        except OSError:
            pytest.skip("this file system takes only names in UTF-8")
        (tmp_path / "cat" / "gone.png").symlink_to("nowhere")
        os.mkfifo(tmp_path / "cat" / "pipe.png")
        df = datasets.from_folder(tmp_path)
        assert len(df) == 4
        assert os.fsencode(df["filename"].tolist()[1]) == odd


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

    def test_text_stays_text_and_numbers_are_numbers(self, folder):
        rows = "filename,category,Code,score,n,year,lat,when\nbees.jpg,1.0,007,0.5,3,1999,1.50,2020-01-01\n"
        (folder / "metadata.csv").write_text(rows + "cats.jpg,2.50,010,1,,2001,2,2020-01-02\n", "utf-8")
        df, _ = datasets.from_pixplotml(folder)
        assert df["category"].tolist() == ["1.0", "2.50"]
        assert df["code"].tolist() == ["007", "010"]
        assert df["when"].tolist() == ["2020-01-01", "2020-01-02"]
        assert (df["score"].tolist(), df["n"].tolist()[0], df["lat"].tolist()) == ([0.5, 1.0], 3, [1.5, 2.0])
        assert df["year"].dtype == "int64"

    def test_a_year_that_is_no_number_is_told(self, folder):
        (folder / "metadata.csv").write_text("filename,year\nbees.jpg,1999\ncats.jpg,about 1999\n", "utf-8")
        with pytest.warns(UserWarning, match="column 'year' stays text, for 'about 1999' is not a number"):
            assert datasets.from_pixplotml(folder)[0]["year"].tolist() == ["1999", "about 1999"]

    def test_names_of_any_case_are_there_once(self, folder):
        for header in ("filename,Filename", "filename,filename,category", "filename,Year,year", "filename,TAGS,tags"):
            (folder / "metadata.csv").write_text(f"{header}\nbees.jpg,1,2\ncats.jpg,1,2\n", "utf-8")
            with pytest.raises(ValueError, match=r"two columns|2 columns"):
                datasets.from_pixplotml(folder)

    def test_one_file_may_be_named_twice_and_absolutely(self, folder):
        name = folder / "images" / "bees.jpg"
        (folder / "metadata.csv").write_text(f"filename\nbees.jpg\n{name}\n", "utf-8")
        assert datasets.from_pixplotml(folder)[0]["filename"].tolist() == [str(name)] * 2

    @pytest.mark.parametrize("how", ["dots", "absolute", "link", "linked folder", "back slashes", "blob_path"])
    def test_names_lead_out_of_images_only_if_asked(self, folder, how):
        secret = picture(folder / "private" / "me.png")
        (folder / "images" / "link.png").symlink_to(secret)
        (folder / "images" / "deep").symlink_to(folder / "private")
        (folder / "images" / ".outside").symlink_to("/")  # where a name that is bent would lead out again
        name = {
            "dots": "../private/me.png",
            "absolute": str(secret),
            "link": "link.png",
            "linked folder": "deep/me.png",
            "back slashes": "..\\private\\me.png",
            "blob_path": "x.jpg,../private/me.png",
        }[how]
        header = "filename,blob_path\nbees.jpg,\n" if how == "blob_path" else "filename\nbees.jpg\n"
        (folder / "metadata.csv").write_text(f"{header}{name}\n", "utf-8")
        if how == "back slashes" and os.name != "nt":
            inside, _ = datasets.from_pixplotml(folder)  # a name like any other
        else:
            with pytest.warns(UserWarning, match="outside=True"):
                inside, _ = datasets.from_pixplotml(folder)
            outside, _ = datasets.from_pixplotml(folder, outside=True)
            assert Path(outside["filename"].tolist()[1]).samefile(secret)
        assert [os.path.exists(each) for each in inside["filename"]] == [True, False]

    def test_a_linked_folder_of_images_is_theirs(self, folder):
        (folder / "images").rename(folder / "store")
        (folder / "images").symlink_to(folder / "store")
        assert all(map(os.path.isfile, datasets.from_pixplotml(folder)[0]["filename"]))

    @pytest.mark.parametrize(
        "array", [np.array([[{}], [1]], object), np.zeros((2, 1), "U3"), np.zeros((2, 1), complex)]
    )
    def test_vectors_are_numbers_and_nothing_is_unpickled(self, folder, array):
        np.save(folder / "image_vectors.npy", array, allow_pickle=True)
        with pytest.raises(ValueError, match=r"image_vectors\.npy .*(numbers)"):
            datasets.from_pixplotml(folder)

    def test_vectors_that_claim_to_be_huge_are_not_made_room_for(self, folder):
        with (folder / "image_vectors.npy").open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": (2, 2**50)}
            np.lib.format.write_array_header_1_0(file, header)
        with pytest.raises(ValueError, match=r"image_vectors\.npy"):
            datasets.from_pixplotml(folder)

    @given(st.data())
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_damaged_vectors_are_refused_in_a_sentence(self, folder, data):
        encoded = io.BytesIO()
        np.save(encoded, np.zeros((2, 3), "float32"))
        whole = bytearray(encoded.getvalue())
        for _ in range(data.draw(st.integers(0, 4))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        (folder / "image_vectors.npy").write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
        refused = ""
        try:
            vectors = datasets.from_pixplotml(folder)[1]
        except ValueError as error:
            refused = str(error)
        assert "image_vectors.npy" in refused or len(vectors) == 2

    @given(st.binary(max_size=300) | st.text('filenamebs.jpg,;\n"', max_size=80).map(str.encode))
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_metadata_is_read_or_refused_in_a_sentence(self, folder, content):
        (folder / "image_vectors.npy").unlink(missing_ok=True)
        (folder / "metadata.csv").write_bytes(content)
        with pytest.raises((ValueError, KeyError, FileNotFoundError), match=r"metadata\.csv"):
            datasets.from_pixplotml(folder)
        (folder / "metadata.csv").write_bytes(b"filename,x\nbees.jpg,1\n" + content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert len(datasets.from_pixplotml(folder)[0])
            except ValueError as error:
                refused = str(error)
                assert "metadata.csv" in refused
