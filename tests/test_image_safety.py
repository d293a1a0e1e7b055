"""Pictures of somebody else: nothing is run, memory and time are bounded, and one odd file is one row in `problems`."""

from __future__ import annotations

import contextlib
import copy
import io
import os
import pickle
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from pixplot_widget.images import ImageError, Images, opening, remote
from pixplot_widget.images.gray import BLOCK_PIXELS, blocks
from pixplot_widget.images.opening import open_picture
from pixplot_widget.images.quiet import _DECODING, quietly
from pixplot_widget.thumbnails import ThumbnailStore

RED = (200, 30, 60)


def one(value, **arguments) -> Images:
    return Images(pd.DataFrame(index=[7]), [value], **arguments)


def encoded(image: Image.Image, kind: str, **arguments) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **arguments)
    return out.getvalue()


def reason(value, **arguments) -> str:
    with pytest.raises(ImageError) as caught:
        one(value, **arguments).load(0)
    return str(caught.value)


class TestFormats:
    def test_postscript_by_any_name_starts_no_program(self, tmp_path, monkeypatch):
        (tmp_path / "holiday.jpg").write_bytes(encoded(Image.new("RGB", (9, 9)), "EPS"))
        started = []
        monkeypatch.setattr(subprocess, "Popen", lambda *args, **how: started.append(args))
        monkeypatch.setattr(shutil, "which", lambda name, *args, **how: f"/bin/{name}")
        assert "PostScript" in reason("holiday.jpg", image_dir=tmp_path)
        assert started == []

    def test_what_an_iptc_file_holds_is_not_handed_to_another_plugin(self):
        fields = {(3, 20): b"\0\x10", (3, 30): b"\0\x10", (3, 60): b"\1\0", (3, 120): b"\5", (8, 10): b"%!PS-Adobe"}
        data = b"".join(struct.pack(">3BH", 28, *tag, len(body)) + body for tag, body in fields.items())
        assert "another kind" in reason(data)

    def test_a_format_that_the_user_has_registered_is_opened(self):
        class Mine(ImageFile.ImageFile):
            format = "MINE"

            def _open(self):
                self._size, self._mode = (1, 1), "RGB"
                self.tile = [("raw", (0, 0, 1, 1), 4, ("RGB", 0, 1))]

        Image.register_open("MINE", Mine, lambda head: head.startswith(b"MINE"))
        try:
            assert one(b"MINE" + bytes(RED)).load(0).getpixel((0, 0)) == RED
        finally:
            Image.ID.remove("MINE")
            del Image.OPEN["MINE"]

    def test_nothing_else_in_the_package_opens_pictures(self):
        package = Path(opening.__file__).parents[1]
        found = [path for path in package.rglob("*.py") if "Image.open(" in path.read_text(encoding="utf-8")]
        assert found == [Path(opening.__file__)]


def grown(kind: str, mode: str, side: int) -> bytes:
    """Return a small file of a large picture of one color."""
    options = {"TIFF": {"compression": "tiff_deflate"}, "PNG": {"compress_level": 9}}.get(kind, {})
    return encoded(Image.new(mode, (side, side)), kind, **options)


CHILD = """
import resource, sys
import pandas as pd
from pixplot_widget.images import ImageError, Images
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
images = Images(pd.DataFrame({"filename": [sys.argv[1]]}))
before = peak()
try:
    images.load(0, 64)
except ImageError as error:
    print(error, file=sys.stderr)
print(round(peak() - before))
"""


