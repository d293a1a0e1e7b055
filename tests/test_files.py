"""Files are written aside: whole under their name, or not there at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pixplot_widget.files import put_in_place, written_aside


def test_what_was_there_stays_until_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with written_aside(path, "w") as file:
        file.write("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError()])
def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")

    def write() -> None:
        with written_aside(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


def test_a_killed_process_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    code = (
        "import os, sys\nfrom pixplot_widget.files import written_aside\n"
        "with written_aside(sys.argv[1]) as file:\n    file.write(b'half')\n    file.flush()\n    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir() if not each.name.endswith(".part")] == ["a.bin"]


def test_a_name_that_is_taken_is_refused_where_nothing_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    with pytest.raises(FileExistsError), written_aside(path, replace=False) as file:
        file.write(b"after")
    assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_hard_links_a_name_that_is_taken_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        put_in_place(tmp_path / "a", tmp_path / "b")
    put_in_place(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == b"new"
    assert (tmp_path / "b").read_bytes() == b"old"


def test_the_longest_name_that_a_disk_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with written_aside(path) as file:
        file.write(b"1")
    assert path.read_bytes() == b"1"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"), written_aside(tmp_path / "none" / "a.csv"):
        pass


@pytest.mark.skipif(os.name != "posix", reason="rights and links of POSIX")
def test_rights_are_kept_and_links_are_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link"
    path.write_text("before")
    path.chmod(0o640)
    link.symlink_to(path)
    with written_aside(link, "w") as file:
        file.write("after")
    assert link.is_symlink()
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="a device of POSIX")
def test_a_device_is_written_directly() -> None:
    with written_aside(os.devnull, "w") as file:
        file.write("gone")
    assert not Path(os.devnull).is_file()
