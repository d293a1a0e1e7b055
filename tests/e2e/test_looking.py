"""How a person looks around: keys, hands, what stands beside the pointer and over the picture, zoomed browsers."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tools import chromium
from tools.lab import BROWSER_FLAGS

from .conftest import write_notebook
from .test_layouts import on_canvas, seen_to_settle
from .user import User

EMOJI = """
from pixplot_widget import PixPlot, datasets
plot = PixPlot(datasets.load_emoji().sample(341, random_state=0).reset_index(drop=True)).wait()
"""
# Eight crowds of long names, some of them at the rim of the picture.
CROWDS = """
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
rng = np.random.default_rng(0)
corners = np.array([(x, y) for x in (-1, -0.33, 0.33, 1) for y in (-1, 1)])
xy = (0.95 * corners[:, None] + 0.05 * rng.normal(size=(8, 40, 2))).reshape(-1, 2).astype("float32").clip(-1, 1)
names = np.array([f"what stands here, number {k}" for k in range(8)])
tiles = [np.full((8, 8, 3), 20 * (row // 40), dtype=np.uint8) for row in range(320)]
df = pd.DataFrame({"category": names.repeat(40)})
plot = PixPlot(df, rng.normal(size=(320, 4)), image=tiles, cache=False).wait()
plot.add_layout("mine", xy)
plot.layout = "mine"
"""
CAMERA = "plot.state()['camera']"
# How many device px the canvas has, and how many it covers.
DEVICE_PX = """canvas => new Promise((resolve) => new ResizeObserver(([entry], observer) => {
    observer.disconnect()
    const [{inlineSize, blockSize}] = entry.devicePixelContentBoxSize
    resolve([[canvas.width, canvas.height], [inlineSize, blockSize]])
}).observe(canvas, {box: "device-pixel-content-box"}))"""


@pytest.fixture
def user(open_notebook) -> User:
    notebook = open_notebook([EMOJI, "plot"])
    notebook.run_all()
    made = User(notebook)
    made.see_sprites()
    return made


def camera_of(user: User) -> dict:
    """Return where the view looks, once it has come to rest and the kernel has heard of it."""
    seen_to_settle(user)
    user.page.wait_for_timeout(1000)
    return user.wait_for(lambda: user.notebook.value(CAMERA))


def test_each_press_of_a_key_counts_however_quick(user):
    user.widget.focus()
    user.page.keyboard.press("Home")
    before = camera_of(user)
    for key in ("+", "+", "+", "ArrowRight", "ArrowRight", "ArrowDown"):
        user.page.keyboard.press(key)
    box = user.canvas.bounding_box()
    width = before["width"] / 1.5**3
    x = before["x"] + 2 * 0.15 * width
    y = before["y"] - 0.15 * width * box["height"] / box["width"]

    def there() -> bool:
        now = user.notebook.value(CAMERA)
        return [now["x"], now["y"], now["width"]] == pytest.approx([x, y, width], abs=1e-3)

    assert user.wait_for(there), (user.notebook.value(CAMERA), x, y, width)


def test_a_card_covers_neither_the_image_nor_the_inspector(user):
    user.widget.focus()
    for _ in range(2):
        user.page.keyboard.press("+")
    user.open_a_sprite()
    seen_to_settle(user)
    box, inspector = user.canvas.bounding_box(), user.inspector.bounding_box()
    edge = int(inspector["x"] - box["x"])
    rows, columns = np.nonzero(user.sprites()[:, edge - 60 : edge - 8])
    tooltip = user.widget.get_by_role("tooltip")
    for k in np.random.default_rng(0).permutation(len(rows))[:50]:
        x, y = edge - 60 + int(columns[k]), int(rows[k])
        user.canvas.hover(position={"x": x, "y": y})
        if user.wait_for(tooltip.count, 0.5):
            break
    card = tooltip.bounding_box()
    assert card["x"] + card["width"] <= inspector["x"]
    assert card["y"] >= box["y"]
    assert card["y"] + card["height"] <= box["y"] + box["height"]
    assert not card["x"] < box["x"] + x < card["x"] + card["width"]


def test_an_image_that_code_opens_stands_in_the_middle_of_what_is_free(user):
    user.notebook.value("plot.fly_to(5, open=True)")
    expect(user.inspector).to_be_visible()
    canvas, inspector, legend = (each.bounding_box() for each in (user.canvas, user.inspector, user.legend))
    free = [legend["x"] + legend["width"] - canvas["x"], inspector["x"] - canvas["x"]]

    def off() -> float:
        return abs(on_canvas(user, user.notebook.value(CAMERA), 5)[0] - sum(free) / 2)

    assert user.wait_for(lambda: off() < 20), off()


def test_what_a_lasso_fills_is_what_it_chooses(open_notebook):
    """Twice around, the second time further in: what lies in both loops is left out, and looks so."""
    notebook = open_notebook([CROWDS, "plot"])
    notebook.run_all()
    user = User(notebook)
    user.see_sprites(colors=8)
    camera = camera_of(user)
    box = user.canvas.bounding_box()
    scale = box["width"] / camera["width"]

    def place(x: float, y: float) -> tuple[float, float]:
        return box["width"] / 2 + (x - camera["x"]) * scale, box["height"] / 2 - (y - camera["y"]) * scale

    user.widget.get_by_role("button", name="Lasso").click()
    # The upper half, and in it the two crowds in the middle.
    outer = [(-1.2, -0.3), (-1.2, 1.15), (1.2, 1.15), (1.2, -0.3), (-1.2, -0.3)]
    inner = [(-0.66, 0.4), (-0.66, 1.1), (0.66, 1.1), (0.66, 0.4), (-0.66, 0.4)]
    points = [place(x, y) for x, y in (*outer, *inner)]
    user.page.mouse.move(box["x"] + points[0][0], box["y"] + points[0][1])
    user.page.mouse.down()
    for x, y in points:
        user.page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
    looked = user.look()

    def color(x: float, y: float) -> list[int]:
        across, down = place(x, y)
        return looked[int(down), int(across)].tolist()

    outside, between, within = color(0, -0.5), color(0, 0.1), color(0, 0.7)
    user.page.mouse.up()
    assert between != outside
    assert within == outside
    xy = "np.round(plot.layouts['mine'].xy[plot.selection] / 0.95, 0)"
    assert user.wait_for(lambda: notebook.value("len(plot.selection)")) == 80
    assert sorted(set(map(tuple, notebook.value(xy)))) == [(-1, 1), (1, 1)]


def cut(user: User) -> list[str]:
    """Return the captions that are seen in part: the rim of the picture or a panel cuts them."""
    script = """(widget) => {
        const box = (element) => element.getBoundingClientRect()
        const picture = box(widget.querySelector(".pp-map"))
        const panels = [...widget.querySelectorAll(".pp-left > *, .pp-inspector")].map(box)
        return [...widget.querySelectorAll(".pp-caption")].filter((caption) => {
            const {left, top, right, bottom} = box(caption)
            const middle = (left + right) / 2
            if (middle < picture.left || middle > picture.right) return false
            return left < picture.left || right > picture.right || panels.some((panel) =>
                panel.left < right && left < panel.right && panel.top < bottom && top < panel.bottom)
        }).map((caption) => caption.textContent)
    }"""
    return user.widget.evaluate(script)


@pytest.mark.parametrize("width", [768, 1400])
def test_no_caption_of_a_crowd_is_cut(open_notebook, page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    notebook = open_notebook([CROWDS, "plot"])
    notebook.run_all()
    user = User(notebook)
    captions: Locator = user.widget.locator(".pp-caption")
    captions.first.wait_for()
    seen_to_settle(user)
    assert user.wait_for(lambda: cut(user) == []), cut(user)
    assert captions.count() >= 2
    user.widget.get_by_role("button", name="Legend").click()
    seen_to_settle(user)
    assert user.wait_for(lambda: cut(user) == []), cut(user)
    assert captions.count() >= 1
    # Nor at the end of a pan, wherever that has brought them.
    box = user.canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(6):
        user.page.mouse.move(x, y)
        user.page.mouse.down()
        user.page.mouse.move(x - 45, y, steps=3)
        user.page.mouse.up()
        assert user.wait_for(lambda: cut(user) == []), cut(user)


def test_a_narrow_view_of_what_is_there_already_is_filled_by_it(open_notebook, page):
    page.set_viewport_size({"width": 900, "height": 1000})
    made = "\n".join(f"    {line}" for line in CROWDS.splitlines())
    notebook = open_notebook([f"if 'plot' not in globals():\n{made}", "plot"])
    for _ in range(2):  # the second time the page has all there is to know when the view comes
        notebook.run_all()
        user = User(notebook)
        user.widget.locator(".pp-caption").first.wait_for()
        seen_to_settle(user)
        pixels = user.sprites()
        columns = np.flatnonzero(pixels[pixels.shape[0] // 3 :].any(axis=0)) / pixels.shape[1]
        assert columns.min() < 0.2, columns  # beside the tabs
        assert columns.max() > 0.85, columns


@pytest.mark.parametrize("ratio", [1.1, 1.5])
def test_in_a_zoomed_browser_a_px_of_the_canvas_is_one_of_the_screen(lab, browser, ratio):
    # A browser of its own: where another ratio is only emulated, it says nothing of device px.
    flags = [*BROWSER_FLAGS, f"--force-device-scale-factor={ratio}"]
    zoomed = browser.browser_type.launch(executable_path=chromium.find(), args=flags)
    name = f"zoomed-{ratio}.ipynb"
    write_notebook(lab.root / name, [EMOJI, "plot"])
    notebook = lab.open(zoomed.new_context(no_viewport=True).new_page(), name)
    notebook.run_all()
    user = User(notebook)
    user.see_sprites()
    assert user.page.evaluate("devicePixelRatio") == pytest.approx(ratio)
    for width in (700, 640.7, 612.4, 587.1):
        user.widget.evaluate("(widget, width) => { widget.style.width = `${width}px` }", width)

        def exact() -> bool:
            has, covers = user.canvas.evaluate(DEVICE_PX)
            box = user.canvas.bounding_box()
            return has == covers == pytest.approx([box["width"] * ratio, box["height"] * ratio], abs=1)

        assert user.wait_for(exact), (width, user.canvas.evaluate(DEVICE_PX), user.canvas.bounding_box())
    user.see_sprites()
    notebook.close()
    zoomed.close()
