"""Two plots side by side that go together: what is done in one is seen in the other."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EditError

if TYPE_CHECKING:
    from ..edits import Change
    from . import PixPlot

__all__ = ["LINKED", "link"]

LINKED = ("selection", "filter")
"""What goes together unless something else is said."""


def link(*plots: PixPlot, traits: Sequence[str] = LINKED) -> Callable[[], None]:
    """Link plots of the same images: what is selected, filtered and corrected in one is so in the others.

    For two models side by side: ``PixPlot(df, before)`` and ``PixPlot(df, after)``. Of plots of one DataFrame a label
    given in one shows in all. (`traitlets.link` cannot do this: it compares arrays as if they were numbers.)

    Parameters
    ----------
    *plots : PixPlot
        Two or more, of as many rows. The others begin with what the first one has.
    traits : sequence of str
        What goes together: "selection", "filter", "color_by", "palette", "layout", "sprite_size", "border_width".

    Returns
    -------
    callable
        Without arguments; ends the link. The plots stay as they are.

    Raises
    ------
    TypeError
        If they are not two plots at least.
    ValueError
        If they have different numbers of rows, or one of `traits` is none.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from pixplot_widget import PixPlot, link
    >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
    >>> pictures = [np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)]
    >>> a, b = PixPlot(df, image=pictures, cache=False), PixPlot(df, image=pictures, cache=False)
    >>> end = link(a, b)
    >>> a.selection = [0, 2]
    >>> b.selection.tolist()
    [0, 2]
    >>> end()
    >>> b.selection = [1]
    >>> a.selection.tolist()
    [0, 2]
    >>> a.close(), b.close()
    (None, None)
    """
    from . import PixPlot

    if len(plots) < 2 or not all(isinstance(plot, PixPlot) for plot in plots):
        raise TypeError("link takes two plots or more: link(a, b)")
    if len({len(plot.df) for plot in plots}) > 1:
        raise ValueError(f"linked plots show the same images; these have {[len(plot.df) for plot in plots]} rows")
    settable = (*LINKED, "color_by", "palette", "layout", "sprite_size", "border_width")
    for name in traits:
        if name not in settable:
            raise ValueError(f"{name!r} cannot be linked; {', '.join(map(repr, settable))} can")
    made = _Link(plots, list(traits))
    return made.end


class _Link:
    """Passes on what changes in one of several plots, until `end`."""

    def __init__(self, plots: Sequence[PixPlot], traits: list[str]) -> None:
        self._plots, self._traits = plots, traits
        self._passing = False
        self._lock = threading.Lock()
        self._stale: set[int] = set()
        self._thread: threading.Thread | None = None
        for name in traits:
            self._pass_on(plots[0], name, getattr(plots[0], name))
        for plot in plots:
            plot.observe(self._changed, traits)
        self._ends = [plot.on_edit(lambda change, k=k: self._edited(k, change)) for k, plot in enumerate(plots)]

    def end(self) -> None:
        """Let each plot go its own way."""
        for plot in self._plots:
            plot.unobserve(self._changed, self._traits)
        for end in self._ends:
            end()

    def _changed(self, change: Any) -> None:
        if not self._passing:
            self._pass_on(change["owner"], change["name"], change["new"])

    def _pass_on(self, source: PixPlot, name: str, value: Any) -> None:
        self._passing = True
        try:
            for plot in self._plots:
                if plot is not source and not np.array_equal(getattr(plot, name), value):
                    setattr(plot, name, value)
        finally:
            self._passing = False

    def _edited(self, k: int, change: Change) -> None:
        """Have the other plots of the same frame look at it, outside of the lock that the edit is made under."""
        if change.kind == "outside":  # found by such a look
            return
        same = [j for j, plot in enumerate(self._plots) if j != k and plot.df is self._plots[k].df]
        with self._lock:
            self._stale.update(same)
            if self._thread is None and self._stale:
                self._thread = threading.Thread(target=self._look, name="pixplot-link", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while True:
            with self._lock:
                if not self._stale:
                    self._thread = None
                    return
                plot = self._plots[self._stale.pop()]
            try:
                plot.refresh()
            except EditError as error:  # it has other rows now, or was closed
                self.end()
                with self._lock:
                    self._stale.clear()
                warnings.warn(f"the plots are no longer linked: {error}", stacklevel=1)
