"""Detection boxes on screen: the whole picture, the ground truth one key away, and corrections that reach the file."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .test_panels import OUTSIDE, TOO_SMALL, theme, violations, widen
from .user import User

SCENE = """
import json
import numpy as np
from PIL import Image
from pixplot_widget import PixPlot, detection
pixels = np.random.default_rng(0).integers(60, 90, (100, 200, 3), dtype=np.uint8)
pixels[10:50, 20:80] = 250, 30, 30
pixels[40:90, 120:180] = 30, 30, 250
Image.fromarray(pixels).save("scene.png")
truth = {
    "images": [{"id": 1, "file_name": "scene.png", "width": 200, "height": 100}],
    "categories": [{"id": 1, "name": "apple"}, {"id": 2, "name": "plum"}],
    "annotations": [
        {"id": 5, "image_id": 1, "category_id": 1, "bbox": [20, 10, 60, 40], "note": "kept"},
        {"id": 6, "image_id": 1, "category_id": 1, "bbox": [120, 40, 60, 50], "note": "kept"},
    ],
}
found = [
    {"image_id": 1, "category_id": 1, "bbox": [22, 12, 58, 38], "score": 0.9},
    {"image_id": 1, "category_id": 2, "bbox": [120, 40, 60, 48], "score": 0.75},
    {"image_id": 1, "category_id": 2, "bbox": [0, 60, 30, 30], "score": 0.3},
]
boxes = detection.match(truth, found)
plot = PixPlot(boxes, box=("x", "y", "width", "height"), label="outcome", box_margin=0.1, cache=False)
plot.wait()
"""
FIXED = "[[a['category_id'], a['note']] for a in detection.to_coco(boxes, truth)['annotations']]"


def drawn(user: User, kind: str) -> list[float]:
    """Return left, top, width and height of what is drawn of a kind, as shares of the picture; [] if it is gone."""
    return user.widget.locator(".pp-scene").last.evaluate(
        """(scene, kind) => { // in one go: it may be moving
            const picture = scene.querySelector("img")?.getBoundingClientRect();
            const box = [...scene.querySelectorAll(`[data-kind="${kind}"] rect`)].at(-1)?.getBoundingClientRect();
            if (!picture || !box) return [];
            return [
                (box.x - picture.x) / picture.width,
                (box.y - picture.y) / picture.height,
                box.width / picture.width,
                box.height / picture.height,
            ];
        }""",
        kind,
    )


def near(found: list[float], wanted: list[float]) -> bool:
    return len(found) == len(wanted) and all(abs(a - b) < 0.03 for a, b in zip(found, wanted, strict=True))


def test_a_mistake_is_seen_understood_and_corrected(open_notebook):
    notebook = open_notebook([SCENE, "plot", "1 + 1"])
    notebook.run_all()
    user = User(notebook)
    user.canvas.scroll_into_view_if_needed()
    user.search("wrong class")

    # the whole picture with this box, its truth and the others
    tags = user.inspector.locator(".pp-tag")
    expect(tags.filter(has_text="plum 0.75")).to_have_attribute("data-kind", "own")
    expect(tags.filter(has_text="truth: apple")).to_be_visible()
    expect(tags.filter(has_text="apple 0.90")).to_have_attribute("data-kind", "other")
    assert near(drawn(user, "own"), [0.6, 0.4, 0.3, 0.48])
    assert near(drawn(user, "truth"), [0.6, 0.4, 0.3, 0.5])
    around = user.inspector.get_by_role("list", name="Boxes in this picture")
    expect(around.get_by_role("button")).to_have_count(3)
    expect(user.inspector).to_contain_text("wrong class, IoU 0.96")

    # the crop and its ground truth by one key
    shows = user.inspector.get_by_role("group", name="Show")
    user.inspector.get_by_role("button", name="Close").focus()
    user.page.keyboard.press("g")
    expect(shows.get_by_role("button", name="Truth")).to_have_attribute("aria-pressed", "true")
    user.page.keyboard.press("g")
    expect(shows.get_by_role("button", name="Box")).to_have_attribute("aria-pressed", "true")
    expect(user.inspector.locator('[data-kind="other"]')).to_have_count(0)
    shows.get_by_role("button", name="Picture").click()

    # full size: the boxes stay where they belong at every zoom
    user.inspector.get_by_role("button", name="Show full size").click()
    dialog = user.widget.get_by_role("dialog", name="Full picture")
    zoom = dialog.get_by_label("Zoom", exact=True)
    for act in ("+", "+", "Home"):
        before = zoom.inner_text()
        user.page.keyboard.press(act)
        expect(zoom).not_to_have_text(before)
        # Picture and boxes may be a frame apart while the one is laid out again.
        assert user.wait_for(lambda: near(drawn(user, "own"), [0.6, 0.4, 0.3, 0.48])), drawn(user, "own")
    dialog.get_by_role("button", name="100 %").click()
    expect(zoom).to_have_text("100 %")
    user.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    # the truth is what is wrong: its class is corrected from here, the other annotation is flagged from its detection
    user.inspector.get_by_label("Class of the ground truth").select_option("plum")
    expect(tags.filter(has_text="truth: plum")).to_be_visible()
    assert user.wait_for(lambda: notebook.value(FIXED) == [[1, "kept"], [2, "kept"]])
    user.inspector.get_by_label("Class of the ground truth").select_option(label="new class…")
    user.inspector.get_by_label("New class").fill("sloe")
    user.page.keyboard.press("Enter")
    expect(tags.filter(has_text="truth: sloe")).to_be_visible()
    around.get_by_role("button", name=re.compile("apple 0.90")).click()
    user.inspector.get_by_role("checkbox", name="Flag for removal").check()
    assert user.wait_for(lambda: notebook.value(FIXED) == [[3, "kept"]]), notebook.value(FIXED)
    for _ in range(3):
        user.widget.get_by_role("button", name="Undo").click()
    assert user.wait_for(lambda: notebook.value("detection.to_coco(boxes, truth) == truth"))

    # from its true positive: the truth's class is another one, what the detector said and the outcome are as they were
    user.inspector.get_by_label("Class of the ground truth").select_option("plum")
    expect(user.inspector).to_contain_text("true positive, IoU 0.92, before the correction of its truth")
    expect(tags.filter(has_text="truth: plum")).to_be_visible()
    row = "boxes.loc[boxes['score'] == 0.9, ['category', 'matched_category', 'outcome']].values.tolist()"
    assert user.wait_for(lambda: notebook.value(row) == [["apple", "plum", "true positive"]]), notebook.value(row)
    assert notebook.value(FIXED) == [[2, "kept"], [1, "kept"]]
    user.widget.get_by_role("button", name="Undo").click()
    assert user.wait_for(lambda: notebook.value("detection.to_coco(boxes, truth) == truth"))

    # a background box has no truth to look at; its place in a narrow cell is below the picture
    around.get_by_role("button", name=re.compile("plum 0.30")).click()
    expect(shows.get_by_role("button", name="Truth")).to_be_disabled()
    expect(user.inspector).to_contain_text("none here")

    # and there, in the dark, all can be read and touched
    theme(user, "JupyterLab Dark")
    try:
        widen(user, 400)
        assert violations(user) + user.widget.evaluate(TOO_SMALL) + user.widget.evaluate(OUTSIDE) == []
    finally:
        theme(user, "JupyterLab Light")
