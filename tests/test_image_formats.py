"""Every format that Pillow's registry reads, in every mode that can be written in it, shows what was written."""

from __future__ import annotations

import functools
import io
import struct
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pixplot_widget.images import ImageError, Images

pytestmark = pytest.mark.filterwarnings("ignore:IM image format is deprecated")
Image.init()
SIZE = (16, 16)
RED, GRAY = (200, 30, 60), (110, 110, 110)
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "F", "I;16", "I;16B")
KEPT_AS = {  # what a writer may make of a mode without losing anything that is seen; else it must keep the mode
    "L": {"P", "RGB", "F"},
    "RGB": {"P", "RGBA"},
    "RGBA": {"RGB", "P"},
}

# These are no pictures in themselves: Pillow leaves reading them to others, such as Ghostscript.
NOT_OPENED = {
    "BUFR": b"BUFR" + bytes(60),
    "EPS": None,
    "GRIB": b"GRIB\0\0\0\x01" + bytes(60),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(60),
    "MPEG": b"\0\0\x01\xb3\x01\x00\x10\x00" + bytes(60),
    "WMF": b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<4hH", 0, 0, 160, 160, 72) + bytes(6) + b"\x01\x00\t\x00" + bytes(60),
}
ONE_SIZE = {"ICNS": "an icon file holds several sizes, the largest of 1,024 px", "PCD": "a photo CD's are 768 px wide"}


def load(data: bytes) -> Image.Image:
    return Images(pd.DataFrame(index=[0]), [data]).load(0)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def plain(mode: str) -> Image.Image:
    """Return a picture of one color in a mode, in which it can be told from black and white where that is possible."""
    if mode in ("I", "I;16", "I;16B"):
        return Image.new(mode, SIZE, 110 * 257)
    if mode == "LAB":
        return Image.new(mode, SIZE, (117, 128, 128))
    image = Image.new("L", SIZE, 110) if mode in ("1", "L", "LA", "F") else Image.new("RGB", SIZE, RED)
    if mode == "PA":
        return image.convert("P").convert("PA")
    return Image.new("1", SIZE, 1) if mode == "1" else image.convert(mode)


@functools.cache
def written() -> list[tuple[str, str]]:
    """Return each format with a mode that can be written in it and read again."""
    found = []
    for kind in sorted(set(Image.OPEN) & set(Image.SAVE) - set(NOT_OPENED)):
        for mode in MODES:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    with Image.open(io.BytesIO(saved(plain(mode), kind))) as again:
                        if again.format == kind and again.mode in {mode, *KEPT_AS.get(mode, ())}:
                            found.append((kind, mode))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue  # it has no such mode
    return found


@pytest.mark.parametrize(("kind", "mode"), written())
def test_what_can_be_written_is_shown(kind, mode):
    image = plain(mode)
    expected = np.asarray(Images(pd.DataFrame(index=[0]), [image]).load(0)).astype(int)
    shown = load(saved(image, kind))
    assert shown.mode == "RGB"
    assert shown.size == SIZE or kind in ONE_SIZE
    assert np.abs(np.asarray(shown.resize(SIZE)).astype(int) - expected).max() <= 12


def test_the_pictures_to_compare_with_are_right():
    for mode in MODES:
        pixel = Images(pd.DataFrame(index=[0]), [plain(mode)]).load(0).getpixel((3, 3))
        color = (255, 255, 255) if mode == "1" else GRAY if mode[0] in "LIF" else RED
        assert np.abs(np.subtract(pixel, color)).max() <= (30 if mode in ("P", "PA") else 3), mode


# --- formats that Pillow reads and does not write, made by hand ---

RGB_BYTES, GRAY_BYTES = bytes(RED) * 256, bytes([110]) * 256


def _cur() -> bytes:
    icon = saved(Image.new("RGB", SIZE, RED), "ICO", bitmap_format="bmp")
    return icon[:2] + b"\x02" + icon[3:]  # a cursor is an icon by another name


def _dcx() -> bytes:
    return struct.pack("<3I", 987654321, 12, 0) + saved(Image.new("RGB", SIZE, RED), "PCX")


def _fits() -> bytes:
    cards = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    2"]
    cards += ["NAXIS1  =                   16", "NAXIS2  =                   16", "END"]
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode() + GRAY_BYTES.ljust(2880, b"\0")


def _fli() -> bytes:
    def chunk(kind: int, body: bytes) -> bytes:
        return struct.pack("<IH", 6 + len(body), kind) + body

    colors = struct.pack("<H2B", 1, 0, 1) + bytes(RED)  # one packet: from number 0 on, one color
    frame = chunk(4, colors + b"\0") + chunk(16, bytes(256))  # 4: a palette, 16: pixels as they are
    frame = struct.pack("<I2H8x", 16 + len(frame), 0xF1FA, 2) + frame
    head = struct.pack("<I6HI", 128 + len(frame), 0xAF12, 1, *SIZE, 8, 3, 70)
    return head.ljust(128, b"\0") + frame


