"""Legend, filters, search and colors as a person uses them, wide and narrow, and what a screen reader would find."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import ROOT
from .test_editing import kernel_has
from .user import User

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"

RULES = "{resultTypes: ['violations'], rules: {'landmark-complementary-is-top-level': {enabled: false}}}"

TILES = """
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
rng = np.random.default_rng(0)
n = 120
df = pd.DataFrame({
    "category": ["cat", "dog", "fox"] * 40,
    "tags": ["red|small", "red", "blue|small", None] * 30,
    "score": np.linspace(0, 1, n),
    "taken": pd.date_range("2020-01-01", periods=n, freq="D"),
    "note": [f"note {k}" for k in range(n)],
})
tiles = [rng.integers(0, 255, (4, 4, 3), dtype=np.uint8).repeat(12, 0).repeat(12, 1) for _ in range(n)]
plot = PixPlot(df, rng.normal(size=(n, 6)), image=tiles, layout="sorted", cache=False).wait()
"""


@pytest.fixture
def user(open_notebook) -> User:
    notebook = open_notebook([TILES, "plot", "1 + 1"])
    notebook.run_all()
    made = User(notebook)
    made.see_sprites(colors=300)
    return made


def button(user: User, name: str):
    return user.widget.get_by_role("button", name=name, exact=True)


def widen(user: User, width: int | None) -> None:
    """Make the cell as narrow as this, in px."""
    style = "" if width is None else f"{width}px"
    user.widget.evaluate("(root, width) => { root.parentElement.style.width = width }", style)
    user.canvas.scroll_into_view_if_needed()


def violations(user: User) -> list[str]:
    """What axe finds wrong in the widget. That its inspector is a landmark inside a landmark is meant."""
    if not user.page.evaluate("() => 'axe' in window"):
        user.page.add_script_tag(path=str(AXE))
    found = user.widget.evaluate("(root) => axe.run(root, RULES)".replace("RULES", RULES))
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def theme(user: User, name: str) -> None:
    user.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
    shade = name.split()[-1].lower()
    assert user.wait_for(lambda: user.widget.get_attribute("data-theme") == shade)


def test_filters_by_every_kind_of_column_are_seen_in_python(user):
    button(user, "Filters").click()
    panel = user.widget.get_by_role("region", name="Filters")
    panel.get_by_role("checkbox", name="cat").check()
    user.sees_status("40 of 120 images")
    kernel_has(user, "plot.filter", [{"column": "category", "any": ["cat"]}])

    panel.get_by_role("checkbox", name="red").check()
    panel.get_by_role("checkbox", name="small").check()
    user.sees_status("30 of 120")
    panel.get_by_role("radiogroup", name="Images with").get_by_role("radio", name="All").check()
    user.sees_status("10 of 120")
    kernel_has(user, "plot.filter[1]", {"column": "tags", "all": ["red", "small"]})

    button(user, "score").click()
    handle = panel.get_by_role("slider", name="Lowest score")
    handle.focus()
    for _ in range(5):
        user.page.keyboard.press("PageUp")  # a tenth of the way each
    user.sees_status("5 of 120")
    assert user.wait_for(lambda: user.notebook.value("len(plot.filtered)") == 5)
    assert user.notebook.value("float(plot.filtered.score.min())") >= 0.5

    # What passes can be selected, and keys are meant for it then; each condition is a chip that takes it away.
    user.notebook.value("plot.fly_to(0, open=True)")
    expect(user.inspector).to_be_visible()
    user.widget.get_by_role("button", name="Select 5").click()
    expect(user.inspector).to_be_hidden()
    kernel_has(user, "sorted(plot.selection.tolist()) == sorted(plot.filtered.index.tolist())", True)
    chips = user.widget.get_by_role("toolbar", name="Active filters")
    chips.get_by_role("button", name="Remove filter tags").click()
    chips.get_by_role("button", name="Remove filter score").click()
    user.sees_status("40 of 120")
    chips.get_by_role("button", name="Clear filters").click()
    expect(chips).to_be_hidden()
    kernel_has(user, "plot.filter", None)

    # The other way round: Python filters, the screen shows it.
    user.notebook.value("setattr(plot, 'filter', 'score > 0.95') or 1")
    user.sees_status("6 of 120")
    expect(chips).to_contain_text("score > 0.95")
    panel.get_by_role("radiogroup", name="Flagged").get_by_role("radio", name="No").check()
    kernel_has(user, "plot.filter", [{"query": "score > 0.95"}, {"is": "not flagged"}])
    button(user, "note").click()
    panel.get_by_role("searchbox", name="note contains").fill("NOTE 118")
    user.sees_status("1 of 120")


def test_the_legend_isolates_renames_and_follows_the_colors(user):
    entry = user.legend.get_by_role("button", name="dog 40")
    entry.click()
    user.sees_status("40 of 120")
    user.legend.get_by_role("button", name="fox 40").click(modifiers=["Shift"])
    user.sees_status("80 of 120")
    kernel_has(user, "plot.filter", [{"column": "category", "any": ["dog", "fox"]}])
    user.widget.get_by_role("button", name="Show all").click()
    user.sees_status("120 images")

    # Pointing at an entry lights its images up; the frames are of another color then.
    user.page.mouse.move(5, 5)
    dark = user.look()
    entry.hover()
    assert user.wait_for(lambda: (user.look()[:, 250:] != dark[:, 250:]).any(axis=2).mean() > 0.01)

    entry.click(button="right")
    name = user.widget.get_by_role("textbox", name="New name for dog")
    name.fill("wolf")
    name.press("Enter")
    kernel_has(user, "df.category.value_counts().to_dict()", {"cat": 40, "wolf": 40, "fox": 40})
    expect(user.legend).not_to_contain_text("dog")
    button(user, "Undo").click()
    kernel_has(user, "df.category.value_counts().to_dict()", {"cat": 40, "dog": 40, "fox": 40})

    # Colors may be others, or none.
    color = user.widget.get_by_role("combobox", name="Color by")
    color.select_option(label="score")
    expect(user.widget.get_by_role("slider", name="Highest score")).to_be_visible()
    color.select_option(label="None")
    kernel_has(user, "plot.color_by", None)
    color.select_option(label="category")
    swatches = "(list) => [...list.querySelectorAll('.pp-swatch')].map((el) => getComputedStyle(el).backgroundColor)"
    before = user.legend.evaluate(swatches)
    button(user, "View options").click()
    user.widget.get_by_role("checkbox", name="Colors for color-blind eyes").check()
    kernel_has(user, "plot.palette", "colorblind")
    assert user.wait_for(lambda: user.legend.evaluate(swatches) != before)
    button(user, "View options").click()

    # The kernel knows where one looks, and can bring one back there.
    user.page.mouse.move(5, 5)
    assert user.wait_for(lambda: user.notebook.value("plot.state()['camera']") is not None)
    state, seen = user.notebook.value("plot.state()"), user.look()
    box = user.canvas.bounding_box()
    user.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    user.page.mouse.wheel(0, -500)
    user.page.mouse.move(5, 5)
    nearer = f"plot.state()['camera']['width'] < 0.9 * {state['camera']['width']}"
    assert user.wait_for(lambda: user.notebook.value(nearer))
    assert np.abs(user.look().astype(int) - seen).mean() > 3
    user.notebook.value(f"plot.restore({state!r}) or 1")
    assert user.wait_for(lambda: np.abs(user.look().astype(int) - seen).mean() < 1)


class Fingers:
    """Touches a page, as on a screen without a mouse."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)

    def _touch(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        self._devtools.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})

    def tap(self, what: Locator) -> None:
        """Touch the middle of an element and let go."""
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        self._touch("Start", (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        self._touch("End")

    def spread(self, what: Locator) -> None:
        """Put two fingers in the middle of an element and move them apart."""
        box = what.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self._touch("Start", (x - 20, y), (x + 20, y))
        for far in range(25, 81, 5):
            self._touch("Move", (x - far, y), (x + far, y))
        self._touch("End")

    def draw(self, what: Locator, *points: tuple[float, float]) -> None:
        """Draw a line with one finger, through points as shares of half an element's width and height."""
        box = what.bounding_box()
        middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
        places = middle + np.array(points) * [box["width"] / 2, box["height"] / 2]
        self._touch("Start", tuple(places[0].tolist()))
        for before, after in itertools.pairwise(places):
            for share in (0.25, 0.5, 0.75, 1):
                self._touch("Move", tuple((before + share * (after - before)).tolist()))
        self._touch("End")


def look_through(user: User, press) -> list[str]:
    """Open all there is by `press`; return what axe finds wrong on the way, and what is too small for a finger."""
    found = []
    spots = user.widget.get_by_role("list", name="Hotspots")
    user.notebook.value("setattr(plot, 'hotspots', {'first': [0, 1, 2]}) or 1")
    for panel in ("Filters", "Hotspots", "Legend"):
        if button(user, panel).get_attribute("aria-expanded") == "false":
            press(button(user, panel))
        if panel == "Hotspots":
            press(spots.get_by_role("button", name="Change").first)
            expect(user.widget.get_by_role("button", name="Delete")).to_be_visible()
        found += violations(user) + user.widget.evaluate(TOO_SMALL)
    user.search("12")
    user.notebook.value("plot.select([1, 2]) or setattr(plot, 'filter', 'score > 0.1') or 1")
    expect(user.widget.get_by_role("toolbar", name="Selection")).to_be_visible()
    expect(user.widget.get_by_role("toolbar", name="Active filters")).to_be_visible()
    found += violations(user) + user.widget.evaluate(TOO_SMALL)
    press(user.inspector.get_by_role("button", name="Close"))
    for name in ("View options", "Shortcuts"):
        press(button(user, name))
        found += violations(user) + user.widget.evaluate(TOO_SMALL)
        press(button(user, name))
    more = user.legend.get_by_role("listitem").filter(has_text="cat").get_by_role("button", name="More")
    press(more)
    found += violations(user) + user.widget.evaluate(TOO_SMALL)
    press(more)
    user.notebook.value("plot.select([]) or setattr(plot, 'filter', None) or 1")
    expect(user.widget.get_by_role("toolbar", name="Active filters")).to_be_hidden()
    return sorted(set(found))


SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"

TOO_SMALL = """
(root) => {
    const large = ({ width, height }) => width >= 24 && height >= 24
    return [...root.querySelectorAll('button, input, select, a')]
        .filter((el) => el.checkVisibility() && !el.disabled)
        .filter((el) => ![el, el.closest('label') ?? el].some((each) => large(each.getBoundingClientRect())))
        .map((el) => `too small: ${el.getAttribute('aria-label') ?? el.textContent}`)
}
"""

OUTSIDE = """
(root) => {
    const { left, right } = root.getBoundingClientRect()
    return [...root.querySelectorAll('button, input, select, a')]
        .filter((el) => el.checkVisibility())
        .map((el) => [el.getAttribute('aria-label') ?? el.textContent, el.getBoundingClientRect()])
        .filter(([, box]) => box.left < left - 1 || box.right > right + 1)
        .map(([name]) => name)
}
"""


def test_everything_has_a_name_and_enough_contrast_wide_and_narrow(user):
    found = {}
    fingers = Fingers(user.page)
    try:
        for width, shade, press in (
            (None, "JupyterLab Dark", lambda it: it.click()),
            (400, "JupyterLab Light", fingers.tap),
        ):
            widen(user, width)
            theme(user, shade)
            found[width, shade] = look_through(user, press), user.widget.evaluate(OUTSIDE)
        # Two fingers that go apart zoom in.
        before = user.notebook.value("plot.state()['camera']['width']")
        fingers.spread(user.canvas)
        nearer = f"plot.state()['camera']['width'] < {before} / 1.5"
        assert user.wait_for(lambda: user.notebook.value(nearer))
        # One moves the picture along, or draws with the tool for that, and the notebook does not scroll away.
        before = user.notebook.value("plot.state()['camera']")
        scrolled = user.page.evaluate(SCROLLED)
        fingers.draw(user.canvas, (0, 0), (0.3, 0.3))
        moved = f"[plot.state()['camera'][key] - value for key, value in {before}.items() if key in ('x', 'y')]"
        assert user.wait_for(lambda: np.sign(user.notebook.value(moved)).tolist() == [-1, 1])
        fingers.tap(button(user, "Fit"))
        fingers.tap(button(user, "Lasso"))
        fingers.draw(user.canvas, (0, 0), (-0.9, 0.9), (0.9, 0.9), (0.9, -0.9))
        assert user.wait_for(lambda: user.notebook.value("len(plot.selection)") > 0)
        assert user.page.evaluate(SCROLLED) == scrolled
        user.notebook.value("plot.select([]) or 1")
        fingers.tap(button(user, "Pan"))
    finally:
        theme(user, "JupyterLab Light")
    assert found == dict.fromkeys(found, ([], []))


def test_without_a_pointer(user):
    """What one who has a keyboard only can do: all of it."""
    page = user.page
    user.notebook.value("df.__setitem__('doubt', df.score) or setattr(plot, 'filter', 'doubt > 0.9') or 1")
    user.sees_status("12 of 120")
    user.widget.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    row = int(user.opened().removeprefix("image "))
    assert row > 107
    page.keyboard.press("3")
    kernel_has(user, f"df.category[{row}]", "fox")
    page.keyboard.press("ArrowRight")
    assert user.wait_for(lambda: user.opened() != f"image {row}")
    for _ in range(2):  # what was suggested, and the inspector
        page.keyboard.press("Escape")
    expect(user.inspector).to_be_hidden()
    # The column that has come since is where the others are.
    colors = user.widget.get_by_role("combobox", name="Color by")
    colors.select_option(label="doubt")
    expect(user.widget.get_by_role("slider", name="Highest doubt")).to_be_visible()


def test_small_comforts(user):
    """What one does in the first ten minutes, and what would annoy."""
    page = user.page

    # What is open over the picture goes when one goes on with the picture.
    slider = user.widget.get_by_role("slider", name="Sprite size")
    button(user, "View options").click()
    expect(slider).to_be_visible()
    box = user.canvas.bounding_box()
    user.canvas.click(position={"x": box["width"] * 0.6, "y": box["height"] - 6})
    expect(slider).to_be_hidden()

    # Full screen is all of the page, with everything in it.
    button(user, "Full screen").click()
    frame, whole = user.widget.locator(".pp-frame"), page.viewport_size
    assert user.wait_for(lambda: (at := frame.bounding_box())["x"] == 0 and at["width"] == whole["width"])
    assert frame.bounding_box()["height"] == whole["height"]
    expect(user.status).to_be_in_viewport()
    page.keyboard.press("Escape")
    assert user.wait_for(lambda: frame.bounding_box()["width"] < whole["width"])

    # What a flight has brought under the pointer is what is pointed at, and not the image that was there.
    x, y = user.point_at_a_sprite()
    user.canvas.click(position={"x": x, "y": y})
    began = user.opened()
    page.keyboard.press("ArrowRight")
    assert user.wait_for(lambda: user.opened() != began)
    box = user.canvas.bounding_box()
    across, down = x / box["width"] - 0.5, (y - box["height"] / 2) / box["width"]
    away = f"np.hypot(*(plot.layouts['sorted'].xy - [c['x'] + {across} * c['width'], c['y'] - {down} * c['width']]).T)"
    right = "(a[plot.hovered] < a.min() + cell / 4) if plot.hovered >= 0 else (a.min() > cell / 4)"
    pointed = (
        f"(lambda a, cell: bool({right}))((lambda c: {away})(plot.state()['camera']), plot.layouts['sorted'].cell)"
    )
    assert user.wait_for(lambda: user.notebook.value(pointed)), "another image is said to be under the pointer"

    # In the large picture one sees what keys do.
    user.inspector.get_by_role("button", name="Show full size").click()
    picture = user.widget.get_by_role("dialog", name="Full picture")
    page.keyboard.press("3")
    expect(picture).to_contain_text("fox")
    first = user.opened()
    picture.get_by_role("button", name="Next").click()
    assert user.wait_for(lambda: user.opened() != first)
    page.keyboard.press("Escape")
    expect(picture).to_be_hidden()

    # Its like, side by side; Escape goes back, and again lets go of them.
    row = int(user.opened().removeprefix("image "))
    user.inspector.get_by_role("button", name="Similar").click()
    bar = user.widget.get_by_role("toolbar", name="Selection")
    expect(bar).to_contain_text("24 selected")
    nearest = user.notebook.value(f"plot.similar({row}, 23).index.tolist()")
    assert set(user.notebook.value("plot.selection.tolist()")) == {row, *nearest}
    expect(bar.get_by_role("button", name="Back to layout")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar.get_by_role("button", name="Show as grid")).to_be_visible()

    # What is made of them is named at once.
    bar.get_by_role("button", name="Make hotspot").click()
    name = user.widget.get_by_role("textbox", name="Name of the hotspot")
    expect(name).to_be_focused()
    page.keyboard.type("its like")
    page.keyboard.press("Enter")
    kernel_has(user, "plot.hotspots.name[0]", "its like")
    spots = user.widget.get_by_role("list", name="Hotspots")
    expect(spots.get_by_role("button", name="its like:")).to_be_focused()  # until then the box has the keys
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()

    # Names of boxes come when the images are there.
    captions = user.widget.locator(".pp-captions")
    user.widget.get_by_role("combobox", name="Layout").select_option("category")
    expect(captions.get_by_text("dog")).to_be_attached()
    expect(captions).to_have_attribute("data-easing", "false")
    expect(captions).to_have_css("opacity", "1")
