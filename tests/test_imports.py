"""Imports go one way, and none of them is heavy."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tools.waiting import SECONDS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pixplot_widget"
JS = ROOT / "js" / "src"

# Rooms from the ground up: what a room imports, itself or through others, stands before it or beside it. Modules that
# are named nowhere are furniture of the room that uses them, and bound by the same rule through it.
PYTHON_ORDER = [
    {"errors", "files", "private", "packing", "tags", "values", "tables", "colors", "threads", "pool", "cache"}
    | {"headings"},
    {"rows", "images", "neighbors"},
    {"labels", "thumbnails", "layouts", "detection", "datasets"},
    {"edits", "suspects", "facets", "training", "preparation"},
    {"hotspots", "export"},
    {"workspace"},
    {"protocol"},
    {"comm"},
    {"widget"},
    {"linking"},
]
JS_ORDER = [{"protocol", "geometry"}, {"store", "render"}, {"transport", "input", "ui"}, {"entry"}]
JS_STRANGERS = [("store", "render"), ("render", "store"), ("render", "protocol"), ("geometry", "protocol")]
MOST_IN_A_FOLDER = 15
MOST_LINES = 400
LONG: dict[str, int] = {}
HEAVY = {
    "torch",
    "torchvision",
    "pytorch_accelerated",
    "umap",
    "numba",
    "pynndescent",
    "sklearn",
    "scipy",
    "matplotlib",
}


def python_room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@cache
def python_imports() -> dict[str, set[str]]:
    """Return which room imports which others, also inside functions; imports for annotations do not count."""
    edges: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = parts[:-1]
        room = python_room(".".join(parts))
        for node in running_nodes(ast.parse(path.read_text("utf-8"))):
            for module in imported_modules(node, package):
                if module.split(".")[0] == PACKAGE.name and python_room(module) != room:
                    edges.setdefault(room, set()).add(python_room(module))
    edges.pop("__init__", None)  # it loads lazily whatever is asked for
    return edges


@cache
def outside_imports() -> dict[str, set[str]]:
    """Return which room imports which other packages."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        for node in running_nodes(ast.parse(path.read_text("utf-8"))):
            found.setdefault(python_room(".".join(parts)), set()).update(
                module.split(".")[0] for module in imported_modules(node, parts[:-1])
            )
    return found


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from running_nodes(node)


