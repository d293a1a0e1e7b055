"""What holds for tests and doctests alike: none of them reads or fills the user's own cache."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import settings

# A deadline for each example would measure how busy the machine is; what must be fast is measured in benchmarks/.
# CI judges a change, so it draws the same examples each time; everyone else's run looks for what nobody thought of.
settings.register_profile("pixplot_widget", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("pixplot_widget")


def pytest_configure(config: pytest.Config) -> None:
    """Give this run a cache of its own, before anything is imported, and take it away at the end."""
    folder = tempfile.TemporaryDirectory(prefix="pixplot-cache-", ignore_cleanup_errors=True)
    patch = pytest.MonkeyPatch()
    patch.setenv("PIXPLOT_WIDGET_CACHE", folder.name)
    config.add_cleanup(folder.cleanup)
    config.add_cleanup(patch.undo)
