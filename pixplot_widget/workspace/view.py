"""How the picture of a workspace is looked at: settings, selection, camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..rows import NO_ROWS
from .events import CameraSet, SelectionChanged, SettingChanged
from .settings import SETTINGS, check_setting, checked_camera

if TYPE_CHECKING:
    from .workspace import Workspace

__all__ = ["View"]


class View:
    """What is set of a picture, and told when it changes.

    Parameters
    ----------
    workspace : Workspace
        What is looked at.
    touch : callable
        Has it kept for the next time, soon.
    """

    def __init__(self, workspace: Workspace, touch: Callable[[], None]) -> None:
        self._workspace = workspace
        self._touch = touch
        self.settings: dict[str, Any] = {name: setting.default for name, setting in SETTINGS.items()}
        self.selection = NO_ROWS
        """Positions, int64 (k,)."""
        self.camera: dict[str, float] | None = None

    @property
    def layout(self) -> str:
        """Name of the layout that is shown."""
        return self.settings["layout"]

    @property
    def is_colorblind_safe(self) -> bool:
        """Whether colors are to be told apart by color-blind eyes."""
        return self.settings["palette"] == "colorblind"

    def check(self, name: str, value: Any) -> Any:
        """Return a setting as it will be read; raises ValueError, KeyError or TypeError where it cannot be that."""
        return check_setting(self._workspace, name, value)

    def set(self, name: str, value: Any) -> None:
        """Change a setting."""
        value = self.check(name, value)
        if value == self.settings[name]:
            return
        self.settings[name] = value
        if name == "color_by":
            self._workspace.meet_columns()
        self._touch()
        self._workspace.events.tell(SettingChanged(name, value))

    def select(self, rows: Any, client: str = "") -> None:
        """Select rows; `client` is the page that asks, "" if it is code."""
        rows = self._workspace.positions(rows)
        if not np.array_equal(rows, self.selection):
            self.selection = rows
            self._workspace.events.tell(SelectionChanged(client))

    def note_camera(self, x: float, y: float, width: float) -> None:
        """Note where a page looks."""
        self.camera = checked_camera({"x": x, "y": y, "width": width})
        self._touch()

    def look_at(self, camera: dict[str, float]) -> None:
        """Have every page look at a place of the layout, also those that open later."""
        self.camera = camera
        self._workspace.events.tell(CameraSet())
