"""Edits from code: the same log, the same steps of undo as those from the screen."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..edits import Change
from ..errors import nearest
from ..labels import LabelColumn
from ..rows import to_positions
from ..values import folded
from . import arguments
from .growing import grow

__all__ = ["Editing"]

ALIKE = 0.8
"""So like another a new label is for a slip of the finger: "dresz" and "dress"; "cat" and "car" are not."""


class Editing:
    """What `PixPlot` does to the DataFrame; its state is in `PixPlot`."""

    def relabel(self, rows: Any, label: Any, *, column: str | None = None) -> pd.DataFrame:
        """Give rows a label; None takes it away. One step for `undo`.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.
        label : object
            A value that fits the column; a new one is added where new ones are allowed, with a warning where it is
            nearly one there is. A list, an array or a Series gives every row its own, in the order of `rows`.
        column : str, optional
            None: the label column. Of boxes whose label is another column, such as their outcome, also "category":
            what is in them. Of those of `detection.match`, "matched_category": the class of the truth, which all rows
            that speak of it get; "category" only of truths that were missed, for of a detection it is what the detector
            said. The outcome itself is what `detection.match` found, and is refused.

        Returns
        -------
        pandas.DataFrame
            The rows as they are now.

        Raises
        ------
        ValueError, KeyError, IndexError, TypeError
            With what was wrong and what would be right; nothing is changed.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.relabel(1, "light").category.tolist()
        ['light']
        >>> plot.relabel(df.category == "dark", "night").index.tolist(), df.category.tolist()
        ([0], ['night', 'light', 'light'])

        All that `find_suspects` would rather call otherwise, in one step:

        >>> better = pd.Series([None, "night", None]).dropna()
        >>> plot.relabel(better.index, better).category.tolist()
        ['night']
        >>> plot.close()
        """
        kind = arguments.editable(self._log.fields, column)
        self._give(rows, kind, label)
        return self._frame.iloc[to_positions(self._frame, rows)]

    def _give(self, rows: Any, kind: str, label: Any) -> None:
        with self._log.lock:
            arguments.check_given(self._frame, self._log.fields[kind].column)
            labels = self._log.fields[kind].labels
            is_new = isinstance(label, str) and labels.meant(label) is None
            self._log.apply(rows, kind, label, how="code")
            meant = _nearly(label, labels) if is_new else None
        if meant is not None:
            warnings.warn(f"{label!r} is a new label; did you mean {meant!r}? plot.undo() takes it back", stacklevel=3)

    def flag(self, rows: Any, flagged: bool = True, *, reason: str | None = None) -> pd.DataFrame:
        """Flag rows for removal, or take the flag back; labels are left alone. One step for `undo`.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.
        flagged : bool
            False takes the flag back.
        reason : str, optional
            Kept beside the flag, in the column of that name with ``_reason``.

        Returns
        -------
        pandas.DataFrame
            The rows as they are now.

        Raises
        ------
        ValueError, KeyError, IndexError, TypeError
            With what was wrong and what would be right; nothing is changed.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.flag([0, 2], reason="blurred")[["remove", "remove_reason"]].values.tolist()
        [[True, 'blurred'], [True, 'blurred']]
        >>> plot.clean().category.tolist()
        ['dark']
        >>> plot.close()
        """
        self._log.flag(rows, flagged, reason=reason)
        return self._frame.iloc[to_positions(self._frame, rows)]

    def undo(self) -> str:
        """Take back the last step, of whatever kind and from wherever.

        Returns
        -------
        str
            What was done, in words; also that there was nothing to undo.

        Raises
        ------
        EditError
            If rows of `df` have been added, removed or reordered by other code, or the journal cannot be written.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.flag(0) is None, plot.undo(), plot.undo()
        (False, 'undo: flag 1 image', 'nothing to undo')
        >>> plot.close()
        """
        return self._log.undo().message

    def redo(self) -> str:
        """Make the last undone step again.

        Returns
        -------
        str
            What was done, in words; also that there was nothing to redo, as after any new edit.

        Raises
        ------
        EditError
            If rows of `df` have been added, removed or reordered by other code, or the journal cannot be written.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.relabel(0, "light") is None, plot.undo() == "", plot.redo()
        (False, False, "redo: relabel 1 image to 'light'")
        >>> plot.close()
        """
        return self._log.redo().message

    def revert(self, rows: Any) -> pd.DataFrame:
        """Give rows back the label and flag they had at first; a step of its own, which `undo` takes back.

        Of boxes also the class of their truth, in all rows that speak of it.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.

        Returns
        -------
        pandas.DataFrame
            The rows as they are now.

        Raises
        ------
        ValueError, KeyError, IndexError, TypeError
            With what was wrong and what would be right; nothing is changed.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.relabel([0, 1], "grey").category.tolist(), plot.revert(0).category.tolist(), df.category.tolist()
        (['grey', 'grey'], ['dark'], ['dark', 'grey', 'light'])
        >>> plot.close()
        """
        self._log.revert(rows)
        return self._frame.iloc[to_positions(self._frame, rows)]

    def rename_label(self, old: Any, new: Any) -> pd.DataFrame:
        """Give all images of one label another: a new name, or a label there is, which then holds both.

        Parameters
        ----------
        old, new : object
            Labels; `new` fits the column, and is one of `labels` where those were given.

        Returns
        -------
        pandas.DataFrame
            The rows that bore the old label, as they are now. One step for `undo`.

        Raises
        ------
        KeyError
            There is no such label.
        ValueError
            The new one does not fit.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.rename_label("dark", "night").category.tolist()
        ['night', 'night']
        >>> plot.close()
        """
        with self._log.lock:
            rows = self._log.labels.rows_of(old)
            self._give(rows, "label", new)
        return self._df.iloc[rows]

    def refresh(self) -> None:
        """Take over what other code wrote to `df`: labels, flags, and columns that pictures go by.

        Raises
        ------
        RowsChangedError
            If rows were added, removed or reordered: `append` adds, and for the rest a new `PixPlot` is needed.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> df.loc[0, "category"] = "night"
        >>> plot.refresh()
        >>> sorted(caption.text for caption in plot.layouts["category"].captions)
        ['dark', 'light', 'night']
        >>> plot.close()
        """
        self._log.refresh()
        self._remake(self._catalog.forget())
        self._post_columns()

    def append(self, df: pd.DataFrame, vectors: Any = None, *, image: Sequence[Any] | None = None) -> pd.DataFrame:
        """Add images: they are placed into the present layout, in which the others stand still.

        `plot.df` gets the rows at its end and stays the same object: without ``copy=True`` it is the frame that was
        given at first, so that one has them too. Columns that only one of the frames has are missing in the rows of
        the other; labels, flags and other categories keep their dtype. Index labels are kept; where both frames just
        count their rows, counting goes on.

        Edits, undo, selection and hotspots of the user's own stay as they are; adding rows is no edit that undo takes
        back. A filter by a mask does not show the new rows, any other judges them too. Open pages go on from where they
        are. Layouts that follow from columns are made anew; in one of `add_layout` that was given as an array, the new
        rows stand apart. A journal notes how many rows there are now, but not the rows: the next time, give the longer
        frame.

        Parameters
        ----------
        df : pandas.DataFrame
            The new rows, with the image and label columns; left alone.
        vectors : array-like of shape (k, d), optional
            Theirs, from the same model as the others'. None where the plot's are made from the thumbnails.
        image : sequence, optional
            The new images, where the plot was given a sequence of them and not a column.

        Returns
        -------
        pandas.DataFrame
            The new rows of `plot.df`.

        Raises
        ------
        TypeError, KeyError, ValueError
            If they do not fit: with what is wrong. Nothing is changed then. Nor where it is interrupted before the
            rows are in `df`; where that comes later, all is done first.

        Notes
        -----
        A new row starts between its nearest neighbours among the rows that the layout was made of, and finds its place
        in 100 epochs of UMAP's descent in which those do not move (`umap.UMAP.transform`). Setting `vectors` anew, of
        all rows, arranges all of them together.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250)], cache=False).wait()
        >>> before = plot.layouts["umap"].xy
        >>> new = plot.append(pd.DataFrame({"category": ["light"]}), image=[np.full((8, 8), 240, np.uint8)])
        >>> df.category.tolist(), new.index.tolist()
        (['dark', 'light', 'light'], [2])
        >>> bool((plot.wait().layouts["umap"].xy[:2] == before).all())
        True
        >>> plot.close()
        """
        return grow(self, df, vectors, image)

    def on_edit(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call a function after every edit, from the screen or from code.

        Parameters
        ----------
        callback : callable
            Given one `Change`: its `kind`, `rows` (int64 positions), `message` in words and `client` (None: from code).
            It is called while the edit is being made, so it should return soon; an error in it is logged and undoes
            nothing.

        Returns
        -------
        callable
            Without arguments; ends it.

        Raises
        ------
        TypeError
            If it cannot be called.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> end = plot.on_edit(lambda change: print(change.message, change.rows.tolist()))
        >>> _ = plot.relabel(1, "light")
        relabel 1 image to 'light' [1]
        >>> end()
        >>> _ = plot.relabel(0, "light")
        >>> plot.close()
        """
        if not callable(callback):
            raise TypeError(f"on_edit takes a function of one change, not {callback!r}")
        return self._log.observe(callback)


def _nearly(name: str, labels: LabelColumn) -> str | None:
    """Give the label that images have and that is nearly `name`; None if there is none."""
    borne = (labels.values[code] for code in np.flatnonzero(labels.counts))
    fixed = _fixed(name)
    others = [value for value in borne if isinstance(value, str) and value != name and _fixed(value) == fixed]
    return nearest(name, others, ALIKE)


def _fixed(label: str) -> tuple[str, str]:
    """Give what no slip changes: how a label begins ("night" is not "light"), and digits ("class 10" not "class 1")."""
    return folded(label.strip())[:1], re.sub(r"\D", "", label)
