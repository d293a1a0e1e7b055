"""Files are found under the names that tables have, and pictures in whatever columns hold them."""

from __future__ import annotations

import io
import os
import unicodedata
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget.cache import Cache
from pixplot_widget.images import ImageError, Images, local
from pixplot_widget.images.local import spelled_as_on_disk
from pixplot_widget.thumbnails import ThumbnailStore

RED = (200, 30, 60)


def png(color=RED) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(out, "PNG")
    return out.getvalue()


class TestNormalForms:
    @pytest.mark.parametrize(("written", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
    def test_a_name_is_found_in_the_other_form(self, tmp_path, written, asked):
        folder = tmp_path / unicodedata.normalize(written, "Größe")
        folder.mkdir()
        (folder / unicodedata.normalize(written, "Käfer é.png")).write_bytes(png())
        name = unicodedata.normalize(asked, "Größe/Käfer é.png")
        images = Images(pd.DataFrame({"filename": [name]}), image_dir=tmp_path)
        before = images.key(0)
        assert images.load(0).getpixel((4, 4)) == RED
        assert images.names == [name]
        assert os.path.samefile(images.where(0), folder / unicodedata.normalize(written, "Käfer é.png"))
        assert images.unchanged(0, before)
        os.utime(images.where(0), ns=(1, 1))
        assert not images.unchanged(0, before)
        within = Images(
            pd.DataFrame({"filename": [os.path.basename(name)]}), image_dir=tmp_path / os.path.dirname(name)
        )
        assert within.load(0).size == (8, 8)

    def test_the_exact_name_comes_first(self, tmp_path):
        for form, color in (("NFC", (255, 0, 0)), ("NFD", (0, 255, 0))):
            (tmp_path / unicodedata.normalize(form, "ä.png")).write_bytes(png(color))
        names = [unicodedata.normalize(form, "ä.png") for form in ("NFC", "NFD")]
        images = Images(pd.DataFrame({"filename": names}), image_dir=tmp_path)
        assert [images.load(row).getpixel((4, 4)) for row in (0, 1)] == [(255, 0, 0), (0, 255, 0)]

    def test_what_is_missing_is_missing(self, tmp_path):
        (tmp_path / "ö.png").write_bytes(png())
        images = Images(pd.DataFrame({"filename": ["ä.png", "o.png", "ä/ö.png"]}), image_dir=tmp_path)
        for row in range(3):
            with pytest.raises(ImageError, match="no such file"):
                images.load(row)

    def test_a_folder_is_looked_through_once_and_only_where_a_name_is_missing(self, tmp_path, monkeypatch):
        for k in range(50):
            (tmp_path / unicodedata.normalize("NFD", f"ä{k}.png")).write_bytes(png())
        (tmp_path / "b.png").write_bytes(png())
        looked = []
        real = os.scandir
        monkeypatch.setattr(local.os, "scandir", lambda path: looked.append(path) or real(path))
        there = [unicodedata.normalize("NFD", f"ä{k}.png") for k in range(50)]
        images = Images(pd.DataFrame({"filename": [*there, "b.png", "missing.png"]}), image_dir=tmp_path)
        images.keys()
        assert looked == []
        images = Images(pd.DataFrame({"filename": [f"ä{k}.png" for k in range(50)]}), image_dir=tmp_path)
        images.keys()
        assert [images.load(row).size for row in range(50)] == [(8, 8)] * 50
        assert len(looked) == 1

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12))
    def test_any_name(self, tmp_path, name):
        if name in (".", ".."):
            return
        there = tmp_path / unicodedata.normalize("NFD", name)
        there.touch()
        try:
            found = spelled_as_on_disk(str(tmp_path / unicodedata.normalize("NFC", name)))
            assert os.path.exists(found)
        finally:
            there.unlink()


