"""Correcting many images by hand: lasso, keys, undo, the review queue, "these too?"."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from .user import User

TILES = """
import numpy as np, pandas as pd
from pixplot_widget import PixPlot
rng = np.random.default_rng(0)
df = pd.DataFrame({"category": ["cat", "dog", "fox"] * 40, "doubt": np.linspace(0, 1, 120)})
tiles = [rng.integers(0, 255, (4, 4, 3), dtype=np.uint8).repeat(12, 0).repeat(12, 1) for _ in range(120)]
vectors = rng.normal(size=(120, 6))
plot = PixPlot(df, vectors, image=tiles, layout="sorted", cache=False).wait()
"""
LABELS = "df.category.value_counts().sort_index().to_dict()"


@pytest.fixture
def user(open_notebook) -> User:
    notebook = open_notebook([TILES, "plot", "1 + 1"])
    notebook.run_all()
    made = User(notebook)
    made.see_sprites(colors=300)
    return made


def lasso(user: User, share: tuple[float, float, float, float], *, keys: tuple[str, ...] = ()) -> None:
    """Draw a lasso round a part of the canvas, given as shares of its width and height."""
    box = user.canvas.bounding_box()
    x0, y0, x1, y1 = share
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0 + 0.02)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    for key in keys:
        user.page.keyboard.down(key)
    user.page.mouse.move(*points[0])
    user.page.mouse.down()
    for point in points[1:]:
        user.page.mouse.move(*point, steps=4)
    user.page.mouse.up()
    for key in keys:
        user.page.keyboard.up(key)


def selected(user: User) -> list[int]:
    return user.notebook.value("plot.selection.tolist()")


def kernel_has(user: User, expression: str, wanted: object) -> None:
    assert user.wait_for(lambda: user.notebook.value(expression) == wanted), user.notebook.value(expression)


def test_a_lassoed_set_is_relabeled_in_one_step_and_comes_back_in_one(user):
    before = user.notebook.value(LABELS)
    user.widget.get_by_role("button", name="Lasso", exact=True).click()
    lasso(user, (0.3, 0.05, 0.9, 0.45))
    bar = user.widget.get_by_role("toolbar", name="Selection")
    expect(bar).to_be_visible()
    rows = user.wait_for(lambda: selected(user))
    assert 5 < len(rows) < 110
    # Add with Shift, take away with Alt.
    lasso(user, (0.3, 0.55, 0.9, 0.95), keys=("Shift",))
    assert user.wait_for(lambda: len(selected(user)) > len(rows))
    lasso(user, (0.25, 0.5, 0.95, 0.98), keys=("Alt",))
    kernel_has(user, "sorted(plot.selection.tolist())", sorted(rows))

    bar.get_by_role("button", name="Relabel").click()
    menu = user.widget.get_by_role("searchbox", name="Relabel to")
    menu.fill("wolf")
    menu.press("Enter")
    kernel_has(user, f"df.category.iloc[{rows}].unique().tolist()", ["wolf"])
    assert user.wait_for(lambda: user.count("wolf") == len(rows))
    assert user.notebook.value("plot.edits.how.unique().tolist()") == ["manual"]
    user.widget.get_by_role("button", name="Undo", exact=True).click()
    kernel_has(user, LABELS, before)
    user.widget.get_by_role("button", name="Redo", exact=True).click()
    kernel_has(user, f"df.category.iloc[{rows}].unique().tolist()", ["wolf"])


def test_keys_do_their_work_and_never_reach_the_notebook(user):
    user.open_a_sprite()
    user.page.keyboard.press("3")
    assert user.wait_for(lambda: user.label() == "fox")
    user.page.keyboard.press("x")
    user.sees_status("1 flagged")
    row = user.notebook.value("int(np.flatnonzero(df.remove)[0])")
    kernel_has(user, f"df.category.iloc[{row}]", "fox")
    user.page.keyboard.press("z")
    kernel_has(user, "int(df.remove.sum())", 0)
    user.page.keyboard.press("Shift+Z")
    kernel_has(user, "int(df.remove.sum())", 1)
    user.inspector.get_by_role("textbox", name="Reason").fill("1 blur, x")
    user.page.keyboard.press("Enter")
    kernel_has(user, f"df.get('remove_reason', df.category).iloc[{row}]", "1 blur, x")
    name = user.opened()
    user.page.keyboard.press("ArrowRight")
    assert user.wait_for(lambda: user.opened() != name)
    user.inspector.get_by_role("button", name="Previous").click()
    assert user.wait_for(lambda: user.opened() == name)
    user.inspector.get_by_role("button", name="Show full size").click()
    picture = user.widget.get_by_role("dialog", name="Full picture")
    expect(picture).to_contain_text("48 × 48 px")
    user.page.keyboard.press("?")
    shortcuts = user.widget.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_contain_text("undo, redo")
    for gone in (picture, shortcuts):
        user.page.keyboard.press("Escape")
        expect(gone).to_be_hidden()
    # They go on working after a click on a control, also on one that is gone or disabled then.
    user.inspector.get_by_role("button", name="Next").click()
    user.page.keyboard.press("2")
    assert user.wait_for(lambda: user.label() == "dog")
    user.widget.get_by_role("combobox", name="Color by").select_option("doubt")
    undo = user.widget.get_by_role("button", name="Undo", exact=True)
    while edits := user.notebook.value("len(plot._workspace.log)"):
        undo.click()
        assert user.wait_for(lambda edits=edits: user.notebook.value("len(plot._workspace.log)") < edits)
    expect(undo).to_be_disabled()
    user.inspector.get_by_role("button", name="Close").click()
    user.page.keyboard.press("Shift+Z")
    user.page.keyboard.press("Shift+Z")
    kernel_has(user, "int(df.remove.sum())", 1)
    user.open_a_sprite()
    # Keys with which a notebook deletes, cuts, adds, moves and merges cells.
    for key in ["d", "d", "Delete", "a", "b", "m", "y", "Shift+M", "0", "0"]:
        user.page.keyboard.press(key)
    for _ in range(2):  # first what was suggested after the relabel, then the inspector
        user.page.keyboard.press("Escape")
    expect(user.inspector).to_be_hidden()
    assert user.page.locator(".jp-Notebook .jp-CodeCell").count() == 3
    assert user.page.locator(".jp-Notebook .jp-Cell").count() == 3


def test_typing_in_a_box_is_typing(user):
    name = user.open_a_sprite()
    box = user.inspector.get_by_role("searchbox", name="Search labels")
    box.press_sequentially("lynx 1x")
    assert box.input_value() == "lynx 1x"
    assert user.notebook.value("len(plot.edits)") == 0
    box.press("Enter")
    assert user.wait_for(lambda: user.label() == "lynx 1x")
    position = int(name.removeprefix("image "))
    kernel_has(user, f"df.category.iloc[{position}]", "lynx 1x")


def test_dragging_the_selection_onto_the_legend_relabels_it(user):
    user.notebook.value("plot.select([3, 4, 5])")
    chip = user.widget.get_by_role("toolbar", name="Selection").get_by_role("button", name="3 selected")
    chip.drag_to(user.legend.get_by_role("button", name="dog").first)
    kernel_has(user, "df.category.iloc[[3, 4, 5]].tolist()", ["dog"] * 3)
    # Keys act on the image that is open, and while none is on the selection.
    user.notebook.value("plot.fly_to(4, open=True)")
    assert user.wait_for(lambda: user.opened() == "image 4")
    user.page.keyboard.press("3")
    kernel_has(user, "df.category.iloc[[3, 4, 5]].tolist()", ["dog", "fox", "dog"])
    user.inspector.get_by_role("button", name="Close").click()
    user.page.keyboard.press("1")
    kernel_has(user, "df.category.iloc[[3, 4, 5]].tolist()", ["cat"] * 3)
    # What other code wrote there is seen at the next edit of that image, and is left as it is.
    user.notebook.value("df.__setitem__('category', df.category.mask(df.index == 4, 'owl'))")
    user.page.keyboard.press("2")
    kernel_has(user, "df.category.iloc[[3, 4, 5]].tolist()", ["dog", "owl", "dog"])
    expect(user.widget).to_contain_text("'image 4' holds 'owl' now, not what was shown")
    assert user.count("owl") == 1


def test_the_review_queue_goes_image_by_image_and_continues(user):
    user.notebook.value("plot.review(by='doubt')")
    bar = user.widget.get_by_role("toolbar", name="Review")
    expect(bar).to_contain_text("1 of 120")
    assert user.wait_for(lambda: user.opened() == "image 119")
    user.widget.focus()
    user.page.keyboard.press("1")
    expect(bar).to_contain_text("2 of 120")
    user.page.keyboard.press("Enter")
    expect(bar).to_contain_text("3 of 120")
    user.page.keyboard.press("x")
    expect(bar).to_contain_text("4 of 120")
    assert user.wait_for(lambda: user.opened() == "image 116")
    kernel_has(user, "df.category.iloc[119]", "cat")
    kernel_has(user, "np.flatnonzero(df.remove).tolist()", [117])
    user.page.keyboard.press("ArrowLeft")
    assert user.wait_for(lambda: user.opened() == "image 117")
    user.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(user.inspector).to_be_hidden()
    user.widget.get_by_role("button", name="Continue review (3 of 120)").click()
    expect(bar).to_contain_text("3 of 120")
    # Undo goes back through what was decided, also where that changed nothing.
    user.page.keyboard.press("z")
    kernel_has(user, "int(df.remove.sum())", 0)
    expect(bar).to_contain_text("3 of 120")
    user.page.keyboard.press("z")
    expect(bar).to_contain_text("2 of 120")
    user.page.keyboard.press("z")
    expect(bar).to_contain_text("1 of 120")
    kernel_has(user, "df.category.iloc[119]", "fox")
    # The next key is meant for the next image, however soon it comes.
    for key in "123":
        user.page.keyboard.press(key)
    kernel_has(user, "df.category.iloc[[119, 118, 117]].tolist()", ["cat", "dog", "fox"])
    bar.get_by_role("button", name="Leave").click()
    user.widget.get_by_role("button", name="Review", exact=True).click()
    user.widget.get_by_role("menuitem", name="category").click()
    expect(bar).to_contain_text("1 of 120")
    expect(bar).to_contain_text("by category")
    # Left in Python it is left on screen: what was due does not stay open.
    expect(user.inspector).to_be_visible()
    user.notebook.value("setattr(plot, 'review_at', -1) or 1")
    expect(bar).to_be_hidden()
    expect(user.inspector).to_be_hidden()


def test_suspects_are_put_right_by_one_key(user):
    user.notebook.value("df.__setitem__('suggested', ['cat', 'fox', 'fox'] * 40)")
    user.notebook.value("plot.review(by=[1, 2, 4])")
    bar = user.widget.get_by_role("toolbar", name="Review")
    suggested = user.inspector.get_by_role("button", name="Suggested")
    user.widget.focus()
    expect(suggested).to_contain_text("fox")
    user.page.keyboard.press("s")
    # A fox that is to be one: the key has nothing to do, and the review does not go on by itself.
    expect(suggested).to_be_disabled()
    user.page.keyboard.press("s")
    expect(bar).to_contain_text("2 of 3")
    user.page.keyboard.press("Enter")
    expect(bar).to_contain_text("3 of 3")
    user.inspector.get_by_role("button", name="Show full size").click()
    expect(user.widget.get_by_role("dialog", name="Full picture")).to_contain_text("dog · suggested: fox (s)")
    user.page.keyboard.press("Escape")
    suggested.click()
    expect(bar).to_contain_text("All 3 seen")
    kernel_has(user, "df.category.iloc[[1, 2, 4]].tolist()", ["fox", "fox", "fox"])
    assert user.notebook.value("plot.edits.how.tolist()") == ["suggestion", "suggestion"]
    user.page.keyboard.press("z")
    kernel_has(user, "df.category.iloc[4]", "dog")
    expect(suggested).to_contain_text("fox")


def test_a_reviewer_decides_sixty_images_a_minute(user):
    user.notebook.value("plot.review(by=range(60))")
    bar = user.widget.get_by_role("toolbar", name="Review")
    user.widget.focus()
    expect(bar).to_contain_text("1 of 60")
    began = user.page.evaluate("performance.now()")
    for k in range(60):
        user.page.keyboard.press("231"[k % 3])
        expect(bar).to_contain_text(f"{k + 2} of 60" if k < 59 else "All 60 seen")
    seconds = (user.page.evaluate("performance.now()") - began) / 1000
    kernel_has(user, "df.category.iloc[:60].tolist()", ["dog", "fox", "cat"] * 20)
    assert seconds <= 60
    # Keys that come once more do nothing.
    for key in ("Enter", "1", "Escape"):
        user.page.keyboard.press(key)
    expect(bar).to_be_hidden()
    assert user.notebook.value("len(plot.edits)") == 60


def test_these_too(user):
    # Images 0, 3 and 6 are alike, and cats; so are the dog and the fox beside them.
    alike = "np.where(np.arange(120)[:, None] < 7, vectors[:1] + vectors / 50, vectors)"
    user.notebook.value(f"setattr(plot, 'vectors', {alike})")
    user.notebook.value("plot.wait() and None")
    user.notebook.value("plot.fly_to(0, open=True)")
    assert user.wait_for(lambda: user.opened() == "image 0")
    user.choose("dog")
    bar = user.widget.get_by_role("toolbar", name="These too?")
    expect(bar).to_contain_text("still cat")
    bar.get_by_role("slider", name="How many").fill("2")
    expect(bar).to_contain_text("2 alike")
    # A click takes one out, and the others keep their outline.
    bar.get_by_role("button", name="Show").click()
    outline = user.wait_for(lambda: corner_of_an_outline(user))
    user.canvas.click(position=outline)
    expect(bar).to_contain_text("1 alike")
    user.widget.focus()
    user.page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    kernel_has(user, "sorted(df.category.iloc[[0, 3, 6]])", ["cat", "dog", "dog"])
    assert user.notebook.value("plot.edits.how.tolist()") == ["manual", "propagated"]
    user.choose("fox")
    expect(bar).to_contain_text("“fox” too?")
    user.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(user.inspector).to_be_visible()
    assert user.notebook.value("len(plot.edits)") == 3


def corner_of_an_outline(user: User) -> dict[str, int] | None:
    """Return a place just inside of an outlined sprite, CSS px of the canvas, once the picture rests."""
    before, pixels = user.look(), user.look()
    orange = (np.abs(pixels.astype(int) - (250, 168, 26)) <= 3).all(axis=2)
    # A line as long as a sprite is wide: a tile may well have a block of that color.
    line = np.lib.stride_tricks.sliding_window_view(orange, 24, axis=1).all(axis=2)
    if not line.any() or (before != pixels).any():
        return None
    y, x = (int(at[0]) for at in np.nonzero(line))
    return {"x": x + 10, "y": y + 10}


def test_a_selection_side_by_side(user):
    user.notebook.value("plot.select(range(6))")
    bar = user.widget.get_by_role("toolbar", name="Selection")
    before = user.look()
    bar.get_by_role("button", name="Show as grid").click()
    assert user.wait_for(lambda: (user.look() != before).mean() > 0.2)
    bar.get_by_role("button", name="Back to layout").click()
    assert user.wait_for(lambda: bar.get_by_role("button", name="Show as grid").count() == 1)
    bar.get_by_role("button", name="Review").click()
    expect(user.widget.get_by_role("toolbar", name="Review")).to_contain_text("1 of 6")
    user.page.keyboard.press("x")
    user.page.keyboard.press("x")
    kernel_has(user, "np.flatnonzero(plot._workspace.log.flags).shape", [2])
