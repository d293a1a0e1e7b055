"""What is shown and how, from code: selection, camera, layouts, review, state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .. import protocol
from ..layouts import Layout
from . import arguments
from .memory import restore, state_of

__all__ = ["Looking"]


class Looking:
    """What `PixPlot` shows, the same with and without a page; its state is in `PixPlot`."""

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.fly_to(2, open=True)
        >>> plot.close()
        """
        position = arguments.one_row(self._frame, row)
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
        IndexError, KeyError, TypeError
            If it is not one of the rows.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from pixplot_widget import PixPlot
        >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.wait().similar(2, k=1).index.tolist()
        [1]
        >>> plot.close()
        """
        return self._frame.iloc[self._desk.similar(np.array([arguments.one_row(self._frame, row)]), k)]

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.review(by=pd.Series([0.1, 0.9, None]))
        >>> plot.review_at  # the first of two: row 1, then row 0
        0
        >>> plot.close()
        """
        place = self._review.fill(self._frame, by, ascending, edited=self._edited_columns)
        self._meet_columns()
        self._post_review()
        self.review_at = place

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.add_layout("by hand", [[0, 0], [1, 0], [1, 2]]).xy.shape
        (3, 2)
        >>> plot.layout = "by hand"
        >>> plot.close()
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

    def state(self) -> dict[str, Any]:
        """Give how the picture is looked at: layout, camera, colours, sizes, filter, review, and hotspots of your own.

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> before = plot.state()
        >>> plot.layout, plot.sprite_size = "grid", 2
        >>> plot.restore(before)
        >>> plot.layout, plot.sprite_size
        ('umap', 1.0)
        >>> plot.close()
        """
        return state_of(self)

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
        self._check_open()
        from ..training.panel import Subject, TrainingPanel

        def snapshot(start: int) -> tuple[pd.DataFrame, Any, np.ndarray]:
            with self._lock, self._log.lock:  # as rows are added
                stop = len(self._df)
                return self._df.iloc[start:].copy(), self._images.part(start, stop), self._sifting.mask()[start:].copy()

        def place(vectors: np.ndarray, before: str) -> bool:
            with self._lock:
                if len(vectors) != len(self._df):
                    return False
                if "umap" in self.layouts:
                    self.add_layout(before, self.layouts["umap"])
                self.vectors = vectors
                return True

        subject = Subject(self, str(self._log.labels.name), self._flag_column, snapshot, place)
        return TrainingPanel(subject, backbone, **settings)