class TestBounds:
    @pytest.mark.skipif(sys.platform != "linux", reason="its unit of memory")
    @pytest.mark.parametrize(
        ("kind", "mode", "bytes_a_pixel"),
        [
            ("TIFF", "F", 4),
            ("TIFF", "I", 4),
            ("TIFF", "CMYK", 4),
            ("TIFF", "I;16", 2),
            ("PNG", "LA", 4),
            ("PNG", "P", 1),
        ],
    )
    def test_a_large_picture_takes_little_beside_itself(self, kind, mode, bytes_a_pixel, tmp_path):
        side = 6000
        (tmp_path / "large").write_bytes(grown(kind, mode, side))
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path / "large")], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        assert int(done.stdout) < 1.5 * side**2 * bytes_a_pixel / 1e6 + 60

    @pytest.mark.parametrize(("kind", "mode"), [("TIFF", "F"), ("PNG", "I;16"), ("TIFF", "CMYK"), ("PNG", "1")])
    def test_what_would_take_too_much_is_refused_before_it_is_decoded(self, kind, mode, monkeypatch):
        data = grown(kind, mode, 400)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 70_000)
        monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
        assert "too large" in reason(data)

    def test_decoders_that_take_more_than_the_picture_have_a_bound_too(self, monkeypatch):
        data = encoded(Image.new("RGB", (300, 300), RED), "JPEG2000")
        monkeypatch.setattr(opening, "WORK_BYTES", 300 * 300 * 21)
        assert one(data).load(0).size == (300, 300)
        monkeypatch.setattr(opening, "WORK_BYTES", 300 * 300 * 19)
        assert "too large" in reason(data)

    def test_users_who_raise_pillows_bound_see_their_pictures(self, monkeypatch):
        data = grown("PNG", "L", 400)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        monkeypatch.setattr(opening, "WORK_BYTES", 1)
        assert one(data).load(0).size == (400, 400)

    @settings(max_examples=60, deadline=None)
    @given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 40))
    def test_blocks_cover_every_pixel_once(self, width, height, step):
        found = list(blocks(width, height, step))
        assert sum((right - left) * (bottom - top) for left, top, right, bottom in found) == width * height
        for left, top, right, bottom in found:
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            assert left % step == top % step == 0
            assert (right - left) * (bottom - top) <= max(BLOCK_PIXELS, step * step)

    @pytest.mark.parametrize("mode", ["RGBA", "CMYK", "L", "F", "I;16", "P"])
    def test_blocks_make_the_same_picture_as_the_whole(self, mode, monkeypatch):
        from pixplot_widget.images import decoding, gray

        ramp = np.add.outer(np.arange(90), np.arange(130)).astype(np.uint8)
        image = Image.fromarray(ramp)
        image = Image.fromarray(ramp.astype(np.uint16) * 200) if mode == "I;16" else image.convert(mode)
        whole = np.asarray(decoding.to_rgb(image)).astype(int)
        monkeypatch.setattr(gray, "BLOCK_PIXELS", 1000)
        monkeypatch.setattr(decoding, "BLOCK_PIXELS", 1000)
        assert (np.asarray(decoding.to_rgb(image)) == whole).all()
        coarse = decoding.to_rgb(image, 4)
        assert coarse.size == (33, 23)
        expected = np.asarray(Image.fromarray(whole.astype(np.uint8)).reduce(4)).astype(int)
        assert np.abs(np.asarray(coarse) - expected).max() <= 2


