"""What a user does with a plot, the same with and without a page: edits, moves, layouts, and what leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from .. import export, protocol
from ..edits import Change
from ..export.folders import to_folders
from ..export.image import Looks, draw
from ..export.patch import apply_patch
from ..facets.coloring import colors_of
from ..layouts import Layout
from ..rows import to_positions
from . import arguments
from .memory import restore, state_of
from .pages import name_of_dataset

__all__ = ["Actions"]


class Actions:
    """The methods of `PixPlot` that do something; its state is in `PixPlot`."""

    def relabel(self, rows: Any, label: Any, *, column: str | None = None) -> pd.DataFrame:
        """Give rows a label; None takes it away. One step for `undo`.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.
        label : object
            A value that fits the column; a new one is added where new ones are allowed.
        column : str, optional
            None: the label column. Of boxes whose label is another column, such as their outcome, also "category":
            what is in them.

        Returns
        -------
        pandas.DataFrame
            The rows as they are now.

        Raises
        ------
        ValueError, KeyError, IndexError, TypeError
            With what was wrong and what would be right; nothing is changed.
        """
        kind = arguments.editable(self._log.fields, column)
        self._log.apply(rows, kind, label, how="code")
        return self._frame.iloc[to_positions(self._frame, rows)]

    def flag(self, rows: Any, flagged: bool = True, *, reason: str | None = None) -> pd.DataFrame:
        """Flag rows for removal, or take the flag back; labels are left alone.

        Parameters
        ----------
        rows : int, sequence of int, boolean mask, pandas.Index or pandas.DataFrame
            Positions, a mask of length n, or index labels.
        flagged : bool
            False takes the flag back.
        reason : str, optional
            Kept beside the flag.

        Returns
        -------
        pandas.DataFrame
            The rows as they are now.
        """
        self._log.flag(rows, flagged, reason=reason)
        return self._frame.iloc[to_positions(self._frame, rows)]

    def undo(self) -> str:
        """Take back the last step; returns what was done, in words, "" if there was nothing to undo."""
        return self._log.undo().message

    def redo(self) -> str:
        """Make the last undone step again; returns what was done, in words."""
        return self._log.redo().message

    def revert(self, rows: Any) -> pd.DataFrame:
        """Give rows back the label and flag they had at first; a step of its own."""
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
        """
        with self._log.lock:
            rows = self._log.labels.rows_of(old)
            self._log.relabel(rows, new)
        return self._df.iloc[rows]

    def refresh(self) -> None:
        """Take over what other code wrote to `df`: labels, flags, and columns that pictures go by."""
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
            If they do not fit: with what is wrong. Nothing is changed then.

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
        self._log.refresh()  # whether new rows fit is seen only on a frame that is as it was
        arguments.check_frame(df, self._log.label_column)
        source = arguments.appended_images(self._image_column, image)
        more = self._images.more(df, source, self._box)
        with self._lock, self._publisher.paused(), self._log.lock:
            every = arguments.appended(self._vectors, vectors, len(df))
            rows = self._log.append(df, self._images.names_of(more))
            if not len(rows):
                return self._df.iloc[rows]
            self._vectors = every
            self._images.extend(more)
            self._store.extend()
            self._sifting.extend(len(self._df))
            again = self._catalog.extend()
            if self._journal is not None:
                self._dataset = name_of_dataset(self._images.names, self._journal)
            self._tell_rows(int(rows[0]), again)
            self._preparation.append(every, arguments.supervising_codes(self._df, self._supervise))
        return self._df.iloc[rows]

    def on_edit(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``callback(change)`` after every edit, from the screen or from code; returns what ends that."""
        return self._log.observe(callback)

    def select(self, rows: Any) -> None:
        """Select rows, in place of those selected now."""
        self.selection = rows

    def fly_to(self, row: int, open: bool = False) -> None:
        """Move the camera of every view to a row; `open` shows it in the inspector too."""
        (position,) = to_positions(self._frame, [row])
        self._publisher.tell(protocol.FlyTo(row=int(position), open=bool(open)))

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
        """
        return self._frame.iloc[self._desk.similar(to_positions(self._frame, [row]), k)]

    def review(self, by: Any = "suspicion", ascending: bool | None = None) -> None:
        """Open the review queue: images one by one, each decided by a key.

        An order that was left half way goes on where it was left; ``plot.review_at = 0`` goes back to its beginning.

        Parameters
        ----------
        by : str, pandas.Series or rows
            A column of `df`, or a Series with the index of `df`, such as a column of what `find_suspects` returns:
            numbers from the highest down, text and dates from the first up; rows without a value are left out. Or
            the rows themselves, in the order they are to be seen.
        ascending : bool, optional
            Turns the order of a column around.

        Raises
        ------
        KeyError
            If there is no such column.
        ValueError
            If there is nothing to review.
        """
        place = self._review.fill(self._frame, by, ascending)
        self._publisher.post("review", self._review.message)
        self.review_at = place

    def add_layout(self, name: str, xy: Any) -> Layout:
        """Add a layout of your own, and show it in the picker.

        Parameters
        ----------
        name : str
            As the picker shows it.
        xy : array-like of shape (n, 2), or two column names
            Positions in any unit, y up. Rows with a missing value stand apart.

        Returns
        -------
        Layout
        """
        made = self._catalog.add(name, xy)
        self._desk.post_layout(name)
        self._post_manifest()
        return made

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
        if geojson is not None:
            options["overlay"] = self._catalog.add_overlay(geojson)
        name = self._catalog.name(layout, options)
        made = self._catalog[name]
        self._post_manifest()  # columns may have been added
        self.layout = name
        return made

    def clean(self) -> pd.DataFrame:
        """Give a new DataFrame without the flagged rows, with all corrections."""
        return export.clean(self._log)

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Write a metadata.csv with the corrections, as PixPlotML reads it.

        Parameters
        ----------
        path : path, optional
            The file; None: the text is returned.
        """
        return export.to_csv(self._log, path, image=self._image_column, roles=self._roles)

    def changes_to_csv(self, path: str | Path | None = None) -> str | None:
        """Write what was changed, one row a value: a patch for another copy of the frame.

        Parameters
        ----------
        path : path, optional
            The file; None: the text is returned.
        """
        return export.changes_to_csv(self._log, path)

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
            A colour, as Pillow reads it.

        Returns
        -------
        PIL.Image.Image or None
            RGB. A notebook shows it.

        Raises
        ------
        ValueError
            There is no such layout, size or colour, or images are still being read: `wait` for that.
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
        n = len(self._frame)
        looks = self._looks(n)
        image = draw(
            self._store,
            self._images,
            self._catalog[self.layout if layout is None else layout],
            looks,
            size=size,
            zoom=self.sprite_size,
            border=self.border_width,
            background=background,
        )
        if path is None:
            return image
        image.save(path)
        return None

    def _looks(self, n: int) -> Looks:
        codes, palette = np.full(n, -1), np.zeros((1, 3), dtype=np.uint8)
        safe = self.palette == "colorblind"
        if self.color_by == "":
            labels = self._log.labels
            codes, palette = labels.shown(labels.codes), labels.palette(safe=safe)
        elif self.color_by is not None:
            colors = colors_of(self._frame[self.color_by], safe)
            codes, palette = colors.codes, colors.palette
        selected = np.zeros(n, dtype=bool)
        selected[self.selection] = True
        framed = codes >= 0
        frames = np.zeros((n, 3), dtype=np.uint8)
        frames[framed] = palette[codes[framed]]
        return Looks(frames, framed, selected, ~self._sifting.mask())

    def to_folders(self, path: str | Path, *, dry_run: bool = True, mode: str = "copy") -> pd.DataFrame:
        """Lay the images out in one folder a label; flagged and unlabelled ones are left out.

        Parameters
        ----------
        path : path
            The folder; made if it is not there. Nothing in it is ever deleted or overwritten.
        dry_run : bool
            Only list what would be done, and touch nothing.
        mode : {"copy", "link", "move"}
            What is done with the files.

        Returns
        -------
        pandas.DataFrame
            One row an image: where it is, where it goes, and what was done or why not.
        """
        return to_folders(self._log, self._images, path, dry_run=dry_run, mode=mode)

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
        """
        return apply_patch(self._log, path, on=on, force=force)

    def state(self) -> dict[str, Any]:
        """Give how the picture is looked at: layout, camera, colours, sizes, filter, and hotspots of your own.

        With a journal it is also kept beside it, in ``<journal>.view.json``, and restored the next time.

        Returns
        -------
        dict
            Small, of what JSON can hold.
        """
        return state_of(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Look at the picture as it was when `state` was called, on this widget or on another one of the same data.

        Parameters
        ----------
        state : mapping
            What `state` gave. What it lacks stays as it is.

        Raises
        ------
        TypeError, ValueError, KeyError, traitlets.TraitError
            It is no state, or one of other data; nothing is changed then.
        """
        restore(self, state)

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
        from ..training.panel import Subject, TrainingPanel

        def snapshot() -> tuple[pd.DataFrame, np.ndarray]:
            with self._log.lock:
                return self._df.copy(), self._sifting.mask().copy()

        subject = Subject(self, self._images, str(self._log.labels.name), self._flag_column, snapshot)
        return TrainingPanel(subject, backbone, **settings)
