"""Every writer of files, stopped at every step: the file before is whole, and nothing else is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pixplot_widget import __main__ as command_line
from pixplot_widget import export
from pixplot_widget.edits import EditLog
from pixplot_widget.export.folders import to_folders
from pixplot_widget.export.image import write_image
from pixplot_widget.images import Images
from pixplot_widget.tables import write_table
from pixplot_widget.workspace.memory import Memory


class Stopped(BaseException):
    """As Ctrl-C is raised, or as the process is killed, from where the file is: no `except Exception` sees it."""


def log_of_one() -> EditLog:
    log = EditLog(pd.DataFrame({"category": ["cat"]}), names=["a.jpg"])
    log.relabel([0], "dog")
    return log


def lay_out(path: Path, box: Any = None) -> None:
    source = path.parent / "source"
    source.mkdir(exist_ok=True)
    Image.new("RGB", (64, 64)).save(source / path.name)
    df = pd.DataFrame({"filename": [path.name], "category": "set", "x": 0, "y": 0, "w": 9, "h": 9})
    images = Images(df, image_dir=source, box=box)
    to_folders(EditLog(df, identity=["filename"]), images, path.parent / "tree", dry_run=False)


def remember(path: Path) -> None:
    memory = Memory(path, lambda: {"camera": [0] * 1000})
    memory.touch()
    memory.close()


def embed(path: Path) -> None:
    pytest.importorskip("torch")
    from pixplot_widget.training import finetune

    class Tuner:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def embed_untrained(self, df: pd.DataFrame) -> np.ndarray:
            return np.zeros((len(df), 999), np.float32)

    Image.new("RGB", (8, 8)).save(path.parent / "images" / "a.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetune, "FineTuner", Tuner)
        command_line.main(["embed", str(path.parent), "--use-imagenet"])


def save_network(path: Path) -> None:
    torch = pytest.importorskip("torch")
    from pixplot_widget.training.storage import write_file

    settings = {"backbone": "resnet18", "augment": None, "class_weight": None}
    write_file(path, settings, {"classes": ["a"], "state": {"w": torch.zeros(999)}})


WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "table": ("table.csv", lambda path: write_table(pd.DataFrame({"a": ["x"] * 9}), path)),
    "metadata": ("metadata.csv", lambda path: export.to_csv(log_of_one(), path)),
    "changes": ("changes.csv", lambda path: export.changes_to_csv(log_of_one(), path)),
    "image": ("picture.png", lambda path: write_image(Image.new("RGB", (9, 9)), path)),
    "tiff": ("picture.tif", lambda path: write_image(Image.new("RGB", (9, 9)), path)),
    "memory": ("view.json", remember),
    "vectors": ("image_vectors.npy", embed),
    "network": ("best_model.pt", save_network),
}
STEPS = ["open", "write", "sync", "name"]


class HalfWritten:
    """A file that takes half of what it is first given."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> HalfWritten:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: Any) -> int:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        raise Stopped


@pytest.fixture
def stop_at(monkeypatch) -> Callable[[str, type[BaseException]], None]:
    def stop(step: str, error: type[BaseException] = Stopped) -> None:
        def stopped(*_: Any, **__: Any) -> None:
            raise error

        opened = Path.open

        def half(self: Path, mode: str = "r", *args: Any, **more: Any) -> Any:
            file = None if step == "open" and "x" in mode else opened(self, mode, *args, **more)
            if file is None:
                raise error
            return HalfWritten(file) if "x" in mode else file

        if step in ("open", "write"):
            monkeypatch.setattr(Path, "open", half)
        elif step == "sync":
            monkeypatch.setattr(os, "fsync", stopped)
        else:
            monkeypatch.setattr(Path, "replace", stopped)
            monkeypatch.setattr(os, "link", stopped)
            monkeypatch.setattr(os, "rename", stopped)

    return stop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "metadata.csv").write_text("filename,category\na.png,cat\n")
    return tmp_path


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_file_before_stays_whole_whenever_writing_ends(folder, stop_at, writer, step):
    name, write = WRITERS[writer]
    path = folder / name
    if not path.exists():
        path.write_bytes(b"before")
    before = path.read_bytes()
    listed = {each.name for each in folder.iterdir()}
    stop_at(step)
    with pytest.raises(Stopped):
        write(path)
    assert path.read_bytes() == before
    assert {each.name for each in folder.iterdir()} == listed


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("box", [None, ("x", "y", "w", "h")])
def test_no_half_picture_is_in_the_tree_whenever_laying_out_ends(tmp_path, stop_at, step, box):
    path = tmp_path / "1.png"
    lay_out(path, box)
    whole = {each.name: each.read_bytes() for each in (tmp_path / "tree").rglob("*") if each.is_file()}
    assert len(whole) == 1
    for each in (tmp_path / "tree").rglob("*.*"):
        each.unlink()
    stop_at(step)
    with pytest.raises(Stopped):
        lay_out(path, box)
    assert [each for each in (tmp_path / "tree").rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("writer", WRITERS)
def test_each_writes_what_it_should(folder, writer):
    name, write = WRITERS[writer]
    path = folder / name
    write(path)
    assert path.stat().st_size > len(b"before")
    assert not [each.name for each in folder.iterdir() if each.name.endswith(".part")]
