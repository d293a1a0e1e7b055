"""Two plots side by side that go together: what is done in one is seen in the other."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .threads import start
from .values import same

if TYPE_CHECKING:
    from .edits import Change
    from .widget import PixPlot

__all__ = ["LINKED", "link"]

LINKED = ("selection", "filter")
"""What goes together unless something else is said."""

MOST_TURNS = 100
"""So often observers may change what was passed on to their plot before those that are linked are said to disagree."""


def link(*plots: PixPlot, traits: Sequence[str] = LINKED) -> Callable[[], None]:
    """Link plots of the same images: what is selected, filtered and corrected in one is so in the others.

    For two models side by side: ``PixPlot(df, before)`` and ``PixPlot(df, after)``. Of plots of one DataFrame a label
    given in one shows in all. (`traitlets.link` cannot do this: it compares arrays as if they were numbers.)

    What one plot cannot take over, such as a filter by a column that it has not, it leaves as it was, with a warning;
    the others do. A plot that is closed, or whose frame has other rows now, leaves the link. What one sets is there in
    the others when that returns, but where another thread is setting something too: that one passes it on then.

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
    >>> pictures = [np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)]
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
    from .widget import PixPlot

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
    """Passes on what changes in one of several plots, until `end`.

    A change is noted, and passed on by whichever thread is passing on already, else by the one that made it, which
    holds no lock meanwhile: setting a trait may wait for an edit that another thread makes. So a change that comes
    while another is passed on, from an observer or from another thread, has its turn. What a plot makes of a value that
    it is given (the label column's own name is "" as a coloring) is not passed back: `_known` says what each is known
    to have.
    """

    def __init__(self, plots: Sequence[PixPlot], traits: list[str]) -> None:
        self._numbers = {plot: k for k, plot in enumerate(plots, start=1)}
        self._traits = traits
        self._lock = threading.Lock()
        self._known = {(plot, name): getattr(plot, name) for plot in plots for name in traits}
        self._changed: dict[tuple[PixPlot, str], None] = {}  # an ordered set
        self._passing: int | None = None  # the thread that passes on
        self._given: tuple[PixPlot, str, Any] | None = None  # what it is about to replace in which plot
        self._turns = 0  # changes that observers made of what was passed on to them
        self._stale: dict[PixPlot, None] = {}
        self._thread: threading.Thread | None = None
        self._ends: dict[PixPlot, list[Callable[[], None]]] = {}
        for plot in plots:
            self._ends[plot] = self._enter(plot)
        for name in traits:
            self._known[plots[0], name] = self  # which is no value of a trait: the others begin with what it has
            self._pass_on(plots[0], name)

    def _enter(self, plot: PixPlot) -> list[Callable[[], None]]:
        """Follow a plot; returns what ends that."""
        leave = lambda: self._leave(plot)  # noqa: E731 - the same object is taken out again
        plot.observe(self._note, self._traits)
        plot._at_close.append(leave)
        return [
            lambda: plot.unobserve(self._note, self._traits),
            plot.on_edit(lambda change: self._edited(plot, change)),
            lambda: plot._at_close.remove(leave) if leave in plot._at_close else None,
        ]

    def end(self) -> None:
        """Let each plot go its own way."""
        for plot in list(self._ends):
            self._leave(plot)

    def _leave(self, plot: PixPlot) -> None:
        with self._lock:
            ends = self._ends.pop(plot, [])
            self._known = {key: value for key, value in self._known.items() if key[0] is not plot}
            self._changed = {key: None for key in self._changed if key[0] is not plot}
            self._stale.pop(plot, None)
            self._numbers.pop(plot, None)
        for end in ends:
            end()

    def _note(self, change: Any) -> None:
        """A trait has changed, in whatever thread: pass it on, unless it is what was passed on just now."""
        plot, name = change["owner"], change["name"]
        me = threading.get_ident()
        if self._passing == me and self._given is not None:
            target, given, before = self._given
            if plot is target and name == given and change["old"] is before:  # observers may have changed it once more
                self._know(plot, name, change["new"])
                return
        self._pass_on(plot, name)

    def _know(self, plot: PixPlot, name: str, value: Any) -> None:
        with self._lock:
            if plot in self._ends:
                self._known[plot, name] = value

    def _pass_on(self, plot: PixPlot, name: str) -> None:
        me = threading.get_ident()
        with self._lock:
            if plot in self._ends:
                self._changed[plot, name] = None
            self._turns = self._turns + 1 if self._passing == me else 0
            if self._passing is not None:
                return
            self._passing = me
        try:
            while (turn := self._next()) is not None:
                plot, name = turn
                value = getattr(plot, name)
                if not same(value, self._known.get(turn)):
                    self._know(plot, name, value)
                    self._give_others(plot, name, value)
        finally:
            with self._lock:
                if self._passing == me:
                    self._passing = None

    def _next(self) -> tuple[PixPlot, str] | None:
        """Take what is to be passed on next; None if nothing is, and then this thread is not passing on any more."""
        given_up = ""
        with self._lock:
            turn = next(iter(self._changed), None)
            if turn is not None and self._turns > MOST_TURNS:
                given_up, turn = turn[1], None
                self._changed.clear()
            if turn is None:
                self._passing = None
            else:
                del self._changed[turn]
        if given_up:
            warnings.warn(
                f"the linked plots do not agree on {given_up}, which is left as it is: what observes it in one changes "
                "what comes from another, again and again",
                stacklevel=2,
            )
        return turn

    def _give_others(self, source: PixPlot, name: str, value: Any) -> None:
        for plot in list(self._ends):
            before = getattr(plot, name)
            if plot is source or same(before, value):
                continue
            self._given = plot, name, before
            try:
                setattr(plot, name, value)
            except Exception as error:  # noqa: BLE001 - of one plot, and of what observes it; the others go on
                warnings.warn(f"linked plot {self._numbers.get(plot)} did not take over {name}: {error}", stacklevel=2)
            finally:
                self._given = None

    def _edited(self, plot: PixPlot, change: Change) -> None:
        """Have the other plots of the same frame look at it, outside of the lock that the edit is made under."""
        if change.kind == "outside":  # found by such a look
            return
        with self._lock:
            self._stale |= {each: None for each in self._ends if each is not plot and each.df is plot.df}
            if self._thread is None and self._stale:
                self._thread = start(self._look, name="pixplot-link")

    def _look(self) -> None:
        while True:
            with self._lock:
                plot = next(iter(self._stale), None)
                if plot is None:
                    self._thread = None
                    return
                del self._stale[plot]
                number = self._numbers[plot]
            try:
                plot.refresh()
            except Exception as error:  # noqa: BLE001 - it has other rows now, as a rule; the others go on
                self._leave(plot)
                warnings.warn(f"plot {number} is no longer linked: {error}", stacklevel=1)
