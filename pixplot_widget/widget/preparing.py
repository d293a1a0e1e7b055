"""The widget and the work behind it: waiting for it, stopping it, and what it tells the pages."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from .. import protocol
from ..edits.locks import uninterrupted
from ..layouts import Layout
from ..preparation import Progress
from ..preparation.terminal import bar_of

if TYPE_CHECKING:
    from . import PixPlot

__all__ = ["Follower", "Preparing"]


class Preparing:
    """What `PixPlot` can do about its preparation; its state is in `PixPlot`."""

    def wait(self, timeout: float | None = None) -> PixPlot:
        """Block until thumbnails, layouts and hotspots are ready; in a terminal a bar shows how far they are.

        Interrupting it interrupts the waiting only. Where the work was stopped, there is nothing to wait for.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None: as long as it takes.

        Returns
        -------
        PixPlot
            Itself.

        Raises
        ------
        TimeoutError
            If it took longer.
        Exception
            What went wrong in the background.
        """
        with bar_of(self):
            self._preparation.wait(timeout)
        return self

    def stop(self) -> None:
        """Stop reading and arranging images, as the button in the status line does; `resume` goes on.

        What is done stays: thumbnails that are there, the layout that is shown. Rows whose picture is missing are made
        when they are looked at. Stopping takes a moment; `wait` waits for it.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> pictures = [np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)]
        >>> plot = PixPlot(pd.DataFrame({"category": ["dark", "light", "light"]}), image=pictures, cache=False)
        >>> plot.stop()
        >>> plot.progress.running
        False
        >>> plot.resume()
        >>> plot.wait().progress.stopped
        False
        >>> plot.close()
        """
        with uninterrupted():  # or some of it could not be gone on with
            self._preparation.stop()

    def resume(self) -> None:
        """Go on with what `stop` stopped, or an error ended (see `progress`), from where it is."""
        with uninterrupted():
            self._preparation.resume()


class Follower:
    """The `preparation.Listener` of a plot: keeps what was made for the pages.

    Apart from the plot, whose own names are those that users call.
    """

    def __init__(self, plot: PixPlot) -> None:
        self._plot = plot

    def looked(self, rows: np.ndarray) -> None:
        """Keep new thumbnails for the pages."""
        self._plot._desk.post_pictures(rows)
        if self._plot._store.problems:
            self._plot._post_manifest()

    def placed(self, name: str, layout: Layout) -> None:
        """Keep a new layout for the pages."""
        follow = self._plot._catalog.put(name, layout)
        self._plot._desk.post_layout(name)
        self._plot._remake(follow)

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """Find the hotspots of new places."""
        self._plot._grouping.projected(xy, cancel)

    def progressed(self, progress: Progress) -> None:
        """Tell how far the preparation is."""
        self._plot.progress = progress
        self._plot._publisher.post("progress", lambda: protocol.Progress(**vars(self._plot.progress)))
