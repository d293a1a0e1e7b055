"""One limit for all that tests wait for: a busy machine is no fault of the package."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import waiting
from tools.waiting import wait_until

TESTS = Path(__file__).parent
WAITS = {"wait", "join", "wait_for"}
IN_TEXT = re.compile(r"\w\.(wait|join)\([1-9]")
"""Code that a notebook or another process is given."""


def limits(source: str) -> Iterator[int]:
    """Give the lines in which a wait has a limit of its own; less than a second is meant to run out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_TEXT.search(node.value):
            yield node.lineno
        if not isinstance(node, ast.Call):
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "timeout"]
        if isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
            given += node.args[-1:]
        if any(isinstance(v, ast.Constant) and isinstance(v.value, int | float) and v.value >= 1 for v in given):
            yield node.lineno


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("plot.wait(20)", True),
        ("thread.join(5)", True),
        ("condition.wait_for(ready, 5.0)", True),
        ("run(command, timeout=60)", True),
        ("expect(button).to_be_visible(timeout=5_000)", True),
        ("notebook.value('plot.wait(60).progress')", True),
        ("notebook.value(f'plot.wait({SECONDS}).progress')", False),
        ("plot.wait(0.05)", False),
        ("plot.wait(SECONDS)", False),
        ("run(command, timeout=3 * SECONDS)", False),
        ("plot.wait()", False),
        ("', '.join(words)", False),
    ],
)
def test_limits_are_seen(source, found):
    assert bool(list(limits(source))) is found


def test_no_test_has_a_limit_of_its_own():
    files = [*({*TESTS.glob("*.py")} - {Path(__file__)}), *(TESTS / "e2e").glob("test_*.py")]
    found = {str(path.relative_to(TESTS)): list(limits(path.read_text("utf-8"))) for path in sorted(files)}
    assert {path: lines for path, lines in found.items() if lines} == {}, "use tools.waiting.SECONDS"


def test_the_first_true_value_is_given_at_once():
    numbers = itertools.count()
    assert wait_until(lambda: next(numbers) == 3 and "there", pause=lambda: None) == "there"
    assert next(numbers) == 4


def test_what_does_not_come_is_named(monkeypatch):
    monkeypatch.setattr(waiting, "SECONDS", 0)
    with pytest.raises(AssertionError, match="not within 0 s: the picture"):
        wait_until(lambda: False, "the picture")
    with pytest.raises(AssertionError, match=r"\[1, 2\]"):
        wait_until(lambda: [], lambda: [1, 2])