def whole_said(capfd, work) -> list[str]:
    """Return what Python, Pillow's log and libtiff say while something is done."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    heard = capfd.readouterr()
    return [*map(str, caught), *heard.out.splitlines(), *heard.err.splitlines()]


def talkative() -> dict[str, bytes]:
    """Return pictures of which Pillow or libtiff say much."""
    noise = Image.effect_noise((400, 400), 90).convert("1")
    fax = bytearray(encoded(noise, "TIFF", compression="group4"))
    fax[300:380] = b"\xff" * 80
    grain = Image.effect_noise((400, 400), 90).convert("RGB")
    torn = bytearray(encoded(grain, "TIFF", compression="tiff_deflate"))
    torn[len(torn) // 2 : len(torn) // 2 + 400] = bytes(400)
    frames = b"".join(_chunk(b"acTL", bytes(8)) for _ in range(500))
    png = encoded(Image.new("L", (4, 4)), "PNG")
    return {"fax": bytes(fax), "torn": bytes(torn), "frames": png[:33] + frames + png[33:]}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class TestQuiet:
    @pytest.mark.parametrize("name", sorted(talkative()))
    def test_nothing_is_printed_of_a_picture(self, name, capfd):
        data = talkative()[name]

        def pillow() -> None:
            with Image.open(io.BytesIO(data)) as image, contextlib.suppress(OSError):
                image.load()

        def ours() -> None:
            ThumbnailStore(one(data), cache=False).prepare()

        assert whole_said(capfd, ours) == []
        assert whole_said(capfd, pillow), "what the user's own code does is heard, before and after"

    def test_other_threads_are_heard_meanwhile(self):
        with warnings.catch_warnings(record=True) as caught, open_picture(encoded(Image.new("L", (2, 2)), "PNG")):
            warnings.simplefilter("always")  # an error in the test where the filter is gone by then
            with open_picture(encoded(Image.new("L", (2, 2)), "PNG")):
                warnings.warn("from here", stacklevel=1)
                thread = threading.Thread(target=warnings.warn, args=("from there",))
                thread.start()
                thread.join()
        assert [str(each.message) for each in caught] == ["from there"]


class TestOddFiles:
    def test_each_is_a_row_in_problems_and_the_others_are_read(self, tmp_path):
        good = encoded(Image.new("RGB", (8, 8), RED), "PNG")
        (tmp_path / "good.png").write_bytes(good)
        (tmp_path / "folder.png").mkdir()
        (tmp_path / "empty.png").touch()
        os.mkfifo(tmp_path / "pipe.png")
        (tmp_path / "loop.png").symlink_to("loop.png")
        with open(os.fsencode(tmp_path) + b"/caf\xe9.png", "wb") as file:
            file.write(good)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(tmp_path / "socket"))
        names = {
            "good.png": "",
            os.fsdecode(b"caf\xe9.png"): "",
            "folder.png": "a folder",
            "empty.png": "0 bytes",
            "pipe.png": "not a regular file",
            "socket": "not a regular file",
            "/dev/zero": "not a regular file",
            "loop.png": "levels of symbolic links",
            "good.png/a.png": "[Nn]ot a directory",
            "x" * 300: "too long",
            "lone \ud800.png": "cannot be one of a file",
            "nul\0.png": "no such file",
        }
        df = pd.DataFrame({"filename": pd.Series(list(names), dtype=object)})
        store = ThumbnailStore(Images(df, image_dir=tmp_path), cache=False)
        store.prepare()
        server.close()
        found = dict(store.problems)
        for row, (name, expected) in enumerate(names.items()):
            if expected:
                assert re.search(expected, found[row]), (name, found[row])
            else:
                assert row not in found, (name, found[row])

    def test_values_that_cannot_be_known_have_a_key_too(self, tmp_path):
        class Broken:
            def __fspath__(self):
                raise RuntimeError("no")

        os.PathLike.register(Broken)
        values = ["lone \ud800.png", Broken(), memoryview(b"abcdef")[::2], np.array([object()]), "memory://\ud800"]
        keys = Images(pd.DataFrame(index=range(len(values))), values).keys()
        assert len({bytes(key) for key in keys}) == len(values)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_without_the_right_to_read_it(self, tmp_path):
        (tmp_path / "a.png").write_bytes(encoded(Image.new("L", (2, 2)), "PNG"))
        (tmp_path / "a.png").chmod(0)
        assert reason("a.png", image_dir=tmp_path) == "no permission to read it"

    def test_a_file_larger_than_any_picture_is_not_read(self, tmp_path):
        with open(tmp_path / "a.png", "wb") as file:
            file.write(encoded(Image.new("L", (2, 2)), "PNG")[:33] + struct.pack(">I4s", 2**31 - 1, b"tEXt"))
            file.truncate(2_000_000_000)  # sparse: it takes nothing on disk
        assert "too large" in reason("a.png", image_dir=tmp_path)


class Endless(io.RawIOBase):
    """A server that sends without end, or so many bytes."""

    def __init__(self, left: float = float("inf")) -> None:
        self.left = left
        self.sent = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "it would never end"
        piece = bytes(int(min(size, self.left)))
        self.left -= len(piece)
        self.sent += len(piece)
        return piece


class TestUrls:
    def test_a_url_without_end_is_read_no_further_than_the_bound(self, monkeypatch):
        monkeypatch.setattr(remote, "MOST_BYTES", 5_000_000)
        file = Endless()
        monkeypatch.setattr(pytest.importorskip("fsspec"), "open", lambda *args, **how: file)
        assert "too large" in reason("memory://a.png")
        assert file.sent < 7_000_000
        assert file.closed

    def test_reading_ends_when_nobody_waits_any_longer(self, monkeypatch):
        clock = iter(range(0, 10_000, 10))
        monkeypatch.setattr(remote.time, "monotonic", lambda: float(next(clock)))
        file = Endless()
        monkeypatch.setattr(pytest.importorskip("fsspec"), "open", lambda *args, **how: file)
        assert "took longer than 60 s" in reason("memory://a.png")
        assert file.sent < 10_000_000

    def test_large_files_are_read_one_at_a_time(self, monkeypatch):
        monkeypatch.setattr(remote, "SMALL_BYTES", 2_000_000)
        monkeypatch.setattr(remote, "SECONDS", 0.05)
        monkeypatch.setattr(pytest.importorskip("fsspec"), "open", lambda *args, **how: Endless(3_000_000))
        with remote._ONE_LARGE_AT_A_TIME:
            assert "took longer" in reason("memory://a.png")
        monkeypatch.setattr(remote, "SECONDS", 60.0)
        assert len(remote.read("memory://a.png")) == 3_000_000
        assert not remote._ONE_LARGE_AT_A_TIME.locked()

    def test_a_size_that_is_known_is_enough_to_refuse(self, monkeypatch):
        file = Endless()
        file.size = 10**12
        monkeypatch.setattr(pytest.importorskip("fsspec"), "open", lambda *args, **how: file)
        assert "too large" in reason("memory://a.png")
        assert file.sent == 0

    def test_an_archive_that_unpacks_to_more_than_the_bound(self, tmp_path, monkeypatch):
        pytest.importorskip("fsspec")
        monkeypatch.setattr(remote, "MOST_BYTES", 5_000_000)
        with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", bytes(20_000_000))
        assert "too large" in reason(f"zip://a.png::{tmp_path / 'bomb.zip'}")

    def test_a_url_of_this_machine_is_a_file_as_any_other(self, tmp_path):
        pytest.importorskip("fsspec")
        (tmp_path / "a.png").write_bytes(encoded(Image.new("RGB", (8, 8), RED), "PNG"))
        os.mkfifo(tmp_path / "pipe")
        assert one(f"file://{tmp_path}/a.png").load(0).size == (8, 8)
        assert reason("file:///dev/zero") == "not a regular file"
        assert reason(f"local://{tmp_path}/pipe") == "not a regular file"

    @pytest.mark.parametrize("url", ["simplecache::memory://a.png", "reference://a::file:///b.json", "gopher://a"])
    def test_one_url_that_is_not_read_is_a_bad_row(self, url, tmp_path):
        pytest.importorskip("fsspec")
        (tmp_path / "a.png").write_bytes(encoded(Image.new("RGB", (8, 8), RED), "PNG"))
        images = Images(pd.DataFrame({"filename": [url, "a.png"]}), image_dir=tmp_path)
        assert len(images.keys()) == 2
        with pytest.raises(ImageError, match="could not be read"):
            images.load(0)
        assert images.load(1).size == (8, 8)
        with pytest.raises(ValueError, match="read"):
            one(url)


def test_filters_of_warnings_can_be_copied_by_others() -> None:
    # scikit-learn hands them to its threads by their text, and to its processes by pickle
    with quietly():
        assert any(each[1] is _DECODING for each in warnings.filters)
        assert _DECODING.match("Corrupt EXIF data")
    for copied in (re.compile(_DECODING.pattern), pickle.loads(pickle.dumps(_DECODING)), copy.deepcopy(_DECODING)):
        assert not copied.match("Corrupt EXIF data")
