"""What leaves a plot, and what comes back: tables, folders, patches, the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from .. import export
from ..export.folders import to_folders
from ..export.image import Looks, draw, still, write_image
from ..export.patch import apply_patch
from ..facets.coloring import colors_of
from ..headings import column_of
from ..thumbnails import READY

__all__ = ["Leaving"]


class Leaving:
    """What `PixPlot` writes and merges; its state is in `PixPlot`."""

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> _ = plot.flag(1)
        >>> plot.clean().category.to_dict()
        {0: 'dark', 2: 'light'}
        >>> plot.close()
        """
        return export.clean(self._log)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> plot.to_csv().splitlines()[0]
        '"filename","category"'
        >>> plot.close()
        """
        return export.to_csv(self._log, path, image=self._image_column, roles=self._roles)

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
        >>> _ = plot.relabel(1, "light")
        >>> plot.changes_to_csv().splitlines()[1].split(",")[:4]
        ['"image 1"', '"category"', '"dark"', '"light"']
        >>> plot.close()
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
            There is no such layout, size, colour or format, or images are still being read: `wait` for that.
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
        write_image(image, path)
        return None

    def _still(self) -> Image.Image | None:
        """Draw what is shown for those who read the notebook where nothing runs, if that takes no time; else None."""
        try:
            layout = self._catalog.present(self.layout)
            looks = None if layout is None else self._looks(len(self._frame))
        except (KeyError, ValueError):
            return None  # other code moved rows or took a column away, of which edits speak: the widget is shown anyhow
        if layout is None or looks is None:
            return None
        return still(self._store, self._images, layout, looks, zoom=self.sprite_size, border=self.border_width)

    def _looks(self, n: int) -> Looks:
        codes, palette = np.full(n, -1), np.zeros((1, 3), dtype=np.uint8)
        safe = self.palette == "colorblind"
        if self.color_by == "":
            labels = self._log.labels
            codes, palette = labels.shown(labels.codes), labels.palette(safe=safe)
        elif self.color_by is not None:
            colors = colors_of(column_of(self._frame, self.color_by), safe)
            codes, palette = colors.codes, colors.palette
        selected = np.zeros(n, dtype=bool)
        selected[self.selection] = True
        framed = codes >= 0
        frames = np.zeros((n, 3), dtype=np.uint8)
        frames[framed] = palette[codes[framed]]
        return Looks(frames, framed, selected, ~self._sifting.mask())

    def to_folders(
        self, path: str | Path, *, dry_run: bool = True, mode: str = "copy", outside: bool = False
    ) -> pd.DataFrame:
        """Lay the images out in one folder a label; flagged and unlabelled ones are left out, and what is no image.

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
        states = self._store.state
        return to_folders(
            self._log,
            self._images,
            path,
            dry_run=dry_run,
            mode=mode,
            outside=outside,
            readable=lambda row: row < len(states) and states[row] == READY,
        )

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
        >>> plot = PixPlot(df, image=[np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)], cache=False)
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
        return apply_patch(self._log, path, on=on, force=force)