def test_a_name_that_is_no_utf_8_is_read_and_shown(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"), "wb") as file:
        file.write(png())
    df = pd.DataFrame({"filename": pd.Series([name, "no\udce9.png"], dtype=object)})
    store = ThumbnailStore(Images(df, image_dir=tmp_path), cache=Cache(tmp_path / "cache"))
    store.prepare()
    assert store.problems == [(1, "no such file")]
    assert store.images.names == df["filename"].tolist()
    assert store.colors[0].tolist() == list(RED)


class TestRecords:
    def values(self, tmp_path) -> dict[str, object]:
        (tmp_path / "a.png").write_bytes(png())
        return {
            "bytes": {"bytes": png(), "path": None},
            "bytes and path": {"bytes": png(), "path": "elsewhere.png"},
            "path": {"bytes": None, "path": "a.png"},
            "path, bytes missing": {"bytes": np.nan, "path": "a.png"},
            "path, bytes NA": {"bytes": pd.NA, "path": "a.png"},
            "path, bytes empty": {"bytes": b"", "path": "a.png"},
            "path only": {"path": "a.png"},
            "bytes only": {"bytes": png()},
            "more": {"bytes": bytearray(png()), "path": "", "width": 8},
            "ordered": OrderedDict(path=tmp_path / "a.png"),
            "memory": {"bytes": memoryview(png())},
        }

    def test_a_record_is_what_it_holds(self, tmp_path):
        values = self.values(tmp_path)
        images = Images(pd.DataFrame({"image": list(values.values())}), "image", image_dir=tmp_path)
        for row, name in enumerate(values):
            assert images.load(row).getpixel((4, 4)) == RED, name
        assert len(images.keys()) == len(values)

    def test_a_record_of_nothing_is_a_missing_image(self, tmp_path):
        (tmp_path / "a.png").write_bytes(png())
        values = [{"bytes": None, "path": None}, {"bytes": pd.NA, "path": pd.NA}, {"path": "a.png"}]
        images = Images(pd.DataFrame({"image": values}), "image", image_dir=tmp_path)
        for row in (0, 1):
            with pytest.raises(ImageError, match="the value is missing"):
                images.load(row)

    def test_bytes_of_every_kind(self):
        values = [png(), bytearray(png()), memoryview(png()), np.bytes_(png()), memoryview(png() * 2)[: len(png())]]
        images = Images(pd.DataFrame(index=range(len(values))), values)
        assert [images.load(row).getpixel((4, 4)) for row in range(len(values))] == [RED] * len(values)
        assert len({bytes(key) for key in images.keys(None)}) == 1


class TestArrow:
    @pytest.fixture(autouse=True)
    def pa(self):
        return pytest.importorskip("pyarrow")

    @pytest.mark.parametrize(
        "make",
        [
            lambda pa, data: pa.array([data, None], pa.binary()),
            lambda pa, data: pa.array([data, None], pa.large_binary()),
            lambda pa, data: pa.array([data, None]).dictionary_encode(),
            lambda pa, data: pa.array(["a.png", None], pa.large_string()),
            lambda pa, data: pa.array(["a.png", None], pa.string()).dictionary_encode(),
            lambda pa, data: pa.array([{"bytes": data, "path": None}, None]),
            lambda pa, data: pa.array([{"bytes": None, "path": "a.png"}, {"bytes": None, "path": None}]),
            lambda pa, data: pa.array([{"path": "a.png"}, None]),
        ],
    )
    @pytest.mark.parametrize("column", [True, False])
    def test_columns_of_every_type(self, make, column, pa, tmp_path):
        (tmp_path / "a.png").write_bytes(png())
        array = make(pa, png())
        if column:
            df = pd.DataFrame({"image": pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])))})
            images = Images(df, "image", image_dir=tmp_path)
        else:
            images = Images(pd.DataFrame(index=range(2)), array, image_dir=tmp_path)
        assert images.load(0).getpixel((4, 4)) == RED
        with pytest.raises(ImageError, match="the value is missing"):
            images.load(1)