def _ftex() -> bytes:
    head = struct.pack("<4si2i2i", b"FTEX", 1, 16, 16, 1, 1) + struct.pack("<2i", 1, 32)
    return head + struct.pack("<i", len(RGB_BYTES)) + RGB_BYTES


def _iptc() -> bytes:
    fields = {(3, 20): b"\0\x10", (3, 30): b"\0\x10", (3, 60): b"\1\0", (3, 120): b"\1", (8, 10): GRAY_BYTES}
    return b"".join(struct.pack(">3BH", 28, *tag, len(body)) + body for tag, body in fields.items())


def _mcidas() -> bytes:
    words = {2: 4, 9: 16, 10: 16, 11: 1, 14: 1, 34: 256}  # version, lines, elements, bytes each, bands, where they are
    return struct.pack(">64i", *(words.get(number, 0) for number in range(1, 65))) + GRAY_BYTES


def _pcd() -> bytes:
    red, green, blue = RED
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    ycc = [round(luma / 1.3584), round(156 + (blue - luma) / 2.2179), round(137 + (red - luma) / 1.8215)]
    two_lines = b"".join(bytes([value]) * width for value, width in zip(ycc, (2 * 768, 384, 384), strict=True))
    return (bytes(2048) + b"PCD_IPI").ljust(96 * 2048, b"\0") + two_lines * 256


def _psd() -> bytes:
    planes = b"".join(bytes([value]) * 256 for value in RED)
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 16, 16, 8, 3) + bytes(12) + b"\0\0" + planes


def _pixar() -> bytes:
    head = bytearray(1024)
    head[:4] = b"\x80\xe8\x00\x00"
    struct.pack_into("<2H", head, 416, 16, 16)
    struct.pack_into("<2H", head, 424, 14, 2)
    return bytes(head) + RGB_BYTES


def _qoi() -> bytes:
    pixels = b"\xfe" + bytes(RED) + b"\xfd" * 4 + bytes([0xC0 | 6])  # one, and 4 × 62 + 7 like it
    return struct.pack(">4sIIBB", b"qoif", 16, 16, 3, 0) + pixels + bytes(7) + b"\x01"


def _xpm() -> bytes:
    lines = ['"16 16 1 1",', '"a c #c81e3c",', *['"' + "a" * 16 + '",'] * 16]
    return ("/* XPM */\nstatic char *x[] = {\n" + "\n".join(lines) + "\n};\n").encode()


BY_HAND = {
    "BLP": (lambda: saved(Image.new("RGB", SIZE, RED).quantize(4), "BLP"), RED),  # which it writes of one mode only
    "CUR": (_cur, RED),
    "DCX": (_dcx, RED),
    "FITS": (_fits, GRAY),
    "FLI": (_fli, RED),
    "FTEX": (_ftex, RED),
    "GBR": (lambda: struct.pack(">7I", 33, 2, 16, 16, 1, 0x47494D50, 10) + b"name\0" + GRAY_BYTES, None),
    "IMT": (lambda: b"width 16\nheight 16\npixel n8\n\x0c" + GRAY_BYTES, GRAY),
    "IPTC": (_iptc, GRAY),
    "MCIDAS": (_mcidas, GRAY),
    "PCD": (_pcd, RED),
    "PIXAR": (_pixar, RED),
    "PSD": (_psd, RED),
    "QOI": (_qoi, RED),
    "SUN": (lambda: struct.pack(">8I", 0x59A66A95, 16, 16, 24, 768, 3, 0, 0) + RGB_BYTES, RED),
    "XPM": (_xpm, RED),
    "XVTHUMB": (lambda: b"P7 332\n#END_OF_COMMENTS\n16 16 255\n" + b"\xe0" * 256, (255, 0, 0)),
}


@pytest.mark.parametrize("kind", sorted(set(BY_HAND) & set(Image.OPEN)))
def test_what_can_only_be_read_is_shown(kind):
    make, color = BY_HAND[kind]
    with Image.open(io.BytesIO(make())) as opened:
        assert opened.format.upper() == kind
    shown = load(make())
    assert shown.mode == "RGB"
    assert shown.size == SIZE or kind in ONE_SIZE
    if color is not None:
        assert np.abs(np.subtract(shown.getpixel((8, 8)), color)).max() <= 3


@pytest.mark.parametrize("kind", sorted(set(NOT_OPENED) & set(Image.OPEN)))
def test_what_is_more_than_a_picture_is_not_opened(kind, monkeypatch):
    data = NOT_OPENED[kind] or saved(Image.new("RGB", SIZE, RED), kind)
    opened = []
    factory, accept = Image.OPEN[kind]
    monkeypatch.setitem(Image.OPEN, kind, (lambda *args: opened.append(args) or factory(*args), accept))
    monkeypatch.setattr(Image.OPEN[kind][0], "__module__", factory.__module__)
    with pytest.raises(ImageError, match=r"cannot be (read|shown)"):
        load(data)
    assert opened == []


def test_nothing_in_the_registry_is_left_out():
    known = {kind for kind, _ in written()} | set(BY_HAND) | set(NOT_OPENED)
    assert set(Image.OPEN) - known == set()
