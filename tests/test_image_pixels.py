"""What a picture says of its own pixels is followed: transparent colors, no data, color profiles, frames."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from pixplot_widget.images import ImageError, Images, profiles
from pixplot_widget.images.decoding import NEUTRAL
from pixplot_widget.thumbnails import ThumbnailStore

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def one(value, **arguments) -> Images:
    return Images(pd.DataFrame(index=[7]), [value], **arguments)


def shown(value) -> np.ndarray:
    return np.asarray(one(value).load(0)).astype(int)


def encoded(image: Image.Image, kind: str, **arguments) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **arguments)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gray_png(values: list[int], depth: int, clear: int) -> bytes:
    """Return a PNG of one line of gray values, in which one is declared transparent."""
    bits = "".join(format(value, f"0{depth}b") for value in values)
    line = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", struct.pack(">IIBBBBB", len(values), 1, depth, 0, 0, 0, 0)),
            chunk(b"tRNS", struct.pack(">H", clear)),
            chunk(b"IDAT", zlib.compress(b"\0" + line)),
            chunk(b"IEND", b""),
        ]
    )


class TestTransparentColor:
    @settings(deadline=None)
    @given(st.data(), st.sampled_from([1, 2, 4, 8, 16]))
    def test_gray_of_any_depth(self, data, depth):
        most = 2**depth - 1
        values = data.draw(st.lists(st.integers(0, most), min_size=1, max_size=9))
        clear = data.draw(st.sampled_from(values))
        expected = [128 if value == clear else (value * 255 + most // 2) // most for value in values]
        assert np.abs(shown(gray_png(values, depth, clear))[0, :, 0] - expected).max() <= (1 if depth == 16 else 0)

    @pytest.mark.parametrize("depth", [8, 16])
    def test_color_of_any_depth(self, depth):
        def pixel(*values: int) -> bytes:
            return struct.pack(
                ">3B" if depth == 8 else ">3H", *(value * (1 if depth == 8 else 257) for value in values)
            )

        png = b"\x89PNG\r\n\x1a\n" + b"".join(
            [
                chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, depth, 2, 0, 0, 0)),
                chunk(b"tRNS", struct.pack(">3H", *(value * (1 if depth == 8 else 257) for value in (255, 0, 9)))),
                chunk(b"IDAT", zlib.compress(b"\0" + pixel(255, 0, 9) + pixel(9, 0, 255))),
                chunk(b"IEND", b""),
            ]
        )
        assert shown(png)[0].tolist() == [list(NEUTRAL), [9, 0, 255]]

    def test_palette_of_few_bits(self):
        image = Image.new("P", (4, 1), 2)
        image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
        image.putpixel((0, 0), 1)
        data = encoded(image, "PNG", bits=2, transparency=2)
        assert shown(data)[0].tolist() == [list(GREEN), *[list(NEUTRAL)] * 3]


class TestMetadata:
    def png(self, **how) -> bytes:
        return encoded(Image.new("RGB", (16, 16), RED), "PNG", **how)

    def text(self, **how) -> PngImagePlugin.PngInfo:
        info = PngImagePlugin.PngInfo()
        info.add_text("workflow", "x" * 2_000_000, **how)
        return info

    def test_long_texts_and_profiles_do_not_hide_the_picture(self):
        plain = self.png()
        long = [
            self.png(pnginfo=self.text(zip=True)),
            self.png(pnginfo=self.text()),
            self.png(icc_profile=b"x" * 2_000_000),
            self.png(icc_profile=np.random.default_rng(0).bytes(2_000_000)),
            plain[:33] + chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(bytes(2_000_000))) + plain[33:],
            plain[:33] + b"".join(chunk(b"tEXt", b"%d\0" % k + b"x" * 999_000) for k in range(80)) + plain[33:],
            plain[:-12] + chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(2_000_000))) + plain[-12:],
        ]
        for data in long:
            assert (shown(data) == RED).all()

    @pytest.mark.parametrize("kind", [b"tEXt", b"iCCP", b"eXIf", b"zzZz"])
    def test_a_damaged_chunk_beside_the_pixels(self, kind):
        plain = self.png()
        damaged = bytearray(chunk(kind, b"key\0\0" + bytes(range(90))))
        damaged[-1] ^= 255
        assert (shown(plain[:33] + bytes(damaged) + plain[33:]) == RED).all()

    def test_what_the_pixels_need_is_kept(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        image = Image.new("RGB", (16, 8), RED)
        data = encoded(image, "PNG", pnginfo=self.text(zip=True), transparency=RED, exif=exif)
        assert one(data).load(0).size == (8, 16)
        assert (shown(data) == NEUTRAL).all()

    def test_damaged_pixels_are_damaged(self):
        data = bytearray(self.png(pnginfo=self.text(zip=True)))
        data[data.find(b"IDAT") + 8 :][:20] = bytes(20)
        at = data.find(b"IDAT") + 8
        data[at : at + 20] = bytes(20)
        with pytest.raises(ImageError, match=r"damaged|truncated|broken"):
            shown(bytes(data))


class TestNoData:
    def tiff(self, values: np.ndarray, text: str | None) -> np.ndarray:
        return shown(encoded(Image.fromarray(values), "TIFF", tiffinfo={} if text is None else {42113: text}))[:, :, 0]

    @pytest.mark.parametrize(
        ("dtype", "text"),
        [
            (np.float32, "-9999"),
            (np.float32, "-9999.0 "),
            (np.float32, "-3.40282e+38"),
            (np.float32, "1e30"),
            (np.float32, "nan"),
            (np.int32, "-9999"),
            (np.int32, "-2147483648"),
        ],
    )
    def test_it_is_left_out_of_the_scale_and_shown_as_nothing(self, dtype, text):
        heights = (np.arange(64).reshape(8, 8) * 100 - 3000).astype(dtype)
        plain = self.tiff(heights, None)
        heights[0, :4] = np.float32(-3.4028234663852886e38) if text == "-3.40282e+38" else dtype(float(text))
        seen = self.tiff(heights, text)
        assert (seen[0, :4] == NEUTRAL[0]).all()
        assert seen[7, 7] == plain[7, 7] == 255
        assert seen[0, 4] == 0
        assert (np.diff(seen.ravel()[4:]) > 0).all()

    def test_sixteen_bits_keep_their_scale(self):
        values = np.array([[0, 65_535, 30_000]], dtype=np.uint16)
        assert self.tiff(values, "65535").tolist() == [[0, 128, 117]]
        assert self.tiff(values, "0").tolist() == [[128, 255, 117]]
        assert self.tiff(values, None).tolist() == [[0, 255, 117]]

    @pytest.mark.parametrize("text", ["none", "", "1e999", "--"])
    def test_nonsense_in_the_tag(self, text):
        values = np.linspace(0, 1, 9, dtype=np.float32).reshape(3, 3)
        assert (self.tiff(values, text) == self.tiff(values, None)).all()

    def test_nothing_but_no_data(self):
        assert (self.tiff(np.full((3, 3), -9999, np.float32), "-9999") == NEUTRAL[0]).all()
        assert (self.tiff(np.full((3, 3), np.nan, np.float32), None) == NEUTRAL[0]).all()


def swapped() -> bytes:
    """Return a profile in which red and green have changed places."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = srgb.find(b"rXYZ"), srgb.find(b"gXYZ")
    srgb[red : red + 4], srgb[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(srgb)


def as_a_browser_has_it(image: Image.Image, profile: bytes) -> tuple[int, ...]:
    srgb = ImageCms.createProfile("sRGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, source, srgb, outputMode="RGB").getpixel((0, 0))


class TestProfiles:
    def test_the_colors_are_those_of_the_profile(self):
        expected = as_a_browser_has_it(Image.new("RGB", (4, 4), RED), swapped())
        assert expected[1] > 200 > expected[0]
        for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("JPEG", {"quality": 99})):
            data = encoded(Image.new("RGB", (16, 16), RED), kind, icc_profile=swapped(), **options)
            assert np.abs(shown(data) - expected).max() <= (4 if kind == "JPEG" else 0), kind

    @pytest.mark.parametrize("mode", ["P", "RGBA"])
    def test_in_other_modes(self, mode):
        image = Image.new("RGB", (16, 16), RED).convert(mode)
        expected = as_a_browser_has_it(Image.new("RGB", (4, 4), RED), swapped())
        assert (shown(encoded(image, "PNG", icc_profile=swapped())) == expected).all()

    def test_what_is_transparent_stays_so(self):
        image = Image.new("RGBA", (16, 16), (*RED, 0))
        assert (shown(encoded(image, "PNG", icc_profile=swapped())) == NEUTRAL).all()

    def test_srgb_changes_no_pixel_and_is_worked_out_once(self, monkeypatch):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        noise = Image.effect_noise((64, 64), 90).convert("RGB")
        profiles._transform.cache_clear()
        built = []
        real = ImageCms.buildTransform
        monkeypatch.setattr(ImageCms, "buildTransform", lambda *args: built.append(args) or real(*args))
        for _ in range(3):
            assert (shown(encoded(noise, "PNG", icc_profile=profile)) == np.asarray(noise)).all()
        assert len(built) == 1

    @pytest.mark.parametrize("profile", [b"nonsense", swapped()[:200], swapped()[:300] + bytes(99), b"\0" * 500])
    def test_a_damaged_profile_is_passed_over(self, profile):
        for kind in ("PNG", "TIFF"):
            assert (shown(encoded(Image.new("RGB", (16, 16), RED), kind, icc_profile=profile)) == RED).all()

    def test_a_profile_of_other_colors_is_passed_over(self):
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        assert (shown(encoded(Image.new("RGB", (16, 16), RED), "PNG", icc_profile=lab)) == RED).all()
        gray = Image.new("L", (16, 16), 77)
        assert (shown(encoded(gray, "TIFF", icc_profile=swapped())) == 77).all()

    def test_large_pictures_too(self):
        image = Image.new("RGB", (2000, 1500), RED)
        expected = as_a_browser_has_it(image.crop((0, 0, 4, 4)), swapped())
        loaded = one(encoded(image, "PNG", icc_profile=swapped(), compress_level=1)).load(0, 64)
        assert loaded.size == (134, 100)
        assert (np.asarray(loaded) == expected).all()


COLORS = [RED, GREEN, BLUE]


class TestFrames:
    @pytest.fixture(params=["TIFF", "GIF", "WEBP", "PNG"])
    def stack(self, request, tmp_path):
        path = tmp_path / "stack"
        pages = [Image.new("RGB", (16, 16), color) for color in COLORS]
        options = {"WEBP": {"lossless": True}}.get(request.param, {})
        pages[0].save(path, request.param, save_all=True, append_images=pages[1:], **options)
        return path

    def frames(self, path) -> list[Image.Image]:
        frames = [Image.open(path) for _ in COLORS]
        for number, frame in enumerate(frames):
            frame.seek(number)
        return frames

    @pytest.mark.parametrize("state", ["open", "closed", "loaded", "gone", "replaced"])
    def test_each_shows_itself_and_is_known_apart(self, stack, state):
        frames = self.frames(stack)
        lazy = all(frame.tile for frame in frames)
        for frame in frames:
            if state == "closed" and lazy:
                frame.__exit__(None, None, None)
            elif state == "loaded":
                frame.load()
        if state in ("gone", "replaced"):
            os.unlink(stack)
        if state == "replaced":
            Image.new("RGB", (16, 16), (9, 9, 9)).save(stack, "PNG")
        images = Images(pd.DataFrame(index=range(3)), frames)
        assert len({images.key(row) for row in range(3)}) == 3
        for row, color in enumerate(COLORS):
            assert images.load(row).getpixel((8, 8)) == color
            data = images.original(row).data
            assert np.abs(np.subtract(Image.open(io.BytesIO(data)).convert("RGB").getpixel((8, 8)), color)).max() <= 3
        store = ThumbnailStore(images, cache=False)
        store.prepare()
        assert store.colors.tolist() == [list(color) for color in COLORS]

    def test_what_is_read_anew_leaves_the_users_own_unread(self, stack):
        frames = self.frames(stack)
        tiles = [list(frame.tile) for frame in frames]
        images = Images(pd.DataFrame(index=range(3)), frames)
        images.load(2)
        assert [list(frame.tile) for frame in frames] == tiles

    def test_a_size_chosen_of_an_icon(self, tmp_path):
        Image.new("RGB", (64, 64), RED).save(tmp_path / "a.ico", sizes=[(64, 64), (16, 16)])
        with Image.open(tmp_path / "a.ico") as icon:
            icon.size = (16, 16)
            assert one(icon).load(0).size == (16, 16)

    def test_a_name_relative_to_a_folder_that_was_left(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Image.new("RGB", (8, 8), RED).save("a.png")
        with Image.open("a.png") as image:
            os.mkdir("below")
            monkeypatch.chdir("below")
            assert (shown(image) == RED).all()
