"""What the project allows to be installed, and what it runs on GitHub: oldest releases, Pythons, pinned actions."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools import oldest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github").rglob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} +# v\d+\.\d+\.\d+")

# Where releases before these have known holes: the one that mended them, and its advisories.
MENDED = {
    "pillow": ("13.0.0", "CVE-2026-96639"),
    "scikit-learn": ("1.5.0", "CVE-2024-5206"),
    "tqdm": ("4.66.3", "CVE-2024-34062"),
    "torch": ("2.13.0", "CVE-2025-32434, CVE-2026-24747, CVE-2026-4538, CVE-2025-3000"),
    "accelerate": ("1.15.0", "CVE-2026-69112"),
}


def actions() -> list[str]:
    """Every action that a workflow uses, with the comment behind it."""
    texts = (path.read_text("utf-8") for path in WORKFLOWS)
    return [found.strip() for text in texts for found in re.findall(r"^\s*(?:- )?uses:(.*)$", text, re.MULTILINE)]


class TestBounds:
    def test_the_constraints_are_the_bounds(self):
        written = (ROOT / "tests" / "constraints-oldest.txt").read_text("utf-8")
        assert written == oldest.constraints(), "python -m tools.oldest > tests/constraints-oldest.txt"

    @pytest.mark.parametrize("requirement", ["numpy", "numpy<3", "numpy==2.0", "numpy>1"])
    def test_a_requirement_without_a_lower_bound_is_refused(self, requirement, tmp_path, monkeypatch):
        project = tmp_path / "pyproject.toml"
        project.write_text(f"[project]\ndependencies = ['{requirement}']\noptional-dependencies = {{}}\n")
        monkeypatch.setattr(oldest, "PROJECT", project)
        with pytest.raises(ValueError, match="no lower bound"):
            oldest.bounds()

    @pytest.mark.parametrize("name", MENDED)
    def test_no_bound_allows_a_known_hole(self, name):
        release, holes = MENDED[name]
        assert Version(oldest.bounds()[name]) >= Version(release), holes

    def test_what_runs_here_is_allowed(self):
        needed = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
        assert [str(one) for one in needed if metadata.version(one.name) not in one.specifier] == []


class TestPythons:
    """The Pythons that are declared are those that the tools and the jobs know."""

    supported = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    first, last = supported[0], supported[-1]

    def test_they_go_on_without_a_gap(self):
        minors = [int(version.removeprefix("3.")) for version in self.supported]
        assert minors == list(range(minors[0], minors[-1] + 1))

    def test_the_first_is_required(self):
        assert PROJECT["project"]["requires-python"] == f">={self.first}"
        assert PROJECT["tool"]["ruff"]["target-version"] == f"py{self.first.replace('.', '')}"
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert set(re.findall(r"\(3, (\d+)\)|Python 3\.(\d+) or newer", makefile)) == {
            (self.first[2:], ""),
            ("", self.first[2:]),
        }

    def test_readers_are_told_all(self):
        assert f"Python {self.first} to {self.last}" in (ROOT / "README.md").read_text("utf-8")

    def test_jobs_run_the_first_and_the_last(self):
        jobs = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
        assert {self.first, self.last} <= set(re.findall(r'python: "(3\.\d+)"', jobs))
        assert f'python: "{self.first}", make: "OLDEST=1"' in jobs


class TestActions:
    def test_each_is_pinned_to_a_commit(self):
        assert actions()
        assert [action for action in actions() if not PINNED.fullmatch(action)] == []

    def test_one_version_of_each(self):
        names = {action.split("@")[0] for action in actions()}
        assert len(set(actions())) == len(names)
