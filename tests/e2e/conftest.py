"""A JupyterLab, a browser, and notebooks open in it. A missing browser is a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tools.lab import JupyterLab, Notebook, launch_browser
from tools.waiting import MILLISECONDS

ROOT = Path(__file__).parents[2]
VIEWPORT = {"width": 1400, "height": 1000}
LOCAL = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:")
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[JupyterLab]:
    with JupyterLab(tmp_path_factory.mktemp("notebooks")) as server:
        yield server


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright) -> Iterator[Browser]:
    started = launch_browser(playwright)
    yield started
    started.close()


@pytest.fixture
def page(browser, request) -> Iterator[Page]:
    """A fresh page. What it logs as an error, and what it asks of other servers, fails the test."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "pixplot" in message.text.lower() else None)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    if request.node.stash.get(FAILED, False):
        picture = request.config.cache.mkdir("pages") / f"{request.node.name}.png"
        page.screenshot(path=str(picture))
        print(f"the page as it was: {picture}")
    context.close()
    assert not errors
    assert [url for url in asked if not LOCAL.match(url)] == []


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def write_notebook(path: Path, cells: list[str]) -> None:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells], metadata={"kernelspec": KERNEL}
    )
    nbformat.write(made, path)


_numbers = count(1)


@pytest.fixture
def open_notebook(lab, page) -> Iterator[Callable[..., Notebook]]:
    """Write the cells into a notebook (or copy one), open it, and shut its kernel down at the end."""
    opened: list[Notebook] = []

    def open_(cells: list[str] | Path) -> Notebook:
        path = lab.root / f"notebook-{next(_numbers)}.ipynb"
        if isinstance(cells, Path):
            path.write_bytes(cells.read_bytes())
        else:
            write_notebook(path, cells)
        opened.append(lab.open(page, path.name))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
