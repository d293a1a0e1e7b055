"""Where notebooks are looked at besides one's own machine: a hub over plain http, and a page that was exported."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import nbclient
import nbformat
import pytest
from playwright.sync_api import Page, expect

from tools.lab import JupyterLab, launch_browser
from tools.waiting import MILLISECONDS, SECONDS

from .conftest import VIEWPORT, write_notebook
from .user import User

HUB = "hub.example"
SHOW = """
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
tiles = np.random.default_rng(0).integers(0, 255, (60, 4, 4, 3), dtype=np.uint8).repeat(12, 1).repeat(12, 2)
df = pd.DataFrame({"filename": [f"image {k}" for k in range(60)], "category": ["cat", "dog"] * 30})
plot = PixPlot(df, image=list(tiles), layout="sorted", cache=False).wait()
plot
"""


@pytest.fixture
def hub_page(playwright) -> Iterator[Page]:
    """A page of a browser to which the hub's name means this machine."""
    browser = launch_browser(playwright, f"--host-resolver-rules=MAP {HUB} 127.0.0.1")
    page = browser.new_page(viewport=VIEWPORT)
    page.set_default_timeout(MILLISECONDS)
    yield page
    browser.close()


def test_edits_arrive_over_plain_http(hub_page, tmp_path):
    """Such a page is no secure context: browsers leave out `crypto.randomUUID`, the clipboard and more."""
    errors: list[str] = []
    hub_page.on("pageerror", lambda error: errors.append(str(error)))
    write_notebook(tmp_path / "show.ipynb", [SHOW])
    with JupyterLab(tmp_path, host=HUB) as lab:
        notebook = lab.open(hub_page, "show.ipynb")
        assert hub_page.evaluate("[location.protocol, location.hostname]") == ["http:", HUB]
        assert hub_page.evaluate("window.isSecureContext") is False
        notebook.run_all()
        user = User(notebook)
        user.see_sprites()
        name = user.search("image 3")
        assert (name, user.label()) == ("image 3", "dog")
        user.choose("cat")
        label = f"plot.df.set_index('filename').loc[{name!r}, 'category']"
        assert user.wait_for(lambda: notebook.value(label) == "cat")
        notebook.close()
    assert errors == []


def test_an_exported_notebook_shows_the_still_picture_without_network(browser, tmp_path):
    """As JupyterLab saves it unless told otherwise: with outputs, without the state of widgets."""
    path = tmp_path / "show.ipynb"
    write_notebook(path, [SHOW])
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=SECONDS, store_widget_state=False).execute()
    nbformat.write(notebook, path)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(path)], check=True, capture_output=True, timeout=SECONDS
    )
    context = browser.new_context(viewport=VIEWPORT, offline=True)
    context.route(re.compile("^(https?|wss?):"), lambda route: route.abort())
    page = context.new_page()
    page.goto(path.with_suffix(".html").as_uri(), wait_until="commit", timeout=MILLISECONDS)
    still = page.locator('img[src^="data:image/jpeg"]')
    still.wait_for(timeout=MILLISECONDS)
    still.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 200", arg=still.element_handle())
    on_top = """image => {
        const { left, top, width, height } = image.getBoundingClientRect()
        const at = [[0.5, 0.5], [0.02, 0.02], [0.98, 0.02], [0.02, 0.98], [0.98, 0.98]]
        return at.map(([x, y]) => document.elementFromPoint(left + x * width, top + y * height) === image)
    }"""
    assert still.evaluate(on_top) == [True] * 5
    context.close()


def test_a_notebook_that_was_saved_with_the_state_of_widgets_shows_the_still_picture(lab, page):
    """As `jupyter nbconvert --execute` saves it: who shows such a notebook takes the widget, not the picture beside."""
    path = lab.root / "saved.ipynb"
    write_notebook(path, [SHOW])
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=SECONDS).execute()
    nbformat.write(notebook, path)
    opened = lab.open(page, path.name)
    # What is not trusted shows the picture beside the widget in any case.
    page.evaluate("""() => {
        for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) cell.trusted = true
    }""")
    widget = opened.widget()
    still = widget.get_by_role("img", name="All images, as they were")
    still.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 200", arg=still.element_handle())
    expect(widget.get_by_role("status")).to_contain_text("no kernel is connected. Run the cell")
    opened.close()
