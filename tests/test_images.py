"""Every kind of image a table can hold comes out upright, in RGB, and cut to its box; bad ones say why."""

from __future__ import annotations

import gc
import io
import os
import weakref
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget import pool
from pixplot_widget.images import ImageError, Images
from pixplot_widget.images.decoding import NEUTRAL

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def one(value, **arguments) -> Images:
    return Images(pd.DataFrame(index=[7]), [value], **arguments)


def encoded(image: Image.Image, kind: str, **arguments) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **arguments)
    return out.getvalue()


def close(pixel, expected, within=3) -> bool:
    return np.abs(np.subtract(pixel, expected, dtype=int)).max() <= within


def corners() -> Image.Image:
    """A picture of 40 × 20 px whose corners can be told apart: red, green / blue, white."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(GREEN, (20, 0, 40, 10))
    image.paste(BLUE, (0, 10, 20, 20))
    image.paste(WHITE, (20, 10, 40, 20))
    return image


def corner_colors(image: Image.Image) -> list[tuple[int, ...]]:
    w, h = image.size
    return [image.getpixel(at) for at in ((2, 2), (w - 3, 2), (2, h - 3), (w - 3, h - 3))]


class TestModes:
    @pytest.mark.parametrize(
        "mode", ["1", "L", "P", "RGB", "RGBA", "LA", "La", "RGBa", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"]
    )
    def test_every_mode_becomes_rgb(self, mode):
        white = Image.new("L", (5, 4), 255)
        image = Image.new("LAB", (5, 4), (255, 128, 128)) if mode == "LAB" else _converted(white, mode)
        loaded = one(image).load(0)
        assert loaded.mode == "RGB"
        assert loaded.size == (5, 4)
        assert close(loaded.getpixel((2, 2)), WHITE)

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_sixteen_bit_gray_is_scaled_not_clipped(self, kind):
        ramp = np.linspace(0, 65_535, 256).astype(np.uint16)[None].repeat(4, 0)
        loaded = np.asarray(one(encoded(Image.fromarray(ramp), kind)).load(0))
        assert np.abs(loaded[0, :, 0].astype(int) - np.arange(256)).max() <= 1

    def test_floating_gray_of_any_range_is_stretched(self):
        values = np.array([[-4.0, 0.0, 4.0, np.nan]], dtype=np.float32)
        assert np.asarray(one(encoded(Image.fromarray(values), "TIFF")).load(0))[0, :, 0].tolist() == [0, 128, 255, 128]

    def test_palette_with_a_transparent_entry_lies_over_neutral_gray(self):
        image = Image.new("P", (4, 4), 0)
        image.putpalette([255, 0, 0, 0, 255, 0])
        image.putpixel((3, 3), 1)
        loaded = one(encoded(image, "PNG", transparency=0)).load(0)
        assert loaded.getpixel((0, 0)) == NEUTRAL
        assert loaded.getpixel((3, 3)) == GREEN

    def test_half_transparency_is_blended(self):
        loaded = one(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 128)), "PNG")).load(0)
        assert close(loaded.getpixel((1, 1)), (192, 64, 64))

    def test_rgb_with_a_transparent_color(self):
        loaded = one(encoded(Image.new("RGB", (4, 4), RED), "PNG", transparency=RED)).load(0)
        assert loaded.getpixel((0, 0)) == NEUTRAL

    def test_cmyk_jpeg(self):
        loaded = one(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)).load(0)
        assert close(loaded.getpixel((8, 8)), RED, within=12)

    @pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
    def test_an_animation_shows_its_first_frame(self, kind):
        frames = [Image.new("RGB", (8, 8), color) for color in (RED, BLUE, GREEN)]
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert close(one(data).load(0).getpixel((4, 4)), RED, within=4)


def _converted(image: Image.Image, mode: str) -> Image.Image:
    if mode in ("RGBa", "La"):
        return image.convert("RGBA" if mode == "RGBa" else "LA").convert(mode)
    if mode == "HSV":
        return image.convert("RGB").convert("HSV")
    return image.convert(mode)


class TestOrientation:
    @pytest.mark.parametrize("turn", range(1, 9))
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    def test_pictures_come_upright(self, turn, kind):
        upright = corners()
        stored = upright.transpose(_STORED[turn]) if turn in _STORED else upright
        exif = Image.Exif()
        exif[0x0112] = turn
        options = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
        images = one(encoded(stored, kind, exif=exif, **options))
        loaded = images.load(0)
        assert loaded.size == (40, 20)
        assert close(corner_colors(loaded), [RED, GREEN, BLUE, WHITE], within=12)
        shown, mime, _ = images.original(0)
        again = Image.open(io.BytesIO(shown))
        assert mime in ("image/jpeg", "image/png", "image/webp")
        assert again.size == (40, 20), "the browser is given upright pixels, whatever it does with the tag"

    def test_a_box_is_counted_in_upright_pixels(self):
        stored = corners().transpose(_STORED[6])
        exif = Image.Exif()
        exif[0x0112] = 6
        frame = pd.DataFrame({"x": [20], "y": [0], "w": [20], "h": [10]})
        images = Images(
            frame, [encoded(stored, "JPEG", exif=exif, quality=98, subsampling=0)], box=["x", "y", "w", "h"]
        )
        assert images.load(0).size == (20, 10)
        assert close(images.load(0).getpixel((10, 5)), GREEN, within=12)

    def test_nonsense_orientation_is_ignored(self):
        exif = Image.Exif()
        exif[0x0112] = 77
        assert one(encoded(corners(), "JPEG", exif=exif)).load(0).size == (40, 20)

    def test_damaged_exif_does_not_hide_the_picture(self):
        data = encoded(corners(), "JPEG", exif=b"Exif\0\0not a header at all")
        assert one(data).load(0).size == (40, 20)


_T = Image.Transpose
_STORED = {  # how a camera that writes this tag has stored the picture: the inverse of what turns it upright
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_90,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_270,
}


class TestSources:
    def test_paths_start_at_image_dir(self, tmp_path):
        (tmp_path / "a").mkdir()
        corners().save(tmp_path / "a" / "b.png")
        images = Images(pd.DataFrame({"filename": ["a/b.png", str(tmp_path / "a" / "b.png")]}), image_dir=tmp_path)
        assert images.names == ["a/b.png", str(tmp_path / "a" / "b.png")]
        assert images.load(0).size == images.load(1).size == (40, 20)

    def test_path_objects_bytes_pil_and_arrays(self, tmp_path):
        path = tmp_path / "ünï côdé.png"
        corners().save(path)
        array = np.asarray(corners())
        data = path.read_bytes()
        values = [path, data, bytearray(data), corners(), array, array[:, :, 0], np.dstack([array, array[:, :, :1]])]
        images = Images(pd.DataFrame(index=range(len(values))), values)
        assert images.names[:2] == [str(path), "image 1"]
        assert {images.load(row).size for row in range(len(values))} == {(40, 20)}

    def test_numpy_strings_are_paths(self, tmp_path):
        corners().save(tmp_path / "a.png")
        images = Images(pd.DataFrame(index=[0]), np.array(["a.png"]), image_dir=tmp_path)
        assert images.names == ["a.png"]
        assert type(images.names[0]) is str
        assert images.load(0).size == (40, 20)

    def test_a_stack_of_arrays(self):
        images = Images(pd.DataFrame(index=range(3)), np.zeros((3, 5, 6, 3), np.uint8))
        assert images.load(2).size == (6, 5)

    def test_a_pil_image_that_is_only_opened_is_left_unread(self, tmp_path):
        corners().save(tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as lazy:
            assert one(lazy).load(0).size == (40, 20)
            assert lazy.tile, "reading it would keep the decoded picture in the user's column"

    def test_what_is_loaded_is_not_the_users_own_image(self):
        mine = corners()
        one(mine).load(0).paste(WHITE, (0, 0, 40, 20))
        assert mine.getpixel((2, 2)) == RED

    def test_loading_coarsely_is_never_too_coarse(self):
        data = encoded(Image.new("RGB", (1000, 500), RED), "JPEG")
        assert one(data).load(0, longest=64).size == (125, 63)
        assert one(data).load(0, longest=126).size == (250, 125)
        assert one(data).load(0).size == (1000, 500)

    def test_a_zip_archive_through_fsspec(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            archive.writestr("in/a.png", encoded(corners(), "PNG"))
        frame = pd.DataFrame(
            {"filename": ["zip://in/a.png::" + str(tmp_path / "all.zip"), "zip://no.png::" + str(tmp_path / "all.zip")]}
        )
        images = Images(frame)
        assert images.load(0).size == (40, 20)
        with pytest.raises(ImageError, match=r"no such file|no item named"):  # as fsspec is old or new
            images.load(1)
        assert len(set(map(bytes, images.keys()))) == 2
        inside = Images(pd.DataFrame({"filename": ["a.png"]}), image_dir=f"zip://in::{tmp_path / 'all.zip'}")
        assert inside.load(0).size == (40, 20)
        above = Images(pd.DataFrame({"filename": ["in/a.png"]}), image_dir=f"zip://::{tmp_path / 'all.zip'}")
        assert above.load(0).size == (40, 20)

    def test_relative_to_a_remote_folder(self):
        fsspec = pytest.importorskip("fsspec")
        with fsspec.open("memory://pictures/a.png", "wb") as file:
            file.write(encoded(corners(), "PNG"))
        images = Images(pd.DataFrame({"filename": ["a.png"]}), image_dir="memory://pictures/")
        assert images.load(0).size == (40, 20)
        before = images.key(0)
        assert before == images.key(0)

    @pytest.mark.parametrize(
        ("status", "words"),
        [(404, "^no such file$"), (403, "^could not be read: 403 Forbidden$"), (None, "^could not be read: .*refused")],
    )
    def test_what_is_behind_a_file_that_is_not_found(self, status, words, monkeypatch):
        class Answered(Exception):  # noqa: N818 - as aiohttp's has it
            message = "Forbidden"

        def unreachable(url, mode):
            behind = ConnectionRefusedError("connection refused") if status is None else Answered()
            behind.status = status
            raise FileNotFoundError(url) from behind

        monkeypatch.setattr(pytest.importorskip("fsspec"), "open", unreachable)
        with pytest.raises(ImageError, match=words):
            Images(pd.DataFrame({"filename": ["memory://a.png"]})).load(0)

    def test_a_missing_package_names_the_line_to_install_it(self, monkeypatch):
        with pytest.raises(ImportError, match=r'pip install "fsspec\[s3\]"'):
            one("s3://bucket/a.jpg")
        monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
        with pytest.raises(ImportError, match=r'pip install "pixplot_widget\[remote\]"'):
            one("s3://bucket/a.jpg")

    @pytest.mark.parametrize(
        ("url", "extra"),
        [("gs://b/a.jpg", "gcs"), ("https://h/a.jpg", "http"), ("zip://a.jpg::sftp://h/a.zip", "sftp")],
    )
    def test_the_extra_is_named_as_fsspec_names_it(self, url, extra, monkeypatch):
        fsspec = pytest.importorskip("fsspec")

        real = fsspec.get_filesystem_class

        def without(name):
            if name == "zip":
                return real(name)
            raise ImportError("not here")

        monkeypatch.setattr(fsspec, "get_filesystem_class", without)
        with pytest.raises(ImportError, match=rf'pip install "fsspec\[{extra}\]"'):
            one(url)

    def test_an_unknown_kind_of_url(self):
        with pytest.raises(ValueError, match="gopher"):
            one("gopher://old/a.jpg")


class TestBoxes:
    COLUMNS = ("x", "y", "w", "h")

    def crops(self, *boxes, margin=0.0) -> Images:
        frame = pd.DataFrame(list(boxes), columns=list(self.COLUMNS))
        return Images(frame, [encoded(corners(), "PNG")] * len(boxes), box=self.COLUMNS, box_margin=margin)

    def test_the_crop(self):
        images = self.crops((20, 10, 20, 10), (0, 0, 20, 10))
        assert [images.load(row).size for row in (0, 1)] == [(20, 10), (20, 10)]
        assert images.load(0).getpixel((5, 5)) == WHITE
        assert images.box(1) == (0, 0, 20, 10)

    def test_clipped_to_the_picture(self):
        assert self.crops((-5, -5, 10, 10)).load(0).size == (5, 5)
        assert self.crops((30, 15, 999, 999)).load(0).size == (10, 5)

    def test_the_margin_is_a_share_of_the_box(self):
        assert self.crops((10, 5, 10, 4), margin=0.5).load(0).size == (20, 8)

    def test_a_box_of_less_than_a_pixel_shows_one(self):
        assert self.crops((3.2, 3.2, 0.1, 0.1)).load(0).size == (1, 1)

    @pytest.mark.parametrize("box", [(0, 0, 0, 5), (0, 0, -3, 5), (40, 0, 5, 5), (0, -9, 5, 5), (0, 0, np.inf, 5)])
    def test_a_box_that_shows_nothing_is_reported(self, box):
        with pytest.raises(ImageError, match="its box"):
            self.crops(box).load(0)

    def test_a_row_without_a_box_is_the_whole_picture(self):
        images = self.crops((np.nan, 0, 5, 5), (0, 0, 5, 5))
        assert images.load(0).size == (40, 20)
        assert images.box(0) is None

    def test_original_gives_the_crop_or_the_whole(self):
        images = self.crops((20, 10, 20, 10))
        crop, _, _ = images.original(0)
        whole, mime, _ = images.original(0, whole=True)
        assert Image.open(io.BytesIO(crop)).size == (20, 10)
        assert Image.open(io.BytesIO(whole)).size == (40, 20)
        assert mime == "image/png"

    def test_crops_of_one_picture_decode_it_once(self, tmp_path, monkeypatch):
        corners().save(tmp_path / "a.png")
        frame = pd.DataFrame({"filename": ["a.png"] * 4, "x": [0, 9, 5, 3], "y": 0, "w": 9, "h": 9})
        images = Images(frame, image_dir=tmp_path, box=self.COLUMNS)
        opened = []
        real = Image.open
        monkeypatch.setattr(Image, "open", lambda *args, **kw: opened.append(args) or real(*args, **kw))
        (group,) = images.groups(range(4))
        assert [row for row, _ in images.load_group(group, 32)] == [0, 1, 2, 3]
        assert len(opened) == 1

    def test_hundreds_of_crops_in_several_groups_decode_it_once_and_let_go_of_it(self, tmp_path, monkeypatch):
        corners().save(tmp_path / "a.png")
        frame = pd.DataFrame({"filename": ["a.png", "missing.png"] * 300, "x": np.arange(600) % 20})
        frame = frame.assign(y=0, w=9, h=9)
        images = Images(frame, image_dir=tmp_path, box=self.COLUMNS)
        decoded = []
        real = Images._decode

        def counted(*args):
            found = real(*args)
            decoded.append(weakref.ref(found.image))
            return found

        monkeypatch.setattr(Images, "_decode", counted)
        groups = list(images.groups(range(600), 100))  # all kept, as they are where results come in order
        assert [len(group) for group in groups] == [100] * 6
        work = pool.run(lambda group: [(row, type(image)) for row, image in images.load_group(group, 32)], groups)
        found = dict(pair for _, result in work for pair in result)
        assert found == {row: ImageError if row % 2 else Image.Image for row in range(600)}
        assert len(decoded) == 1
        gc.collect()
        assert decoded[0]() is None

    def test_a_small_crop_in_another_group_keeps_its_detail(self):
        data = encoded(Image.new("RGB", (1000, 1000), RED), "JPEG")
        frame = pd.DataFrame({"x": [0, 0], "y": 0, "w": [1000, 50], "h": [1000, 50]})
        images = Images(frame, [data, data], box=self.COLUMNS)
        sizes = [dict(images.load_group(group, 64)) for group in images.groups(range(2), 1)]
        assert sizes[1][1].size == (50, 50)

    def test_a_small_crop_keeps_its_detail_beside_a_large_one(self):
        data = encoded(Image.new("RGB", (1000, 1000), RED), "JPEG")
        frame = pd.DataFrame({"x": [0, 0], "y": 0, "w": [1000, 50], "h": [1000, 50]})
        images = Images(frame, [data, data], box=self.COLUMNS)
        assert dict(images.load_group([0, 1], 64))[1].size == (50, 50)
        assert images.load(0, 64).size == (125, 125)

    @settings(max_examples=150, deadline=None)
    @given(
        st.tuples(*[st.floats(-50, 60)] * 2, *[st.floats(0.01, 80)] * 2),
        st.floats(0, 2),
        st.sampled_from([None, 8, 64]),
    )
    def test_any_box_is_cut_or_reported(self, box, margin, longest):
        images = self.crops(box, margin=margin)
        x, y, across, down = box
        beside = x - margin * across >= 40 or y - margin * down >= 20
        before = x + across * (1 + margin) <= 0 or y + down * (1 + margin) <= 0
        if beside or before:
            with pytest.raises(ImageError, match="outside of the picture"):
                images.load(0, longest)
        else:
            w, h = images.load(0, longest).size
            assert 1 <= w <= 40
            assert 1 <= h <= 20


class TestBadRows:
    def test_each_says_why(self, tmp_path):
        photo = encoded(Image.effect_noise((200, 200), 80).convert("RGB"), "JPEG")
        (tmp_path / "folder").mkdir()
        (tmp_path / "empty.jpg").touch()
        (tmp_path / "torn.jpg").write_bytes(photo[: len(photo) // 2])
        (tmp_path / "torn.png").write_bytes(encoded(corners(), "PNG")[:60])
        (tmp_path / "text.jpg").write_text("not a picture")
        os.mkfifo(tmp_path / "pipe.jpg")
        expected = {
            "nowhere.jpg": "no such file",
            "folder": "folder",
            "empty.jpg": "empty",
            "torn.jpg": "truncated",
            "torn.png": "damaged|truncated|not an image",
            "text.jpg": "not an image",
            "pipe.jpg": "not a regular file",
            "nul\0.jpg": "no such file",
        }
        images = Images(pd.DataFrame({"filename": [*expected, None, np.nan]}), image_dir=tmp_path)
        for row, reason in enumerate([*expected.values(), "missing", "missing"]):
            with pytest.raises(ImageError, match=reason):
                images.load(row)
        assert len(images.keys()) == len(images)

    def test_a_bad_value_among_good_ones(self):
        images = Images(pd.DataFrame(index=range(3)), [corners(), 12, np.zeros((2, 2, 7), np.uint8)])
        with pytest.raises(ImageError, match="type int"):
            images.load(1)
        with pytest.raises(ImageError, match="uint8"):
            images.load(2)

    def test_a_decompression_bomb_is_refused(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(ImageError, match="too large"):
            one(encoded(corners(), "PNG")).load(0)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
    def test_every_cut_of_a_file_is_read_or_reported(self, kind):
        data = encoded(corners(), kind)
        outcomes = [_outcome(data[:end]) for end in range(0, len(data), max(1, len(data) // 40))]
        assert outcomes[0] == "empty file (0 bytes)"
        assert all(outcomes)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
    def test_flipped_bits_are_read_or_reported(self, kind):
        rng = np.random.default_rng(5)
        data = np.frombuffer(encoded(corners(), kind), np.uint8)
        for _ in range(40):
            spoilt = data.copy()
            spoilt[rng.integers(0, len(data), 4)] = rng.integers(0, 256, 4)
            assert _outcome(spoilt.tobytes())


def _outcome(data: bytes) -> str:
    """Return the mode an image is read in, or why it was not; anything else but ImageError is let through."""
    try:
        return one(data).load(0).mode
    except ImageError as error:
        return str(error)


class TestArguments:
    def test_a_missing_column_names_those_there(self):
        with pytest.raises(KeyError, match=r"'file' is not a column; did you mean 'filename'\?"):
            Images(pd.DataFrame({"filename": ["a"]}), "file")

    def test_the_number_must_fit(self):
        with pytest.raises(ValueError, match="image has 2 entries; df has 1 rows"):
            Images(pd.DataFrame(index=[0]), ["a", "b"])

    @pytest.mark.parametrize("values", [[1.5, 2.5], [{}, []], [1, 2]])
    def test_a_column_of_something_else(self, values):
        with pytest.raises(TypeError, match="images must be paths"):
            Images(pd.DataFrame({"filename": values}))

    def test_arrays_of_the_wrong_type(self):
        with pytest.raises(ValueError, match="uint8"):
            one(np.zeros((4, 4, 3)))

    def test_image_dir_must_exist(self, tmp_path):
        with pytest.raises(ValueError, match="is not a folder"):
            one("a.jpg", image_dir=tmp_path / "no")

    @pytest.mark.parametrize("margin", [-0.1, np.nan, "1"])
    def test_margin(self, margin):
        with pytest.raises(ValueError, match="box_margin"):
            one("a.jpg", box_margin=margin)

    def test_boxes(self):
        frame = pd.DataFrame({"filename": ["a"], "x": ["left"], "y": 0, "w": 1, "h": 1})
        with pytest.raises(ValueError, match="'x' must hold numbers"):
            Images(frame, box=["x", "y", "w", "h"])
        with pytest.raises(KeyError, match="'height'"):
            Images(frame, box=["y", "y", "w", "height"])
        with pytest.raises(ValueError, match="four column names"):
            Images(frame, box=["x", "y"])

    def test_an_empty_table(self):
        images = Images(pd.DataFrame({"filename": []}))
        assert len(images) == 0
        assert images.keys().shape == (0, 16)

    def test_not_a_table(self):
        with pytest.raises(TypeError, match="DataFrame"):
            Images([1, 2])


class TestKeys:
    def test_a_file_is_known_by_path_size_and_time(self, tmp_path):
        path = tmp_path / "a.png"
        corners().save(path)
        images = Images(pd.DataFrame({"filename": ["a.png"]}), image_dir=tmp_path)
        first = images.key(0)
        assert images.key(0) == first
        os.utime(path, ns=(1, 1))
        assert images.key(0) != first

    def test_content_is_known_by_content(self):
        array = np.zeros((3, 3), np.uint8)
        assert one(array).key(0) == one(array.copy()).key(0)
        assert one(array).key(0) != one(array.reshape(1, 9)).key(0)
        assert one(b"a").key(0) != one(b"b").key(0)
        assert one(corners()).key(0) == one(corners()).key(0)

    def test_what_a_pil_image_looks_like_is_part_of_it(self):
        image = Image.new("P", (4, 4), 1)
        image.putpalette([0, 0, 0, 255, 0, 0])
        other = image.copy()
        other.putpalette([0, 0, 0, 0, 255, 0])
        clear = image.copy()
        clear.info["transparency"] = 1
        assert len({one(value).key(0) for value in (image, other, clear)}) == 3

    def test_a_box_makes_another_image(self):
        frame = pd.DataFrame({"x": [0, 1], "y": 0, "w": 5, "h": 5})
        keys = Images(frame, [b"a", b"a"], box=["x", "y", "w", "h"]).keys()
        wide = Images(frame, [b"a", b"a"], box=["x", "y", "w", "h"], box_margin=0.5).keys()
        assert len({bytes(key) for key in (*keys, *wide)}) == 4


def test_originals_pass_through_where_a_browser_shows_them(tmp_path):
    corners().save(tmp_path / "a.webp", lossless=True)
    data, mime, _ = one(str(tmp_path / "a.webp")).original(0)
    assert data == (tmp_path / "a.webp").read_bytes()
    assert mime == "image/webp"
    for other in (encoded(corners(), "TIFF"), corners(), encoded(Image.new("CMYK", (9, 9)), "JPEG")):
        data, mime, _ = one(other).original(0)
        assert mime == "image/jpeg"
        assert Image.open(io.BytesIO(data)).mode == "RGB"