def imported_modules(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        start = ".".join([*base, *filter(None, [node.module])])
        for alias in node.names:
            is_module = (ROOT / Path(*start.split("."), alias.name)).with_suffix(".py").exists()
            yield f"{start}.{alias.name}" if is_module or start == PACKAGE.name else start


@cache
def js_imports() -> dict[str, set[str]]:
    """Return which room of the front end imports which others; `import type` vanishes and does not count."""
    edges: dict[str, set[str]] = {}
    statement = re.compile(r"""^\s*(?:import|export)\s+(?!type\b)[^"';]*?from\s+["']([^"']+)["']""", re.MULTILINE)
    for path in [*JS.rglob("*.ts"), *JS.rglob("*.tsx")]:
        room = path.relative_to(JS).with_suffix("").parts[0]
        for target in statement.findall(path.read_text("utf-8")):
            if target.startswith("."):
                other = (path.parent / target).resolve().relative_to(JS).parts[0].split(".")[0]
                if other != room:
                    edges.setdefault(room, set()).add(other)
    return edges


def reached(edges: dict[str, set[str]], room: str) -> set[str]:
    seen: set[str] = set()
    waiting = [room]
    while waiting:
        for other in edges.get(waiting.pop(), set()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen


@pytest.mark.parametrize(("edges", "order"), [(python_imports, PYTHON_ORDER), (js_imports, JS_ORDER)])
def test_rooms_stand_on_those_before_them(edges, order):
    assert edges(), "no import was found: is this test looking in the right place?"
    wrong = [
        f"{room} reaches {later}"
        for k, rooms in enumerate(order)
        for room in rooms
        for later in set().union(*order[k + 1 :]) & reached(edges(), room)
    ]
    assert not wrong


@cache
def js_files() -> dict[str, set[str]]:
    """Return which file of the front end imports which others, types too."""
    statement = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")
    edges: dict[str, set[str]] = {}
    for path in [*JS.rglob("*.ts"), *JS.rglob("*.tsx")]:
        for target in statement.findall(path.read_text("utf-8")):
            found = (path.parent / target).resolve()
            for there in (
                found.with_name(f"{found.name}.ts"),
                found.with_name(f"{found.name}.tsx"),
                found / "index.ts",
            ):
                if there.exists():
                    edges.setdefault(path.relative_to(JS).as_posix(), set()).add(there.relative_to(JS).as_posix())
    return edges


def test_no_file_of_the_front_end_reaches_itself():
    assert [file for file in js_files() if file in reached(js_files(), file)] == []


def test_no_folder_of_components_is_crowded():
    folders = [JS / "ui", *(folder for folder in (JS / "ui").rglob("*") if folder.is_dir())]
    crowds = {folder.name: len([*folder.glob("*.ts"), *folder.glob("*.tsx")]) for folder in folders}
    assert {name: count for name, count in crowds.items() if count > MOST_IN_A_FOLDER} == {}


def code_lines(path: Path) -> int:
    """Count the lines that are neither empty nor of a docstring."""
    text = path.read_text("utf-8")
    prose: set[int] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            described = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            if described and ast.get_docstring(node) is not None:
                prose |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return sum(1 for k, line in enumerate(text.splitlines(), 1) if line.strip() and k not in prose)


def test_no_file_is_long():
    files = [*PACKAGE.rglob("*.py"), *JS.rglob("*.ts"), *JS.rglob("*.tsx")]
    sizes = {path.relative_to(ROOT).as_posix(): code_lines(path) for path in files}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == LONG


def test_packages_only_name_what_they_hold():
    """Code is found by the name of its file; what is imported first is the package."""
    allowed = (ast.Import, ast.ImportFrom)
    wrong = []
    for path in PACKAGE.rglob("__init__.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_list = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            if path.parent != PACKAGE and not (
                isinstance(node, allowed) or is_docstring or is_list
            ):  # the root is lazy
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("edges", [python_imports, js_imports])
def test_no_room_reaches_itself(edges):
    assert [room for room in edges() if room in reached(edges(), room)] == []


def test_a_workspace_needs_no_widget():
    rooms = {"workspace", *reached(python_imports(), "workspace")}
    assert rooms & {"comm", "protocol", "widget", "linking"} == set()
    assert {"edits", "hotspots", "preparation"} <= rooms
    toolkits = {
        (room, module)
        for room, modules in outside_imports().items()
        for module in modules & {"anywidget", "ipywidgets", "traitlets", "ipykernel", "IPython"}
        if room in rooms
    }
    assert toolkits == set()


def test_only_one_room_knows_the_wire():
    assert [room for room, others in python_imports().items() if "protocol" in others] == ["comm"]


@pytest.mark.parametrize(("room", "stranger"), JS_STRANGERS)
def test_rooms_that_do_not_know_each_other(room, stranger):
    assert stranger not in reached(js_imports(), room)


class TestCost:
    """Taken in fresh processes, as processor time beside that of what must be imported anyway."""

    @staticmethod
    def fresh(first: str, timed: str) -> tuple[float, float, set[str]]:
        code = (
            f"import json, sys, time\nbegun = time.process_time()\n{first}\nstart = time.process_time()\n{timed}\n"
            "took = [start - begun, time.process_time() - start]\n"
            "print(json.dumps([*took, [name.split('.')[0] for name in sys.modules]]))"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS)
        before, seconds, modules = json.loads(run.stdout.splitlines()[-1])
        return before, seconds, set(modules)

    @pytest.mark.parametrize(
        "timed",
        ["import pixplot_widget", "from pixplot_widget import PixPlot", "from pixplot_widget import datasets, project"],
    )
    def test_nothing_heavy_is_loaded(self, timed):
        assert self.fresh("", timed)[2] & HEAVY == set()

    def test_no_more_than_anywidget_and_pandas(self):
        costs = [self.fresh("import anywidget, pandas", "from pixplot_widget import PixPlot")[:2] for _ in range(5)]
        before, own = map(min, zip(*costs, strict=True))
        assert own <= before, costs  # about half of it
