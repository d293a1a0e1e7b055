"""Progress for those who wait in a terminal, where there is no widget to look at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..widget import PixPlot

__all__ = ["bar_of"]


@contextlib.contextmanager
def bar_of(plot: PixPlot) -> Iterator[None]:
    """Show the progress of a plot as a bar, with rate and remaining time, if standard error is a terminal.

    A notebook's is none: there the widget shows it.
    """
    from tqdm import tqdm

    with tqdm(disable=None, leave=False, unit=" images") as bar:
        if bar.disable:
            yield
            return

        def show(change: Any) -> None:
            progress = change["new"]
            stage = f"{progress.stage}: " if progress.stage else ""
            if stage != bar.desc:
                bar.reset(progress.total or None)
                bar.unit = " images" if progress.stage.endswith(" images") else " %"
            bar.total = progress.total or None
            bar.n = progress.done
            bar.set_description_str(stage)

        plot.observe(show, "progress")
        try:
            yield
        finally:
            plot.unobserve(show, "progress")
