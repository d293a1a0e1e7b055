"""What several test modules take as fixtures."""

from __future__ import annotations

import pandas as pd
import pytest
from plots import pictures

from pixplot_widget import PixPlot


@pytest.fixture
def make():
    """Make widgets of small frames; they are closed in the end."""
    made = []

    def build(n: int = 6, df: pd.DataFrame | None = None, **options) -> PixPlot:
        if df is None:
            df = pd.DataFrame({"category": (["cat", "dog", None] * n)[:n], "year": range(1900, 1900 + n)})
        options = {"image": pictures(len(df)), "cache": False} | options
        made.append(PixPlot(df, **options))
        return made[-1]

    yield build
    for plot in made:
        plot.close()


@pytest.fixture
def path(tmp_path):
    """A place for a journal."""
    return tmp_path / "edits.jsonl"
