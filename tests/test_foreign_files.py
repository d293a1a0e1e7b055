"""Files of somebody else's that are none: pipes that are waited for, devices without end, JSON too deep."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pixplot_widget import detection
from pixplot_widget.files import open_regular
from pixplot_widget.images import ImageError, remote
from pixplot_widget.layouts import geojson

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


KINDS = pytest.mark.parametrize("make", [pipe, device, folder])


@KINDS
def test_only_regular_files_are_read_whole(tmp_path, make: Callable[[Path], None]):
    make(tmp_path / "file")
    with pytest.raises(OSError, match=r"is not a regular file|is a folder; a file is expected"):
        open_regular(tmp_path / "file")


@KINDS
def test_annotations(tmp_path, make: Callable[[Path], None]):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    for name in ("a.xml", "a.txt", "names.yaml", "coco.json"):
        make(tmp_path / name)
    reading: list[Callable[[], Any]] = [
        lambda: detection.from_yolo(tmp_path, tmp_path, tmp_path / "names.yaml"),
        lambda: detection.match(tmp_path / "coco.json", [], tmp_path),
        lambda: geojson.read(tmp_path / "coco.json"),
    ]
    for read in reading:
        with pytest.raises(OSError, match=r"is not a regular file|is a folder; a file is expected"):
            read()
    for read in (lambda: detection.from_voc(tmp_path), lambda: detection.from_yolo(tmp_path, tmp_path)):
        (problem,) = read()["problems"]
        assert "is not a regular file" in problem["reason"] or "is a folder" in problem["reason"]


@pytest.mark.parametrize(
    "chain", ["zip://a.png::{}", "zip://a.png::file://{}", "tar://a.png::{}", "tar://b::zip://a::{}"]
)
@KINDS
def test_archives_of_pictures(tmp_path, make: Callable[[Path], None], chain):
    pytest.importorskip("fsspec")
    make(tmp_path / "archive")
    for look in (remote.read, remote.identity):
        with pytest.raises(ImageError, match=r"not a regular file|a folder, not a file"):
            look(chain.format(tmp_path / "archive"))


def test_a_network(tmp_path):
    pytest.importorskip("torch")
    from pixplot_widget import FineTuner

    pipe(tmp_path / "pipe.pt")
    with pytest.raises(OSError, match="is not a regular file"):
        FineTuner.load(tmp_path / "pipe.pt")
    for damaged in (b"", b"nonsense", b"PK\3\4" + bytes(100), b"\x80\x02." * 3):
        (tmp_path / "damaged.pt").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"is no file of FineTuner.save, or is damaged"):
            FineTuner.load(tmp_path / "damaged.pt")


def test_a_network_file_names_nothing_to_read_or_download(tmp_path):
    torch = pytest.importorskip("torch")
    from pixplot_widget.training import storage

    content = {"classes": ["a"], "rows": [[], []], "normalize": [[0], [1]], "network": {}, "history": []}
    settings = {"backbone": "resnet18", "augment": None, "class_weight": None, "weights": "/etc/passwd"}
    torch.save({"format": storage.FORMAT, "settings": settings, **content}, tmp_path / "a.pt")
    read, _ = storage.read_file(tmp_path / "a.pt", None)
    assert read["weights"] is None
    for missing in (*content, "settings"):
        kept = {"format": storage.FORMAT, "settings": settings, **content}
        del kept[missing]
        torch.save(kept, tmp_path / "a.pt")
        with pytest.raises(ValueError, match=r"was not written by this version's FineTuner.save"):
            storage.read_file(tmp_path / "a.pt", None)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{",
        "\ud800",
        '{"type": "FeatureCollection", "features": 7}',
        '{"type": "GeometryCollection", "geometries": {"a": 1}}',
        '{"type": "Polygon", "coordinates": [7]}',
        '{"type": "MultiPolygon", "coordinates": 7}',
        '{"type": "LineString", "coordinates": [[1e999, 0]]}',
        f'{{"type": "LineString", "coordinates": [[{10**400}, 0]]}}',
        '{"type": "LineString", "coordinates": [{"a": 1}]}',
        '{"type": "Feature", "properties": "x", "geometry": 7}',
    ],
)
def test_geojson_that_is_none(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match="geojson"):
        geojson.features(tmp_path / "a.json")


def test_collections_in_collections():
    nested: dict[str, Any] = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    for _ in range(100_000):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    with pytest.raises(ValueError, match="too deep to be GeoJSON"):
        geojson.features(nested)
    assert json.dumps(geojson.features({"type": "Feature", "properties": ["x"], "geometry": None})) == "[[null, []]]"
