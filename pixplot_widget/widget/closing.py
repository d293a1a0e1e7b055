"""The end of a plot: nothing of it goes on or stays, and what is held of it can still be asked."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext

from ..edits.locks import uninterrupted

__all__ = ["Closing"]


class Closing:
    """How `PixPlot` ends; its parts are in `PixPlot`."""

    _closed = False

    def close(self) -> None:
        """End all work for this widget and close it on every page; its journal is free, and `df` keeps its edits.

        Closing twice does no harm. What the plot holds can still be read, written to files and, where there is no
        journal, corrected; settings can be set, though nobody sees it. What needs work in the background, such as
        other vectors, raises RuntimeError. What pages say is left alone.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "light"]})
        >>> plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 2, cache=False)
        >>> plot.close()
        >>> plot.vectors = [[0.0], [1.0]]
        Traceback (most recent call last):
        ...
        RuntimeError: this plot was closed; PixPlot(plot.df, ...) makes a new one of the frame with its corrections
        """
        with uninterrupted():
            self._end()

    def __del__(self) -> None:
        """Close what was not: as ipywidgets does, but also while Python ends, when signals can be held back no more."""
        if not self._closed and "_trait_values" in self.__dict__:  # interrupted in `__new__` there are none
            self._end()

    def _end(self) -> None:
        with ExitStack() as stack:  # what fails in one part leaves no other open
            self._closed = True
            stack.callback(self._close_comm)
            # The last is the first: what was touched last is written while all is there. A constructor that raised
            # leaves some unmade.
            for part in (self._log, self._store, self._desk, self._publisher, self._preparation, self._memory):
                if part is not None:
                    stack.callback(part.close)
            for leave in list(self.__dict__.get("_at_close", ())):
                stack.callback(leave)

    def _close_comm(self) -> None:
        with self.__dict__.get("_wire") or nullcontext():  # what a thread is sending is sent first
            super().close()

    def _check_open(self) -> None:
        """Raise where something needs the work behind a plot that was closed."""
        if self._closed:
            raise RuntimeError(
                "this plot was closed; PixPlot(plot.df, ...) makes a new one of the frame with its corrections"
            )
