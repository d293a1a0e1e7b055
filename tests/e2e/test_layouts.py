"""Layouts and hotspots as a person arranges them, in a wide and in a narrow cell."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tools.waiting import SECONDS

from .user import User

IMAGES = """
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
rng = np.random.default_rng(0)
which = np.repeat([0, 1, 2], [50, 40, 30])
names = np.array(["cat", "dog", "fox"])
df = pd.DataFrame({"category": names[which], "predicted": names[which], "score": np.linspace(0, 1, 120),
                   "weight": rng.lognormal(size=120), "taken": pd.date_range("2020-01-30", periods=120, freq="D"),
                   "lat": rng.uniform(-50, 60, 120), "lng": rng.uniform(-170, 170, 120)})
df.loc[:4, "predicted"] = "fox"
df.loc[7, "lat"] = 91.0
tiles = [rng.integers(0, 255, (4, 4, 3), dtype=np.uint8).repeat(12, 0).repeat(12, 1) for _ in range(120)]
vectors = (rng.normal(size=(120, 8)) + 14 * np.eye(8)[which]).astype("float32")
plot = PixPlot(df, vectors, image=tiles, n_neighbors=[10, 5], seed=0, cache=False).wait()
"""
WIDTHS = {"wide": 1650, "narrow": 768}


@pytest.fixture
def user(open_notebook, page, request) -> User:
    page.set_viewport_size({"width": WIDTHS[request.param], "height": 1000})
    notebook = open_notebook([IMAGES, "plot"])
    notebook.run_all()
    made = User(notebook)
    made.see_sprites(colors=300)
    return made


def kernel_has(user: User, expression: str, wanted: object) -> None:
    assert user.wait_for(lambda: user.notebook.value(expression) == wanted), user.notebook.value(expression)


def arrange(user: User, title: str) -> None:
    user.widget.get_by_role("combobox", name="Layout").select_option(label=title)


def options(user: User) -> Locator:
    """Open what can be chosen of the layout; it must lie within the widget."""
    group = user.widget.get_by_role("group", name="Options of the layout")
    if not group.is_visible():
        user.widget.get_by_role("button", name="Layout options").click()
    expect(group).to_be_visible()
    outer, inner = user.widget.bounding_box(), group.bounding_box()
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    return group


def look_at(user: User, rows: list[int], width: float = 2.2) -> dict:
    """Have the camera go where these rows are seen near the middle; return where it looks."""
    x, y = user.notebook.value(f"plot.layouts[plot.layout].xy[{rows}].mean(axis=0)")
    camera = {"x": x, "y": y, "width": width}
    user.notebook.value(f"plot.restore(dict(plot.state(), camera={camera})) or 1")
    seen_to_settle(user)
    return camera


def on_canvas(user: User, camera: dict, row: int) -> tuple[float, float]:
    """Return where a row is on the canvas, CSS px."""
    box = user.canvas.bounding_box()
    x, y = user.notebook.value(f"plot.layouts[plot.layout].xy[{row}]")
    scale = box["width"] / camera["width"]
    return box["width"] / 2 + (x - camera["x"]) * scale, box["height"] / 2 - (y - camera["y"]) * scale


def lasso(user: User, camera: dict, rows: list[int]) -> None:
    """Draw a loop around rows that stand together."""
    places = np.array([on_canvas(user, camera, row) for row in rows])
    box = user.canvas.bounding_box()
    half = user.notebook.value("plot.layouts[plot.layout].cell") * box["width"] / camera["width"] / 2
    (left, top), (right, bottom) = places.min(axis=0) - half, places.max(axis=0) + half
    user.widget.get_by_role("button", name="Lasso").click()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    user.page.mouse.move(box["x"] + left, box["y"] + top)
    user.page.mouse.down()
    for x, y in corners:
        user.page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    user.page.mouse.up()


def ink(user: User) -> np.ndarray:
    """Return which pixels are drawn over the picture: bool (h, w)."""
    script = """(canvas) => {
        const {width, height} = canvas
        const {data} = canvas.getContext('2d').getImageData(0, 0, width, height)
        return [width, height, Array.from({length: width * height}, (_, k) => data[4 * k + 3] > 20 ? 1 : 0)]
    }"""
    width, height, drawn = user.widget.locator("canvas.pp-drawn").evaluate(script)
    return np.array(drawn, dtype=bool).reshape(height, width)


def seen_to_settle(user: User) -> np.ndarray:
    """Return what is on the canvas once it no longer moves."""
    last = user.look()

    def still():
        nonlocal last
        now = user.look()
        same, last = (now == last).mean() > 0.999, now
        return same

    user.wait_for(still)
    return last


@pytest.mark.parametrize("user", ["wide", "narrow"], indirect=True)
def test_layouts_are_chosen_with_their_options(user):
    wide = user.widget.bounding_box()["width"]
    assert wide >= 1200 if user.page.viewport_size["width"] > 1000 else wide <= 410
    picker = user.widget.get_by_role("combobox", name="Layout")
    assert picker.locator("option").all_inner_texts() == [
        "Similarity (UMAP)",
        "Grid of similarity",
        "By category",
        "By date",
        "On a map",
        "By two columns",
        "Sorted",
        "Similarity (PCA)",
    ]
    options(user).get_by_role("slider", name="Neighbors").press("ArrowRight")
    kernel_has(user, "plot.layout", "umap?n_neighbors=5")
    options(user).get_by_role("checkbox", name="As projected").check()
    kernel_has(user, "plot.layout", "umap?n_neighbors=5&raw=1")
    options(user).get_by_role("checkbox", name="As projected").uncheck()
    kernel_has(user, "plot.layout", "umap?n_neighbors=5")
    options(user).get_by_role("checkbox", name="De-overlap").check()
    kernel_has(user, "plot.layout", "umap?n_neighbors=5&fill=0.3")
    options(user).get_by_role("slider", name="Fill").press("ArrowRight")
    kernel_has(user, "plot.layout", "umap?n_neighbors=5&fill=0.35")

    # A wall: the images of a relabeled row hop into its box.
    arrange(user, "By category")
    options(user).get_by_role("combobox", name="and across").select_option("predicted")
    expect(user.widget.get_by_text("Rows: category, 3. Columns: predicted, 3.")).to_be_attached()
    user.page.keyboard.press("Escape")
    expect(user.widget.get_by_role("group", name="Options of the layout")).to_be_hidden()
    # A person goes to the box of cats that are predicted to be foxes, lassos them, and gives them the label predicted.
    camera = look_at(user, [0, 1, 2, 3, 4])
    before = seen_to_settle(user)
    lasso(user, camera, [0, 1, 2, 3, 4])
    kernel_has(user, "sorted(plot.selection.tolist())", [0, 1, 2, 3, 4])
    bar = user.widget.get_by_role("toolbar", name="Selection")
    bar.get_by_role("button", name="Relabel").click()
    menu = user.widget.get_by_role("searchbox", name="Relabel to")
    menu.fill("fox")
    menu.press("Enter")
    kernel_has(user, "df.category[:5].tolist()", ["fox"] * 5)
    kernel_has(user, "[c.count for c in plot.layouts[plot.layout].captions]", [45, 40, 35, 45, 40, 35])
    bar.get_by_role("button", name="Clear").click()
    user.widget.get_by_role("button", name="Pan").click()
    # They hop into the box of foxes, and the place where the person is stays.
    assert (seen_to_settle(user) != before).mean() > 0.001
    now = user.notebook.value("plot.state()['camera']")
    assert (now["x"], now["y"]) == pytest.approx((camera["x"], camera["y"]), abs=1e-3)
    # A line more or less around the picture leaves it another height; as much of the width stays in sight.
    assert now["width"] == pytest.approx(camera["width"], rel=0.01)
    x, y = on_canvas(user, look_at(user, [0, 1, 2, 3, 4]), 0)
    user.canvas.hover(position={"x": x, "y": y})
    kernel_has(user, "plot.hovered", 0)
    user.page.keyboard.press("Escape")

    arrange(user, "Sorted")
    options(user).get_by_role("combobox", name="Sort by").select_option("score")
    options(user).get_by_role("checkbox", name="Descending").check()
    kernel_has(user, "plot.layout", "sorted?by=score&descending=1")
    arrange(user, "By date")
    options(user).get_by_role("combobox", name="Unit").select_option("month")
    kernel_has(user, "plot.layout", "date?unit=month")
    if wide >= 1200:  # in a narrow cell its column is too narrow to be named
        expect(user.widget.get_by_text("Feb 2020")).to_be_visible()

    arrange(user, "By two columns")
    options(user).get_by_role("combobox", name="Vertical").select_option("weight")
    expect(user.widget.get_by_text("Horizontal axis: score, 0.0 to 1.0. Vertical axis: weight")).to_be_attached()
    arrange(user, "On a map")
    options(user).get_by_role("combobox", name="Projection").select_option("mercator")
    kernel_has(user, "plot.layout", "map?projection=mercator")
    expect(user.widget.get_by_text("A map with the coasts of the continents.")).to_be_attached()
    kernel_has(user, "plot.problems.reason.tolist()", ["latitude 91 is outside -90 to 90"])
    # The coasts move with the picture.
    user.page.keyboard.press("Escape")
    seen_to_settle(user)
    coast = ink(user)
    assert 0.002 < coast.mean() < 0.2
    user.widget.focus()
    user.page.keyboard.press("ArrowRight")
    seen_to_settle(user)
    assert ink(user).mean() > 0.002
    assert (ink(user) != coast).mean() > 0.002
    # From code, and back to how it was arranged.
    kernel_has(user, "len(plot.arrange('category', by='predicted'))", 120)
    expect(picker).to_have_value("category")
    assert options(user).get_by_role("combobox", name="Group by").input_value() == "predicted"
    arrange(user, "Sorted")
    kernel_has(user, "plot.layout", "sorted?by=score&descending=1")


@pytest.mark.parametrize("user", ["wide", "narrow"], indirect=True)
def test_hotspots_are_seen_named_ordered_and_made(user):
    names = "plot.hotspots.name.tolist()"
    user.widget.get_by_role("button", name="Hotspots").click()
    spots = user.widget.get_by_role("list", name="Hotspots")
    outer, inner = user.widget.bounding_box(), spots.bounding_box()
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    expect(spots.get_by_role("listitem")).to_have_count(3)
    assert user.notebook.value(names) == ["cat", "dog", "fox"]

    def spot(name: str) -> Locator:
        return spots.get_by_role("button", name=f"{name}:")

    dark = seen_to_settle(user)
    spot("dog").hover()
    lit = seen_to_settle(user)
    assert (lit != dark).mean() > 0.001
    user.widget.get_by_role("combobox", name="Layout").hover()
    spot("dog").click()
    flown = seen_to_settle(user)
    assert (flown != lit).mean() > 0.02

    spot("dog").focus()
    user.page.keyboard.press("F2")
    box = user.widget.get_by_role("textbox", name="Name of the hotspot")
    box.fill("hounds")
    box.press("Enter")
    kernel_has(user, names, ["cat", "hounds", "fox"])
    expect(spot("hounds")).to_be_focused()
    user.page.keyboard.press("Alt+ArrowUp")
    kernel_has(user, names, ["hounds", "cat", "fox"])
    expect(spot("hounds")).to_be_focused()
    spot("fox").drag_to(spot("hounds"))
    kernel_has(user, names, ["fox", "hounds", "cat"])
    spot("fox").focus()
    user.page.keyboard.press("Delete")
    kernel_has(user, names, ["hounds", "cat"])

    # A new cover: the image that is open.
    kernel_has(user, "plot.fly_to(88, open=True) is None", True)
    expect(user.inspector).to_be_visible()
    spots.get_by_role("button", name="Change hounds").click()
    user.widget.get_by_role("button", name="Use open image as cover").click()
    kernel_has(user, "int(plot.hotspots.cover[0])", 88)
    user.inspector.get_by_role("button", name="Close").click()

    kernel_has(user, "plot.select([3, 4, 5, 60]) is None", True)
    user.widget.get_by_role("toolbar", name="Selection").get_by_role("button", name="Make hotspot").click()
    kernel_has(user, "[len(plot.hotspots), plot.hotspots.positions[0].tolist()]", [3, [3, 4, 5, 60]])
    expect(spots.get_by_role("listitem")).to_have_count(3)

    # New vectors bring the images to other places; where the person looks stays.
    user.widget.get_by_role("button", name="Hotspots").click()
    kernel_has(user, "plot.select([]) is None", True)
    camera = look_at(user, [3, 4, 5], width=1.6)
    user.notebook.value(f"setattr(plot, 'vectors', vectors[::-1].copy()) or plot.wait({SECONDS}) and 1")
    seen_to_settle(user)
    away = "np.hypot(*(plot.layouts['umap'].xy - {}).T)"
    row = user.notebook.value(f"int({away.format([camera['x'], camera['y']])}.argmin())")
    at = user.notebook.value("plot.state()['camera']")
    assert [at[key] for key in ("x", "y", "width")] == pytest.approx([camera[key] for key in ("x", "y", "width")], 0.02)
    x, y = on_canvas(user, camera, row)
    box = user.canvas.bounding_box()
    if not (20 < x < box["width"] - 20 and 20 < y < box["height"] - 20):
        return  # these vectors left an empty place here, which is nothing to point at
    user.canvas.hover(position={"x": x, "y": y})
    there = away.format(f"plot.layouts['umap'].xy[{row}]")
    kernel_has(user, f"bool(plot.hovered >= 0 and {there}[plot.hovered] < 0.1)", True)
