"""A person at one view of the widget: looks at its pixels, points, clicks, and reads what is written."""

from __future__ import annotations

import io
import re
import time

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, expect

from tools.lab import Notebook
from tools.waiting import SECONDS


class User:
    """What a person can do with the nth view of a PixPlot in a notebook."""

    def __init__(self, notebook: Notebook, nth: int = 0):
        self.notebook, self.page = notebook, notebook.page
        self.widget = notebook.widget(nth)
        self.canvas = self.widget.get_by_role("img", name="Image map")
        self.inspector = self.widget.get_by_role("complementary", name="Inspector")
        self.status = self.widget.get_by_role("status").last  # the search box has one for its hits
        self.legend = self.widget.get_by_role("list", name="Legend")

    def look(self) -> np.ndarray:
        """Return what is on the canvas and over it: uint8 (h, w, 3), a pixel a CSS px."""
        with Image.open(io.BytesIO(self.canvas.screenshot(animations="allow"))) as picture:
            return np.asarray(picture.convert("RGB"))

    def sprites(self) -> np.ndarray:
        """Return where there is something else than background: bool (h, w), without the margin that panels cover."""
        pixels = self.look()
        packed = pixels.astype(np.int32) @ (1 << 16, 1 << 8, 1)
        values, counts = np.unique(packed, return_counts=True)
        return packed != values[counts.argmax()]

    def colors(self) -> int:
        """Return how many different colors are on the canvas: photos have thousands, a blank one a handful."""
        pixels = self.look().reshape(-1, 3).astype(np.int32)
        return len(np.unique(pixels @ (1 << 16, 1 << 8, 1)))

    def see_sprites(self, colors: int = 1500) -> None:
        """Wait until pictures are on the canvas.

        Raises
        ------
        AssertionError
            If they are not there in time.
        """
        self.canvas.scroll_into_view_if_needed()
        seen = self.wait_for(lambda: (found := self.colors()) > colors and found)
        assert seen, f"no sprites: {self.colors()} colors on the canvas"

    def wait_for(self, condition, seconds: float = SECONDS):
        """Return the first true value of `condition`, or its last one when the time is up."""
        until = time.monotonic() + seconds
        while not (value := condition()) and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        return value

    def point_at_a_sprite(self, choice: int = 0) -> tuple[float, float]:
        """Move the pointer onto some sprite until the hover card names it; return where, in CSS px of the canvas."""
        seen = self.sprites()
        # The middle of a sprite: everything around it is drawn too. Panels lie over the margins, the inspector over
        # 290 px on the right.
        solid = seen.copy()
        for axis in (0, 1):
            for shift in range(-4, 5):
                solid &= np.roll(seen, shift, axis)
        solid[:, : solid.shape[1] // 4] = solid[:, -solid.shape[1] // 3 :] = False
        solid[:20] = solid[-20:] = False
        rows, columns = np.nonzero(solid)
        assert len(rows), "there is no sprite to point at"
        for k in np.random.default_rng(choice).permutation(len(rows))[:50]:
            x, y = float(columns[k]), float(rows[k])
            self.canvas.hover(position={"x": x, "y": y})
            # The card comes with the next frame, for which a busy machine takes its time.
            if self.wait_for(self.widget.get_by_role("tooltip").count, 0.5):
                return x, y
        raise AssertionError("the pointer was on fifty places with sprites and none was named")

    def open_a_sprite(self, choice: int = 0) -> str:
        """Click a sprite and return the file name that the inspector shows."""
        # A better layout may come between pointing and clicking: the sprite has left, and one clicks another.
        for _ in range(3):
            x, y = self.point_at_a_sprite(choice)
            self.canvas.click(position={"x": x, "y": y})
            if self.wait_for(self.inspector.is_visible, 2):
                break
        return self.opened()

    def opened(self) -> str:
        """Return the file name of the image in the inspector."""
        expect(self.inspector).to_be_visible()
        return self.inspector.locator("header strong").inner_text()

    def search(self, text: str) -> str:
        """Search, fly to the first hit, and return the file name that the inspector shows."""
        box = self.widget.get_by_role("searchbox", name="Search images")
        box.fill(text)
        box.press("Enter")
        return self.opened()

    def label(self) -> str:
        """Return the label that is chosen in the inspector."""
        return self.radios().get_by_role("radio", checked=True).get_attribute("value") or ""

    def radios(self) -> Locator:
        """Return the group of labels in the inspector."""
        return self.inspector.get_by_role("radiogroup", name="Label")

    def choose(self, label: str) -> None:
        """Choose a label in the inspector."""
        self.radios().get_by_role("radio", name=label).check()

    def count(self, label: str) -> int:
        """Return how many images the legend counts for a label."""
        text = self.legend.get_by_role("listitem").filter(has_text=label).locator(".pp-count").inner_text()
        return int(re.sub(r"\D", "", text))

    def sees_status(self, words: str) -> None:
        """Wait until the status line says something."""
        expect(self.status).to_contain_text(re.compile(words))
