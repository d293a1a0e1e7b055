"""`PixPlot`: what a user holds, and sees in a notebook. Traits and methods over a `Workspace`; it decides nothing."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets
from PIL import Image

from . import export
from .comm import Pages
from .edits import Change
from .edits.changes import words
from .edits.locks import uninterrupted
from .errors import MISTAKES
from .export.folders import to_folders
from .export.image import write_image
from .export.patch import apply_patch
from .frontend import MOST_STILL_BYTES, MOST_SYNCED_BYTES, built, in_base64
from .hotspots import hotspot_columns
from .images import Images
from .layouts import Layout
from .preparation import Progress
from .preparation.terminal import bar_of
from .thumbnails import READY
from .traits import Heading, Positions, refuse_misspelled
from .values import same
from .workspace import Workspace, events
from .workspace.append import append
from .workspace.drawing import picture, still_picture
from .workspace.settings import SETTINGS, check_plain
from .workspace.validation import one_row, refuse_unknown

__all__ = ["PixPlot"]

PAGE_SETTINGS = ("layout_name", "color_by", "palette", "sprite_size", "border_width", "height", "hovered")
"""Traits that pages set."""


class PixPlot(anywidget.AnyWidget):
    """See every image of a DataFrame, similar ones side by side, and correct its labels on screen.

    What can be done with a plot, by task:

    - read: `df`, `selected`, `filtered`, `edits`, `problems`, `vectors`, `layouts`, `hotspots`, `hotspot_columns`
    - correct: `relabel`, `rename_label`, `flag`, `undo`, `redo`, `revert`, `refresh`, `append`, `on_edit`
    - look: `select`, `fly_to`, `similar`, `arrange`, `add_layout`, `review`, `state`, `restore`
    - set and observe: `layout`, `color_by`, `palette`, `filter`, `selection`, `review_at`, `sprite_size`,
      `border_width`, `height`, `hovered`, `progress`, `revision`
    - wait: `wait`, `stop`, `resume`, `close`
    - write: `to_csv`, `changes_to_csv`, `merge`, `clean`, `to_folders`, `to_image`
    - train: `training_panel`

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image, any index. Corrections are written to it.
    vectors : array-like of shape (n, d), optional
        What makes images similar, from any model. A row of NaN is an image without a vector. None: vectors made
        from the thumbnails themselves.
    image : str or sequence
        The column of images, or n of them: paths, bytes, PIL images, uint8 arrays (h, w), (h, w, 3) or (h, w, 4).
    image_dir : path, optional
        Where relative paths start.
    box : four column names, optional
        x, y, width and height in px: each row is that crop of its image.
    box_margin : float
        Share of the box's size that is shown around it.
    label : str
        The column that is looked at and corrected. Missing values are images without a label.
    labels : sequence, optional
        The labels that may be given, in this order. None: those of the column, and new ones made on screen.
    flag : str
        The boolean column that flagging writes. It is made at the first flag.
    roles : mapping, optional
        From ``tags``, ``year``, ``description``, ``permalink``, ``lat``, ``lng``, ``x``, ``y`` and ``suggested`` (the
        label that may be right, as `find_suspects` returns it) to columns. None: columns of those names.
    layout : str
        The layout shown first: a name in `layouts`, or one with options, as `arrange` writes it.
    reducer : object, optional
        Arranges by similarity in place of our own UMAP: anything with ``fit_transform``, such as ``umap.UMAP()``,
        ``cuml.UMAP()`` or scikit-learn's ``PCA(2)``; one that also has ``transform`` places appended rows.
    n_neighbors, min_dist : number or list of numbers
        UMAP's: how many neighbors make a neighborhood, how close neighbors may stand (0 to 1). Lists: every
        combination becomes a variant, aligned with the others.
    supervise : str, optional
        A column that pulls images of one value together. It hides wrong labels.
    seed : int, optional
        The same layout every time, made on one thread.
    journal : path, optional
        A file in which every edit is before it is acknowledged; replayed the next time.
    copy : bool
        Leave the given `df` alone and correct a copy: `plot.df`.
    thumbnail_size : {32, 64, 128, 256}
        Side of the thumbnails that are kept, in px. Finer ones are made when they are looked at.
    cache : bool
        Keep thumbnails and layouts in the user's cache folder.
    height : int
        Of the widget, in px.

    Raises
    ------
    TypeError, KeyError, ValueError
        If an argument is wrong: with what is, and what would be right.

    Notes
    -----
    Nothing waits for anything else: images stand in the order of the frame at first, as points in a pale color of
    their label, and take on their own colors as they are read; where vectors are given, by two principal components a
    moment later; and by UMAP when that is done. Of a million images of 32 px, with vectors of 64 columns, on two
    processors: the first have their colors after 2 s, places by components come after 7 s, and UMAP takes 5 minutes
    and 2 GB of memory besides. Without vectors all images must be read and compared first, which takes 8 minutes.
    To have none of that done, call `stop`.

    Whatever observes a trait, or edits by `on_edit`, is called in the thread that changed it: that of your own code,
    the kernel's for what pages do, and for `progress` one that works for the plot, in the context (`contextvars`) in
    which the plot was made. `hovered` is for reading: it follows the pointer, and setting it moves nothing on screen.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
    >>> pictures = [np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)]
    >>> plot = PixPlot(df, image=pictures, cache=False).wait()
    >>> plot.relabel(1, "light").category.item()
    'light'
    >>> df.category.tolist(), plot.undo(), df.category.tolist()
    (['dark', 'light', 'light'], "undo: relabel 1 image to 'light'", ['dark', 'dark', 'light'])
    >>> plot.close()
    """

    _workspace: Workspace | None = None
    _pages: Pages | None = None
    _revisions: Iterator[int] | None = None
    _closed = False

    _esm = built("widget.js")
    _css = built("widget.css")

    layout = traitlets.Unicode("umap", help="The layout that is shown, with its options: `category?by=year`.")
    layout_name = traitlets.Unicode("umap", help="`layout`, as pages see it: hosts keep that name for CSS.").tag(
        sync=True
    )
    color_by = Heading(
        "", allow_none=True, help='Column of the borders\' colors; "": the label column; None: no colors.'
    ).tag(sync=True)
    palette = traitlets.Enum(
        SETTINGS["palette"].choices, "standard", help="Colors of categories; those of numbers are for every eye."
    ).tag(sync=True)
    sprite_size = traitlets.Float(
        1.0,
        min=SETTINGS["sprite_size"].least,
        max=SETTINGS["sprite_size"].most,
        help="Factor on the size that suits the layout.",
    ).tag(sync=True)
    border_width = traitlets.Float(
        2.0, min=SETTINGS["border_width"].least, max=SETTINGS["border_width"].most, help="Of the borders, in px."
    ).tag(sync=True)
    height = traitlets.Int(640, min=240, max=4000, help="Of the widget, in px.").tag(sync=True)
    revision = traitlets.Int(
        0, read_only=True, help="Counts edits, selections and filters, of the screen and of code; pages only read it."
    ).tag(sync=True)
    # An exporter that finds the state of a widget shows the widget, and leaves out the picture beside it.
    _still_jpeg = traitlets.Unicode(
        "", help="A still picture in base64, for pages that no kernel speaks to; pages only read it."
    ).tag(sync=True)
    hovered = traitlets.Int(
        -1, min=-1, help="Position of the row under the pointer, -1: none. Setting it moves nothing on screen."
    )
    review_at = traitlets.Int(-1, min=-1, help="Place in the review queue, -1: closed.")
    selection = Positions(help="Positions of the selected rows.")
    filter = traitlets.Any(
        None, help="Mask, text for `DataFrame.query`, or conditions as on screen: other rows are dimmed. None: all."
    )
    progress = traitlets.Instance(Progress, (), help="How far the preparation is.")

    def __init__(
        self,
        df: pd.DataFrame,
        vectors: Any = None,
        *,
        image: str | Sequence[Any] = "filename",
        image_dir: str | Path | None = None,
        box: Sequence[str] | None = None,
        box_margin: float = 0.0,
        label: str = "category",
        labels: Sequence[Any] | None = None,
        flag: str = "remove",
        roles: Mapping[str, str] | None = None,
        layout: str = "umap",
        reducer: Any = None,
        n_neighbors: int | Sequence[int] = 15,
        min_dist: float | Sequence[float] = 0.01,
        supervise: str | None = None,
        seed: int | None = None,
        journal: str | Path | None = None,
        copy: bool = False,
        thumbnail_size: int = 64,
        cache: bool = True,
        height: int = 640,
        **unknown: Any,
    ) -> None:
        refuse_unknown(unknown, PixPlot.__init__)
        self._wire = threading.RLock()
        self._at_close: list[Callable[[], None]] = []
        self._workspace = Workspace(
            df,
            vectors,
            image=image,
            image_dir=image_dir,
            box=box,
            box_margin=box_margin,
            label=label,
            labels=labels,
            flag=flag,
            roles=roles,
            layout=layout,
            reducer=reducer,
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            supervise=supervise,
            seed=seed,
            journal=journal,
            copy=copy,
            thumbnail_size=thumbnail_size,
            cache=cache,
        )
        try:
            super().__init__(height=height)
            self.layout = self._workspace.view.layout
            self._pages = Pages(self._workspace, self._send_frame)
            self._follow()
            self.on_msg(self._hear)
            self._workspace.start()
            self._revisions = itertools.count(1)
        except BaseException:
            self.close()  # ipywidgets keeps every widget that is not, and the journal would stay in use
            raise

    # --- reading ---

    @property
    def df(self) -> pd.DataFrame:
        """The live DataFrame, with all corrections."""
        return self._workspace.df

    @property
    def selected(self) -> pd.DataFrame:
        """The selected rows of `df`."""
        return self._workspace.current().iloc[self.selection]

    @property
    def filtered(self) -> pd.DataFrame:
        """The rows of `df` that pass `filter`."""
        return self._workspace.current().iloc[np.flatnonzero(self._workspace.filter.mask())]

    @property
    def edits(self) -> pd.DataFrame:
        """Every change of a row: time, position, index, file, column, old, new, how, undone; undone ones too."""
        return self._workspace.log.edits

    @property
    def problems(self) -> pd.DataFrame:
        """Rows whose image could not be read, or that a layout could not place: position, index, file, reason."""
        return self._workspace.problems

    @property
    def _images(self) -> Images:
        """The images, as `embed` and others take them for `image`."""
        return self._workspace.images

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by name, those the data allows; made when first looked up.

        A name may say how: ``plot.layouts["category?by=year"]``, as `arrange` writes it.
        """
        return self._workspace.catalog

    @property
    def hotspots(self) -> pd.DataFrame:
        """Where images crowd: name, size, cover (a position) and positions (int64), in the order of the panel.

        They are found once the images have their places (HDBSCAN of the layout; at most 20, none over half the images).
        Others can be set: a table like this one, with `name` and `positions`, or names to positions. They, and what is
        changed on screen, are kept with the journal. Setting None finds them anew.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> df = pd.DataFrame({"category": ["a", "b", "a"]})
        >>> plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 3, cache=False).wait()
        >>> plot.hotspots = {"first two": [0, 1]}
        >>> plot.hotspots[["name", "size", "cover"]].values.tolist()
        [['first two', 2, 0]]
        >>> df.join(plot.hotspot_columns())["first two"].tolist()
        [True, True, False]
        >>> plot.close()
        """
        return self._workspace.hotspots.spots.frame

    @hotspots.setter
    def hotspots(self, hotspots: Any) -> None:
        self._workspace.set_hotspots(hotspots)

    def hotspot_columns(self) -> pd.DataFrame:
        """Give one boolean column a hotspot: which rows are in it; with the index of `df`, for ``df.join``.

        Returns
        -------
        pandas.DataFrame
            bool (n, number of hotspots), named after them; see `hotspots` for an example.
        """
        return hotspot_columns(self.hotspots, self._workspace.current().index)

    @property
    def vectors(self) -> np.ndarray | None:
        """The vectors, float32 (n, d); None: made from the thumbnails.

        Setting others, of any width, moves the sprites to their new places from where they stand.

        Raises
        ------
        ValueError, TypeError
            If they are no vectors, or of another number of rows than `df` has now; nothing is changed then.
        RuntimeError
            If the plot was closed.
        """
        return self._workspace.vectors

    @vectors.setter
    def vectors(self, vectors: Any) -> None:
        self._workspace.set_vectors(vectors)

    # --- correcting ---

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
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
        return self._workspace.relabel(rows, label, column)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.flag([0, 2], reason="blurred")[["remove", "remove_reason"]].values.tolist()
        [[True, 'blurred'], [True, 'blurred']]
        >>> plot.clean().category.tolist()
        ['dark']
        >>> plot.close()
        """
        self._workspace.log.flag(rows, flagged, reason=reason)
        return self._workspace.rows(rows)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.flag(0) is None, plot.undo(), plot.undo()
        (False, 'undo: flag 1 image', 'nothing to undo')
        >>> plot.close()
        """
        return self._workspace.log.undo().message

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.relabel(0, "light") is None, plot.undo() == "", plot.redo()
        (False, False, "redo: relabel 1 image to 'light'")
        >>> plot.close()
        """
        return self._workspace.log.redo().message

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.relabel([0, 1], "gray").category.tolist(), plot.revert(0).category.tolist(), df.category.tolist()
        (['gray', 'gray'], ['dark'], ['dark', 'gray', 'light'])
        >>> plot.close()
        """
        self._workspace.log.revert(rows)
        return self._workspace.rows(rows)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.rename_label("dark", "night").category.tolist()
        ['night', 'night']
        >>> plot.close()
        """
        return self._workspace.rename_label(old, new)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> df.loc[0, "category"] = "night"
        >>> plot.refresh()
        >>> sorted(caption.text for caption in plot.layouts["category"].captions)
        ['dark', 'light', 'night']
        >>> plot.close()
        """
        self._workspace.refresh()

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
        A new row starts between its nearest neighbors among the rows that the layout was made of, and finds its place
        in 100 epochs of UMAP's descent in which those do not move (`umap.UMAP.transform`). Setting `vectors` anew, of
        all rows, arranges all of them together.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250)], cache=False).wait()
        >>> before = plot.layouts["umap"].xy
        >>> new = plot.append(pd.DataFrame({"category": ["light"]}), image=[np.full((8, 8), 240, np.uint8)])
        >>> df.category.tolist(), new.index.tolist()
        (['dark', 'light', 'light'], [2])
        >>> bool((plot.wait().layouts["umap"].xy[:2] == before).all())
        True
        >>> plot.close()
        """
        return append(self._workspace, df, vectors, image)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> end = plot.on_edit(lambda change: print(change.message, change.rows.tolist()))
        >>> _ = plot.relabel(1, "light")
        relabel 1 image to 'light' [1]
        >>> end()
        >>> _ = plot.relabel(0, "light")
        >>> plot.close()
        """
        if not callable(callback):
            raise TypeError(f"on_edit takes a function of one change, not {callback!r}")
        return self._workspace.log.observe(callback)

    # --- looking ---

    def select(self, rows: Any) -> None:
        """Select rows, in place of those selected now; the same as setting `selection`.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.

        Raises
        ------
        ValueError, KeyError, IndexError, TypeError
            If they are no rows: with what is wrong. The selection stays as it is.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.select(df.category == "dark")
        >>> plot.selection.tolist(), plot.selected.category.tolist()
        ([0, 1], ['dark', 'dark'])
        >>> plot.close()
        """
        self.selection = rows

    def fly_to(self, row: int, open: bool = False) -> None:
        """Move the camera of every view to a row.

        Parameters
        ----------
        row : int
            Its position; or a pandas object of one row.
        open : bool
            Show it in the inspector too.

        Raises
        ------
        ValueError, IndexError, KeyError, TypeError
            If it is not one of the rows.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.fly_to(2, open=True)
        >>> plot.close()
        """
        self._workspace.show_row(row, open)

    def similar(self, row: int, k: int = 20) -> pd.DataFrame:
        """Find the images most like one.

        Parameters
        ----------
        row : int
            Its position.
        k : int
            How many.

        Returns
        -------
        pandas.DataFrame
            Rows of `df`, nearest first, without the row itself.

        Raises
        ------
        ValueError
            If images have not been compared yet: `wait` for that.
        IndexError, KeyError, TypeError
            If it is not one of the rows.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.wait().similar(2, k=1).index.tolist()
        [1]
        >>> plot.close()
        """
        workspace = self._workspace
        near = workspace.similar(np.array([one_row(workspace.current(), row)]), k)
        return workspace.current().iloc[near]

    def review(self, by: Any = "suspicion", ascending: bool | None = None) -> None:
        """Open the review queue: images one by one, each decided by a key.

        An order that was left half way goes on where it was left (of the last eight, each under its own filter on
        screen), with a journal also in another kernel; ``plot.review_at = 0`` goes back to its beginning. Where `df`
        has a column ``suggested``, as `find_suspects` makes one, the label it holds for an image is one key away
        (``s``).

        Parameters
        ----------
        by : str, pandas.Series or rows
            A column of `df`, or a Series with the index of `df`, such as a column of what `find_suspects` returns:
            numbers from the highest down, text and dates from the first up, what does not compare by its text; rows
            without a value are left out. Or the rows themselves, in the order they are to be seen.
        ascending : bool, optional
            Turns the order of a column around.

        Raises
        ------
        KeyError
            If there is no such column.
        ValueError
            If there is nothing to review.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.review(by=pd.Series([0.1, 0.9, None]))
        >>> plot.review_at  # the first of two: row 1, then row 0
        0
        >>> plot.close()
        """
        self._workspace.review.open(by, ascending)

    def add_layout(self, name: str, xy: Any) -> Layout:
        """Add a layout of your own, and show it in the picker.

        Parameters
        ----------
        name : str
            As the picker shows it.
        xy : array-like of shape (n, 2), two column names, or Layout
            Positions in any unit, y up. Rows with a missing value stand apart. A layout is kept as it is now:
            ``plot.add_layout("before", plot.layouts["umap"])``.

        Returns
        -------
        Layout
            It can be set by its name from then on: ``plot.layout = name``.

        Raises
        ------
        ValueError
            If the shape is another, or the name has a "?".
        KeyError
            If a column does not exist.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.add_layout("by hand", [[0, 0], [1, 0], [1, 2]]).xy.shape
        (3, 2)
        >>> plot.layout = "by hand"
        >>> plot.close()
        """
        return self._workspace.add_layout(name, xy)

    def arrange(self, layout: str, *, geojson: Any = None, **options: Any) -> Layout:
        """Show a layout, with options.

        Parameters
        ----------
        layout : str
            A name in `layouts`.
        geojson : dict, str or path, optional
            For "map": GeoJSON, or a file of it, that is drawn over the map.
        **options
            Of "category": `by`, a column, and `across`, a second one: a wall with a box for every pair of values. Of
            "sorted": `by` and `descending`. Of "date": `by` and `unit` ("hour", "day", "week", "month", "year",
            "decade" or "century"). Of "custom": `x` and `y`, columns of numbers, and `fill`. Of "map": `projection`
            ("equirectangular" or "mercator"). Of "umap": `n_neighbors` and `min_dist`, of those given at first, `raw`
            and `fill`; of "pca" `raw`. `raw=True` leaves images where the projection put them; else up to 20,000 of
            them make room for each other. `fill` moves images that lie on one another to free cells of a grid: the
            share of it that is taken, 0.05 to 1, or True.

        Returns
        -------
        Layout
            Its name is `plot.layout` from then on, and may be set again as such.

        Raises
        ------
        ValueError, KeyError
            If there is no such layout, option or column: with what there is.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["a", "b", "a"], "predicted": ["a", "a", "b"]})
        >>> plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 3, cache=False)
        >>> wall = plot.arrange("category", across="predicted")
        >>> plot.layout, [caption.text for caption in wall.captions]
        ('category?across=predicted', ['a', 'b', 'a', 'b'])
        >>> plot.close()
        """
        return self._workspace.arrange(layout, geojson, options)

    def state(self) -> dict[str, Any]:
        """Give how the picture is looked at: layout, camera, colors, sizes, filter, review, and hotspots of your own.

        With a journal it is also kept beside it, in ``<journal>.view.json``, and restored the next time.

        Returns
        -------
        dict
            Small, of what JSON can hold.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> before = plot.state()
        >>> plot.layout, plot.sprite_size = "grid", 2
        >>> plot.restore(before)
        >>> plot.layout, plot.sprite_size
        ('umap', 1.0)
        >>> plot.close()
        """
        return self._workspace.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Look at the picture as it was when `state` was called, on this widget or on another one of the same data.

        Parameters
        ----------
        state : mapping
            What `state` gave. What it lacks stays as it is. It is data and no more: of a query it holds the rows, and
            one without them, as earlier versions wrote it, is left out with a warning.

        Raises
        ------
        TypeError, ValueError, KeyError
            It is no state, or one of other data; nothing is changed then.

        Examples
        --------
        See `state`.
        """
        self._workspace.restore(state)

    def training_panel(self, backbone: Any = "resnet50", **settings: Any) -> Any:
        """Return controls that fine-tune a network on the labels as they are on screen, and show what it makes of them.

        Training runs in a thread, so the picture can be used meanwhile. At its end `vectors` are the network's, the
        sprites move to their new places, and a layout "before training" has the old ones.

        Parameters
        ----------
        backbone : str or torch.nn.Module
            A network of torchvision's by name, or a module that returns features; see `FineTuner`.
        **settings
            Others of `FineTuner`, such as `min_size=None` or `weights="resnet50.pth"`.

        Returns
        -------
        TrainingPanel
            A widget with `start()`, `stop()`, `wait()`, `tuner` and `outcome`.

        Raises
        ------
        ImportError
            Without the extra: `pip install "pixplot_widget[train]"`.
        """
        self._workspace.check_open()
        from .training.panel import TrainingPanel
        from .training.subject import subject_of

        return TrainingPanel(subject_of(self, self._workspace), backbone, **settings)

    # --- waiting ---

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
            self._workspace.preparation.wait(timeout)
        return self

    def stop(self) -> None:
        """Stop reading and arranging images, as the button in the status line does; `resume` goes on.

        What is done stays: thumbnails that are there, the layout that is shown. Rows whose picture is missing are made
        when they are looked at. Stopping takes a moment; `wait` waits for it.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> pictures = [np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)]
        >>> plot = PixPlot(pd.DataFrame({"category": ["dark", "light", "light"]}), image=pictures, cache=False)
        >>> plot.stop()
        >>> plot.progress.running
        False
        >>> plot.resume()
        >>> plot.wait().progress.stopped
        False
        >>> plot.close()
        """
        self._workspace.stop()

    def resume(self) -> None:
        """Resume what `stop` stopped, or an error ended (see `progress`), from where it is."""
        self._workspace.resume()

    # --- writing ---

    def clean(self) -> pd.DataFrame:
        """Give a new DataFrame without the flagged rows, with all corrections.

        Returns
        -------
        pandas.DataFrame
            The other rows, with their index and dtypes; writing to it leaves `df` alone.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> _ = plot.flag(1)
        >>> plot.clean().category.to_dict()
        {0: 'dark', 2: 'light'}
        >>> plot.close()
        """
        return export.clean(self._workspace.log)

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Write a metadata.csv with the corrections, as PixPlotML reads it.

        Text is written as it is, and `datasets.from_pixplotml` reads it so. Of text that ``pandas.read_csv`` would take
        for numbers or for missing, such as "007" or "NA", a warning holds the call that does not. A spreadsheet takes
        text that begins with "=", "+", "-" or "@" for a formula: import its columns as text there.

        Parameters
        ----------
        path : path, optional
            The file; None: the text is returned.

        Returns
        -------
        str or None
            The text, where no path is given.

        Raises
        ------
        OSError
            The file cannot be written.
        ValueError
            Some text is none that a file can hold: with which it is.
        RowsChangedError
            Rows were added, removed or reordered by other code.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> plot.to_csv().splitlines()[0]
        '"filename","category"'
        >>> plot.close()
        """
        workspace = self._workspace
        return export.to_csv(workspace.log, path, image=workspace.image_column, roles=workspace.roles)

    def changes_to_csv(self, path: str | Path | None = None) -> str | None:
        """Write what was changed, one row a value: a patch for another copy of the frame, which `merge` applies.

        Parameters
        ----------
        path : path, optional
            The file; None: the text is returned.

        Returns
        -------
        str or None
            The text, where no path is given.

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> _ = plot.relabel(1, "light")
        >>> plot.changes_to_csv().splitlines()[1].split(",")[:4]
        ['"image 1"', '"category"', '"dark"', '"light"']
        >>> plot.close()
        """
        return export.changes_to_csv(self._workspace.log, path)

    def to_image(
        self,
        path: str | Path | None = None,
        *,
        layout: str | None = None,
        size: int = 2000,
        background: str = "white",
    ) -> Image.Image | None:
        """Draw all of the picture: layout, frames, `sprite_size`, filter and selection are those on screen.

        Parameters
        ----------
        path : path, optional
            The file, such as "picture.png"; None: the image is returned.
        layout : str, optional
            A name in `layouts`; None: the one that is shown.
        size : int
            Longest side, px.
        background : str
            A color, as Pillow reads it.

        Returns
        -------
        PIL.Image.Image or None
            RGB. A notebook shows it.

        Raises
        ------
        ValueError
            There is no such layout, size, color or format, or images are still being read: `wait` for that.
        OSError
            The file cannot be written; one of that name is as it was.
        RowsChangedError
            Rows were added, removed or reordered by other code.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["a", "b"]})
        >>> plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 2, cache=False).wait()
        >>> max(plot.to_image(layout="grid", size=300).size)
        300
        >>> plot.close()
        """
        image = picture(self._workspace, layout, size, background)
        if path is None:
            return image
        write_image(image, path)
        return None

    def to_folders(
        self, path: str | Path, *, dry_run: bool = True, mode: str = "copy", outside: bool = False
    ) -> pd.DataFrame:
        """Lay the images out in one folder a label; flagged and unlabeled ones are left out, and what is no image.

        Parameters
        ----------
        path : path
            The folder; made if it is not there. Nothing in it is ever deleted or overwritten.
        dry_run : bool
            Only list what would be done, and touch nothing.
        mode : {"copy", "link", "move"}
            What is done with the files. Where the images lie in `path` already, only "move" puts them in order.
        outside : bool
            Also take files that lie outside of the dataset's folder: `image_dir`, or what their paths have in common.

        Returns
        -------
        pandas.DataFrame
            One row an image: where it is, where it goes, and what was done or why not.

        Raises
        ------
        ValueError
            There is no such mode, or it does not suit the images: with one that does.
        NotADirectoryError
            There is a file of that name.

        Examples
        --------
        >>> import tempfile
        >>> from pixplot_widget import PixPlot, datasets
        >>> plot = PixPlot(datasets.load_emoji().head(20), cache=False)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plot.to_folders(folder)["outcome"].unique().tolist()  # what would be done
        ['copy']
        >>> plot.close()
        """
        workspace, states = self._workspace, self._workspace.store.state
        readable = lambda row: row < len(states) and states[row] == READY  # noqa: E731
        log, images = workspace.log, workspace.images
        return to_folders(log, images, path, dry_run=dry_run, mode=mode, outside=outside, readable=readable)

    def merge(self, path: str | Path, *, on: Any = "file", force: bool = False) -> pd.DataFrame:
        """Apply the changes that somebody made to another copy of the frame, as one step that undo takes back.

        Parameters
        ----------
        path : path
            As `changes_to_csv` writes it.
        on : "file", column or list of columns
            How rows are found.
        force : bool
            Also change what is not as it was when they made their change.

        Returns
        -------
        pandas.DataFrame
            The changes with what became of each: position, outcome, reason.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError, KeyError
            It is no patch, or its rows cannot be told apart.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), gray, np.uint8) for gray in (0, 250, 255)], cache=False)
        >>> theirs = PixPlot(df.copy(), image=[np.zeros((8, 8), np.uint8)] * 3, cache=False)
        >>> _ = theirs.relabel(1, "light")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     theirs.changes_to_csv(Path(folder, "patch.csv"))
        ...     plot.merge(Path(folder, "patch.csv"))[["position", "outcome"]].values.tolist()
        [[1, 'applied']]
        >>> df.category.tolist()
        ['dark', 'light', 'light']
        >>> plot.close(), theirs.close()
        (None, None)
        """
        return apply_patch(self._workspace.log, path, on=on, force=force)

    # --- closing ---

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
            if self._pages is not None:
                stack.callback(self._pages.close)
            if self._workspace is not None:
                stack.callback(self._workspace.end)
            for leave in list(self.__dict__.get("_at_close", ())):
                stack.callback(leave)

    def _close_comm(self) -> None:
        with self.__dict__.get("_wire") or nullcontext():  # what a thread is sending is sent first
            super().close()

    # --- showing ---

    def _send_frame(self, content: dict, buffers: list[bytes]) -> None:
        self.send(content, buffers)

    def _send(self, msg: Any, buffers: Any = None) -> None:
        with self._wire:  # the comm is not made for several threads, and traits are sent in any
            if not self._closed:
                super()._send(msg, buffers)

    def __repr__(self) -> str:
        n = 0 if self._workspace is None else len(self._workspace.log.flags)  # None: a constructor that raised
        return f"<PixPlot: {n:,} image{'' if n == 1 else 's'}{', closed' if self._closed else ''}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._pages.parts.displayed()
        bundle = super()._repr_mimebundle_(**kwargs)
        content = bundle[0] if isinstance(bundle, tuple) else bundle
        if content is not None:  # what GitHub and other readers show, who have no kernel and no widgets
            content["text/plain"] = f"{self!r} Run this cell to see them."
            if still := still_picture(self._workspace):
                content["image/jpeg"] = in_base64(still, MOST_STILL_BYTES)
                self._still_jpeg = in_base64(still, MOST_SYNCED_BYTES)
        return bundle

    @traitlets.observe("comm")
    def _hear_where_pages_speak(self, _change: Any) -> None:
        """Hear pages where they speak.

        ipykernel 7.4 hands what a page says to the subshell whose request was being answered when the widget last
        sent something. The thread that sends parts answers none, and is taken to answer whatever came last: perhaps in
        a subshell that is soon gone, as that in which a page that was reloaded asks for all widgets. Then nothing that
        the page said was heard any more: seen in three of sixty-two reloads on a busy machine.
        """
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = None

    def _hear(self, _widget: Any, content: Any, buffers: list) -> None:
        if not self._closed:  # else it was on its way
            self._pages.hear(content, buffers)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in settings from a page; one that cannot be is told in words, and stays as it is on all pages."""
        refused = []
        for name in [each for each in PAGE_SETTINGS if each in sync_data]:
            try:
                check_plain(name, sync_data[name])
                self.traits()[name]._validate(self, sync_data[name])
            except (*MISTAKES, traitlets.TraitError) as error:
                refused.append(name)
                self._pages.refuse(-1, words(error))
        # `revision` is only read, and `_esm` and `_css` are what all other pages run
        refused += [name for name in sync_data if name in self.keys and name not in PAGE_SETTINGS]
        super().set_state({name: value for name, value in sync_data.items() if name not in refused})
        if refused:
            self.send_state(refused)

    # --- traits: what is set goes to the workspace, and what happens there is seen in them ---

    def __setattr__(self, name: str, value: Any) -> None:
        refuse_misspelled(self, name)
        super().__setattr__(name, value)

    def _follow(self) -> None:
        """Show in traits what happens in the workspace, and count it."""
        workspace, on = self._workspace, self._workspace.events.on
        on(events.SettingChanged, lambda event: self._show(event.name, event.value))
        on(events.SelectionChanged, lambda _event: self._show("selection", workspace.view.selection))
        on(events.FilterChanged, lambda _event: self._show("filter", workspace.filter.value))
        on(events.ReviewMoved, lambda _event: self._show("review_at", workspace.review.at))
        on(events.Hovered, lambda event: self._show("hovered", event.row))
        on(events.Progressed, lambda event: self._show("progress", event.progress))
        on(events.Edited, lambda _event: self._count())

    def _show(self, name: str, value: Any) -> None:
        if not same(getattr(self, name), value):
            setattr(self, name, value)

    @traitlets.validate(*SETTINGS, "layout_name", "filter", "review_at")
    def _check(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "filter":
            return self._workspace.filter.check(value)
        if name == "review_at":
            return self._workspace.review.check(value)
        return self._workspace.view.check("layout" if name == "layout_name" else name, value)

    @traitlets.observe(*SETTINGS, "layout_name", "selection", "filter", "review_at")
    def _pass_on(self, change: Any) -> None:
        name, value, workspace = change["name"], change["new"], self._workspace
        if name in ("layout", "layout_name"):
            self.layout = self.layout_name = value
        if name in SETTINGS:
            workspace.view.set(name, value)
        elif name != "layout_name":
            view, review = workspace.view, workspace.review
            {"selection": view.select, "filter": workspace.filter_by, "review_at": review.move}[name](value)

    @traitlets.validate("revision")
    def _check_revision(self, proposal: Any) -> int:
        return max(self.revision, proposal["value"])  # of two threads the one that counted first may set last

    @traitlets.observe("selection", "filter")
    def _count(self, change: Any = None) -> None:
        """Let whoever goes by `revision` know that something has changed."""
        if self._revisions is not None and (change is None or not same(change["old"], change["new"])):
            self.set_trait("revision", next(self._revisions))
