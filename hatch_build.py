"""Hatch's hook: an editable install, a wheel and an sdist all carry the built front end and the emoji sheet.

What is already built from the present sources is left alone, so an sdist installs without Node and without network.
``PIXPLOT_WIDGET_SKIP_JS=1`` installs a checkout without building anything (for work on the Python side alone).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools import frontend


class StaticFilesHook(BuildHookInterface):
    """Builds pixplot_widget/static/ when its sources are newer."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a Node (and Pillow) only where something has to be built and none is there."""
        return frontend.requirements()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before any file is collected."""
        frontend.build(self.app.display_info)
