"""A tree of folders by label: nothing is overwritten, nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget import datasets
from pixplot_widget.edits import EditLog
from pixplot_widget.export.folders import safe_name, to_folders
from pixplot_widget.images import Images


@pytest.fixture
def photos(tmp_path):
    """Six small files in two folders, three of one name."""
    root = tmp_path / "photos"
    for i, name in enumerate(["a/1.png", "b/1.png", "a/2.png", "b/3.png", "b/4.png", "A/1.png"]):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (i * 20, 0, 0)).save(path)
    return root


def frame(photos: Path, labels=("cat", "cat", "dog", None, "dog", "cat")) -> pd.DataFrame:
    names = ["a/1.png", "b/1.png", "a/2.png", "b/3.png", "b/4.png", "A/1.png"]
    return pd.DataFrame({"filename": [str(photos / name) for name in names], "category": list(labels)})


def lay_out(df: pd.DataFrame, path, box=None, **more) -> pd.DataFrame:
    log = EditLog(df, identity=["filename"] if "filename" in df else [])
    if "remove" not in df and len(df) > 4:
        log.flag([4])
    return to_folders(log, Images(df, box=box), path, **more)


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_dry_run_lists_and_touches_nothing(photos, tmp_path):
    before = tree(photos)
    plan = lay_out(frame(photos), tmp_path / "out")
    assert plan.columns.tolist() == ["position", "file", "label", "target", "outcome", "reason"]
    assert plan["target"].fillna("").tolist() == ["cat/1.png", "cat/1_2.png", "dog/2.png", "", "", "cat/1_3.png"]
    assert plan["outcome"].tolist() == ["copy", "copy", "copy", "left out", "left out", "copy"]
    assert plan["reason"].tolist() == ["", "", "", "no label", "flagged", ""]
    assert not (tmp_path / "out").exists()
    assert tree(photos) == before


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_what_was_listed_is_done(photos, tmp_path, mode):
    df, before = frame(photos), tree(photos)
    plan = lay_out(df, tmp_path / "out", mode=mode)
    done = lay_out(df, tmp_path / "out", mode=mode, dry_run=False)
    assert done["target"].equals(plan["target"])
    assert set(done["outcome"]) == {{"copy": "copied", "link": "linked", "move": "moved"}[mode], "left out"}
    out = tree(tmp_path / "out")
    assert sorted(out) == sorted(plan["target"].dropna())
    for source, target in zip(df["filename"], done["target"], strict=True):
        if isinstance(target, str):
            assert out[target] == before[str(Path(source).relative_to(photos))]
            assert (tmp_path / "out" / target).is_symlink() == (mode == "link")
    if mode == "move":
        assert sorted(tree(photos)) == ["b/3.png", "b/4.png"]
    else:
        assert tree(photos) == before


@pytest.mark.parametrize("mode", ["copy", "link"])
def test_a_second_time_there_is_nothing_to_do(photos, tmp_path, mode):
    df = frame(photos)
    first = lay_out(df, tmp_path / "out", mode=mode, dry_run=False)
    before = tree(tmp_path / "out")
    second = lay_out(df, tmp_path / "out", mode=mode, dry_run=False)
    assert set(second["outcome"]) == {"there already", "left out"}
    assert second["target"].equals(first["target"])
    assert tree(tmp_path / "out") == before


def test_what_is_there_is_never_overwritten(photos, tmp_path):
    out = tmp_path / "out"
    (out / "cat").mkdir(parents=True)
    (out / "cat" / "1.png").write_text("mine")
    (out / "dog").mkdir()
    (out / "dog" / "2.png").symlink_to("nowhere")
    done = lay_out(frame(photos), out, dry_run=False)
    assert done["target"].dropna().tolist() == ["cat/1_2.png", "cat/1_3.png", "dog/2_2.png", "cat/1_4.png"]
    assert (out / "cat" / "1.png").read_text() == "mine"
    assert os.readlink(out / "dog" / "2.png") == "nowhere"


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_a_file_that_comes_in_between_is_not_overwritten(photos, tmp_path, monkeypatch, mode):
    out = tmp_path / "out"
    mkdir = Path.mkdir

    def mkdir_and_more(self, *args, **more):
        mkdir(self, *args, **more)
        if not (self / "1.png").exists():
            (self / "1.png").write_text("theirs")

    monkeypatch.setattr(Path, "mkdir", mkdir_and_more)
    done = lay_out(frame(photos), out, mode=mode, dry_run=False)
    assert done["outcome"].iloc[0] == "failed"
    assert "exists" in done["reason"].iloc[0]
    assert (out / "cat" / "1.png").read_text() == "theirs"
    assert (photos / "a" / "1.png").exists()


def test_a_tree_that_is_put_in_order_by_moving(tmp_path):
    """The dataset is such a tree itself, with two images in wrong folders, one of them a copy of a right one."""
    root = tmp_path / "set"
    for name, color in [("cat/1.png", 1), ("cat/2.png", 2), ("dog/1.png", 3), ("dog/2.png", 2)]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (color, 0, 0)).save(root / name)
    df = datasets.from_folder(root)
    assert df["category"].tolist() == ["cat", "cat", "dog", "dog"]
    log = EditLog(df, identity=["filename"])
    log.relabel(0, "dog")
    log.relabel(3, "cat")
    before = sorted(tree(root).values())
    done = to_folders(log, Images(df), root, mode="move", dry_run=False)
    assert done["target"].tolist() == ["dog/1_2.png", "cat/2.png", "dog/1.png", "cat/2_2.png"]
    assert done["outcome"].tolist() == ["moved", "there already", "there already", "moved"]
    assert sorted(tree(root)) == ["cat/2.png", "cat/2_2.png", "dog/1.png", "dog/1_2.png"]
    assert sorted(tree(root).values()) == before


def test_labels_become_folders_that_every_system_takes(photos, tmp_path):
    labels = ["../../etc", "a/b", "A/B", "", "CON", "🐈 cat."]
    df = frame(photos, labels).assign(remove=False)
    done = lay_out(df, tmp_path / "out", dry_run=False)
    folders = [target.split("/")[0] for target in done["target"]]
    assert len({folder.casefold() for folder in folders}) == 6
    assert sorted(os.listdir(tmp_path / "out")) == sorted(folders)
    assert sorted(os.listdir(tmp_path)) == ["out", "photos"]
    assert folders[5] == "🐈 cat"


@given(st.text())
@example("x" * 199 + " .y")
@example("con." + "ä" * 300)
@example("a.\u3000." * 200)
def test_a_safe_name_is_safe(text):
    name = safe_name(text)
    assert name not in ("", ".", "..")
    assert not set(name) & set('<>:"/\\|?*\x00\n')
    assert not name.startswith(".")
    assert name == name.strip().rstrip(".")
    assert len(name.encode()) <= 200
    assert safe_name(name) == name


def test_long_names_keep_their_suffix(tmp_path):
    name = "ä" * 100 + ".png"
    Image.new("RGB", (4, 4)).save(tmp_path / name)
    df = pd.DataFrame({"filename": [str(tmp_path / name)], "category": ["x" * 1000]})
    done = lay_out(df, tmp_path / "out", dry_run=False)
    folder, file = done["target"].iloc[0].split("/")
    assert (len(folder), file[-5:]) == (200, "ä.png")


def test_files_that_are_gone_do_not_stop_the_rest(photos, tmp_path):
    df = frame(photos)
    (photos / "a" / "1.png").unlink()
    done = lay_out(df, tmp_path / "out", dry_run=False)
    assert done["outcome"].iloc[0] == "failed"
    assert "there is no file" in done["reason"].iloc[0]
    assert done["outcome"].iloc[1] == "copied"


def test_a_full_disk_leaves_no_half_file(photos, tmp_path, monkeypatch):
    def full(source, target):
        target.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    done = lay_out(frame(photos), tmp_path / "out", dry_run=False)
    assert set(done["outcome"]) == {"failed", "left out"}
    assert "No space left" in done["reason"].iloc[0]
    assert tree(tmp_path / "out") == {}


def test_moving_to_another_disk_copies_before_it_removes(photos, tmp_path, monkeypatch):
    def other_disk(*_args, **_more):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    before = tree(photos)
    monkeypatch.setattr(os, "link", other_disk)
    done = lay_out(frame(photos), tmp_path / "out", mode="move", dry_run=False)
    assert set(done["outcome"]) == {"moved", "left out"}
    assert tree(tmp_path / "out")["cat/1.png"] == before["a/1.png"]
    assert not (photos / "a" / "1.png").exists()


def test_hard_links_where_symbolic_ones_are_forbidden(photos, tmp_path, monkeypatch):
    def forbidden(*_args, **_more):
        raise OSError(errno.EPERM, "A required privilege is not held")

    monkeypatch.setattr(os, "symlink", forbidden)
    done = lay_out(frame(photos), tmp_path / "out", mode="link", dry_run=False)
    assert set(done["outcome"]) == {"linked", "left out"}
    assert (tmp_path / "out" / "cat" / "1.png").samefile(photos / "a" / "1.png")


def test_a_symbolic_link_is_moved_as_what_it_points_to(photos, tmp_path):
    link = tmp_path / "link.png"
    link.symlink_to("photos/a/1.png")
    df = pd.DataFrame({"filename": [str(link)], "category": ["cat"]})
    lay_out(df, tmp_path / "deep" / "out", mode="move", dry_run=False)
    assert not os.path.lexists(link)
    assert (tmp_path / "deep" / "out" / "cat" / "link.png").samefile(photos / "a" / "1.png")


def test_crops_and_arrays_are_written(photos, tmp_path):
    df = frame(photos).assign(x=0, y=0, w=2, h=2)
    done = lay_out(df, tmp_path / "out", box=["x", "y", "w", "h"], dry_run=False)
    assert done["target"].dropna().tolist() == ["cat/1.jpg", "cat/1_2.jpg", "dog/2.jpg", "cat/1_3.jpg"]
    with Image.open(tmp_path / "out" / "cat" / "1.jpg") as image:
        assert image.size == (2, 2)
    again = lay_out(df, tmp_path / "out", box=["x", "y", "w", "h"], dry_run=False)
    assert set(again["outcome"]) == {"there already", "left out"}
    arrays = pd.DataFrame({"image": list(np.zeros((2, 4, 4, 3), np.uint8)), "category": ["a", "b"]})
    done = to_folders(EditLog(arrays), Images(arrays, "image"), tmp_path / "arrays", dry_run=False)
    assert done["target"].tolist() == ["a/image 0.jpg", "b/image 1.jpg"]


def test_what_cannot_be_moved_or_linked_is_refused_before_anything_is_done(photos, tmp_path):
    df = frame(photos).assign(x=0, y=0, w=2, h=2)
    for mode in ("move", "link"):
        with pytest.raises(ValueError, match=f"row 0 .* has no file of its own to {mode}; use mode='copy'"):
            lay_out(df, tmp_path / "out", box=["x", "y", "w", "h"], mode=mode, dry_run=False)
    df = frame(photos)
    df.loc[1, "filename"] = df.loc[0, "filename"]
    with pytest.raises(ValueError, match=r"rows 0 and 1 are both of .* cannot be moved twice"):
        lay_out(df, tmp_path / "out", mode="move", dry_run=False)
    assert not (tmp_path / "out").exists()


def test_bad_arguments(photos, tmp_path):
    with pytest.raises(ValueError, match="copy, link, move, not 'steal'"):
        lay_out(frame(photos), tmp_path / "out", mode="steal")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="give a folder"):
        lay_out(frame(photos), tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotADirectoryError, match="give a folder"):
        lay_out(frame(photos), tmp_path / "link", dry_run=False)


def test_a_file_where_a_label_s_folder_would_be_is_listed_and_left(photos, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "dog").write_text("mine")
    for dry_run in (True, False):
        plan = lay_out(frame(photos), out, dry_run=dry_run)
        blocked = plan[(plan.label == "dog") & (plan.outcome != "left out")]
        assert blocked.outcome.unique().tolist() == ["failed"]
        assert blocked.reason.str.contains("dog' is a file, where a folder is wanted").all()
        assert set(plan[plan.label == "cat"].outcome) == {"copy" if dry_run else "copied"}
    assert (out / "dog").read_text() == "mine"


def test_from_folder_reads_what_was_laid_out(photos, tmp_path):
    df = frame(photos)
    lay_out(df, tmp_path / "out", dry_run=False)
    assert datasets.from_folder(tmp_path / "out")["category"].tolist() == ["cat", "cat", "cat", "dog"]


# --- what may be laid out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
@pytest.mark.parametrize("content", [b"a key", b"", b"\x89PNG\r\n\x1a\n broken", "half"])
def test_what_is_no_image_is_left_where_it_is(photos, tmp_path, mode, content):
    victim = photos / "a" / "1.png"
    victim.write_bytes(victim.read_bytes()[:40] if content == "half" else content)
    before = victim.read_bytes()
    done = lay_out(frame(photos), tmp_path / "out", mode=mode, dry_run=False)
    assert done["outcome"].iloc[0] == "left out"
    assert pd.isna(done["target"].iloc[0])
    assert "no image that can be read" in done["reason"].iloc[0]
    assert victim.read_bytes() == before
    assert before not in tree(tmp_path / "out").values()
    assert done["outcome"].iloc[1] != "left out"


def test_what_was_an_image_when_it_was_read_is_looked_at_again(photos, tmp_path):
    df = frame(photos)
    (photos / "a" / "1.png").write_text("a key by now")
    log = EditLog(df, identity=["filename"])
    done = to_folders(log, Images(df), tmp_path / "out", dry_run=False, readable=lambda row: True)
    assert done["outcome"].iloc[0] == "left out"


def named(tmp_path: Path, how: str) -> tuple[pd.DataFrame, dict]:
    """A dataset of which one row is of a picture elsewhere."""
    for name in ("set/a.png", "set/b.png", "private/me.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    (tmp_path / "set" / "link.png").symlink_to(tmp_path / "private" / "me.png")
    (tmp_path / "set" / "deep").symlink_to(tmp_path / "private")
    name = {
        "dots": "../private/me.png",
        "absolute": str(tmp_path / "private" / "me.png"),
        "link": "link.png",
        "linked folder": "deep/me.png",
    }[how]
    return pd.DataFrame({"filename": ["a.png", "b.png", name], "category": "cat"}), {"image_dir": tmp_path / "set"}


@pytest.mark.parametrize("given_dir", [True, False])
@pytest.mark.parametrize("how", ["dots", "absolute", "link", "linked folder"])
def test_files_outside_of_the_dataset_are_taken_along_only_if_asked(tmp_path, monkeypatch, how, given_dir):
    df, more = named(tmp_path, how)
    if not given_dir:
        more = {}
        monkeypatch.chdir(tmp_path / "set")
    secret = tmp_path / "private" / "me.png"
    log, images = EditLog(df, identity=["filename"]), Images(df, **more)
    for mode in ("copy", "move"):
        done = to_folders(log, images, tmp_path / "out" / mode, mode=mode, dry_run=False)
        assert done["outcome"].tolist()[2] == "left out"
        assert "outside=True" in done["reason"].iloc[2]
        assert len(tree(tmp_path / "out" / mode)) == 2
        assert secret.exists()
    done = to_folders(log, images, tmp_path / "out" / "all", outside=True, dry_run=False)
    assert done["outcome"].iloc[2] == "copied"


def test_a_dataset_beside_the_notebook_is_no_place_outside(tmp_path, monkeypatch):
    for name in ("data/a/1.png", "data/b/1.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    df = pd.DataFrame({"filename": ["../data/a/1.png", "../data/b/1.png"], "category": "cat"})
    assert set(lay_out(df, tmp_path / "out")["outcome"]) == {"copy"}


# --- into the folder they came from -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["copy", "link"])
def test_copies_among_the_old_ones_are_refused_and_moving_puts_the_tree_in_order(tmp_path, mode):
    root = tmp_path / "set"
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (len(tree(root)), 0, 0)).save(root / name)
    df = datasets.from_folder(root)
    log = EditLog(df, identity=["filename"])
    assert set(to_folders(log, Images(df), root, mode=mode, dry_run=False)["outcome"]) == {"there already"}
    log.relabel([1], "dog")
    before = tree(root)
    for dry_run in (True, False):
        with pytest.raises(ValueError, match=r"2\.png' lies in .* under its old label too; mode='move' puts"):
            to_folders(log, Images(df), root, mode=mode, dry_run=dry_run)
    assert tree(root) == before
    to_folders(log, Images(df), root, mode="move", dry_run=False)
    assert datasets.from_folder(root)["category"].tolist() == ["cat", "dog", "dog"]
    assert sorted(tree(root).values()) == sorted(before.values())


def test_links_into_the_tree_are_refused_too(photos, tmp_path):
    df = frame(photos)
    lay_out(df, tmp_path / "out", mode="link", dry_run=False)
    linked = datasets.from_folder(tmp_path / "out")
    log = EditLog(linked, identity=["filename"])
    log.relabel([0], "dog")
    with pytest.raises(ValueError, match="mode='move'"):
        to_folders(log, Images(linked), tmp_path / "out", mode="link", outside=True)


def test_a_move_that_was_killed_between_its_two_steps_is_finished(photos, tmp_path):
    df, before = frame(photos), tree(photos)
    (tmp_path / "out" / "cat").mkdir(parents=True)
    os.link(photos / "a" / "1.png", tmp_path / "out" / "cat" / "1.png")
    done = lay_out(df, tmp_path / "out", mode="move", dry_run=False)
    assert (done["target"].iloc[0], done["outcome"].iloc[0]) == ("cat/1.png", "moved")
    assert not (photos / "a" / "1.png").exists()
    assert tree(tmp_path / "out")["cat/1.png"] == before["a/1.png"]


def test_a_move_of_a_link_that_was_killed_between_its_two_steps_is_finished(photos, tmp_path):
    link, place = tmp_path / "link.png", tmp_path / "out" / "cat" / "link.png"
    link.symlink_to("photos/a/1.png")
    place.parent.mkdir(parents=True)
    place.symlink_to(link.resolve())
    df = pd.DataFrame({"filename": [str(link)], "category": ["cat"]})
    assert lay_out(df, tmp_path / "out", mode="move", dry_run=False)["outcome"].item() == "moved"
    assert not os.path.lexists(link)
    assert place.samefile(photos / "a" / "1.png")


def test_a_move_removes_nothing_that_a_link_leads_to(photos, tmp_path):
    df = frame(photos)
    before = tree(photos)
    lay_out(df, tmp_path / "out", mode="link", dry_run=False)
    done = lay_out(df, tmp_path / "out", mode="move", dry_run=False)
    assert set(done["outcome"]) == {"there already", "left out"}
    assert tree(photos) == before


def test_labels_that_look_the_same_become_two_folders_with_a_warning(photos, tmp_path):
    composed, apart = "Caf\u00e9", "Cafe\u0301"
    df = frame(photos, [composed, composed, apart, None, None, apart])
    with pytest.warns(UserWarning, match="look the same and are two labels"):
        plan = lay_out(df, tmp_path / "out")
    assert plan["target"].dropna().str.partition("/")[0].nunique() == 2


def test_thousands_of_one_name_are_numbered_in_one_go(tmp_path):
    names = [f"{k}/image.png" for k in range(3000)]
    log = EditLog(pd.DataFrame({"filename": names, "category": "cat"}), identity=["filename"])
    picture = Image.new("RGB", (1, 1))
    arrays = pd.DataFrame({"image": [picture] * 3000})
    images = Images(arrays, "image")
    images.names[:] = names
    plan = to_folders(log, images, tmp_path / "out", readable=lambda row: True)
    assert plan["target"].nunique() == 3000


def test_pictures_that_pillow_has_not_read_yet_are_files_too(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    pictures = [Image.open("a/1.png"), Image.open(photos / "b" / "1.png")]
    df = pd.DataFrame({"image": pictures, "category": ["cat", "dog"]})
    done = to_folders(EditLog(df), Images(df, "image"), tmp_path / "out", dry_run=False)
    assert done["target"].tolist() == ["cat/1.png", "dog/1.png"]
    assert done["outcome"].tolist() == ["copied", "copied"]
