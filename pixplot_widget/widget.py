"""`PixPlot`: what a user holds. Traits, the message table and public methods; the work is done in other rooms."""

from __future__ import annotations

import hashlib
import threading
import uuid
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from . import arguments, export, protocol
from .answers import REFUSALS, Inbox
from .boxes import CLASS
from .catalog import Catalog, resolve_roles
from .changes import words
from .coloring import colorable
from .desk import Desk
from .edits import Change, EditLog
from .filters import Sieve
from .folders import to_folders
from .grouping import Grouping
from .hotspots import hotspot_columns
from .images import Images
from .labels import LabelColumn
from .layouts import Layout
from .memory import SETTINGS, Memory, memory_path, restore, state_of
from .neighbors import check_vectors
from .patch import apply_patch
from .preparation import Preparation, Progress
from .protocol import (
    CameraMoved,
    EditSent,
    FilterWanted,
    Hello,
    HotspotEdit,
    ReviewMove,
    ReviewWanted,
    Select,
    Want,
)
from .publisher import Publisher
from .reviewing import ReviewQueue
from .rows import to_positions
from .sifting import Sifting
from .terminal import bar_of
from .thumbnails import ThumbnailStore

__all__ = ["PixPlot"]

MOST_EAGER = 20_000
"""Up to so many images, all layouts go to the pages before they are asked for."""

MOST_EAGER_CELLS = 400_000
"""So many values of columns to filter by go to the pages before they are asked for: 1.6 MB."""

STATIC = Path(__file__).parent / "static"


def _built(name: str) -> Path:
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"pixplot_widget's front end is not built: {name} is missing. "
            "Run `pip install .` (or `pip install -e .`) in the checkout, which builds it."
        )
    return path


def _name_of_dataset(names: list[str], journal: str | Path) -> str:
    text = "\0".join([str(Path(journal).absolute()), *names])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


class Positions(traitlets.TraitType):
    """Positions of rows: int64 (k,), anything that `to_positions` understands can be set."""

    default_value = np.zeros(0, dtype=np.int64)

    def validate(self, obj: PixPlot, value: Any) -> np.ndarray:
        """Turn what was set into positions."""
        return to_positions(obj.df, value)


class PixPlot(anywidget.AnyWidget):
    """See every image of a DataFrame, similar ones side by side, and correct its labels on screen.

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
        From ``tags``, ``year``, ``description``, ``permalink``, ``lat``, ``lng``, ``x``, ``y`` to columns. None:
        columns of those names.
    layout : str
        The layout shown first: a name in `layouts`, or one with options, as `arrange` writes it.
    n_neighbors, min_dist : number or list of numbers
        UMAP's: how many neighbours make a neighbourhood, how close neighbours may stand (0 to 1). Lists: every
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

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> df = pd.DataFrame({"category": ["dark", "dark", "light"]})
    >>> pictures = [np.full((8, 8), grey, np.uint8) for grey in (0, 250, 255)]
    >>> plot = PixPlot(df, image=pictures, cache=False).wait()
    >>> plot.relabel(1, "light").category.item()
    'light'
    >>> df.category.tolist(), plot.undo(), df.category.tolist()
    (['dark', 'light', 'light'], "undo: relabel 1 image to 'light'", ['dark', 'dark', 'light'])
    >>> plot.close()
    """

    _catalog: Catalog | None = None
    _desk: Desk | None = None
    _log: EditLog | None = None
    _preparation: Preparation | None = None
    _publisher: Publisher | None = None
    _store: ThumbnailStore | None = None
    _selecting = ""
    _reviewing = ""
    _sifting: Sifting | None = None
    _memory: Memory | None = None
    _camera: dict[str, float] | None = None

    _esm = _built("widget.js")
    _css = _built("widget.css")

    layout = traitlets.Unicode("umap", help="The layout that is shown, with its options: `category?by=year`.")
    layout_name = traitlets.Unicode("umap", help="`layout`, as pages see it: hosts keep that name for CSS.").tag(
        sync=True
    )
    color_by = traitlets.Unicode(
        "", allow_none=True, help='Column of the borders\' colours; "": the label column; None: no colours.'
    ).tag(sync=True)
    palette = traitlets.Enum(
        ["standard", "colorblind"], "standard", help="Colours of categories; those of numbers are for every eye."
    ).tag(sync=True)
    sprite_size = traitlets.Float(1.0, min=0.05, max=20, help="Factor on the size that suits the layout.").tag(
        sync=True
    )
    border_width = traitlets.Float(2.0, min=0, max=20, help="Of the borders, in px.").tag(sync=True)
    height = traitlets.Int(640, min=240, max=4000, help="Of the widget, in px.").tag(sync=True)
    hovered = traitlets.Int(-1, help="Position of the row under the pointer, -1: none.").tag(sync=True)
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
        arguments.refuse_unknown(unknown, PixPlot.__init__)
        arguments.check_frame(df, label)
        checked = None if vectors is None else check_vectors(vectors, len(df))
        placing = arguments.placing(df, n_neighbors, min_dist, supervise, seed, cache)
        images = Images(df, image, image_dir, box, box_margin)
        roles = resolve_roles(df, roles, boxes=box or ())
        frame = df.copy() if copy else df
        super().__init__(height=height)
        self._lock = threading.RLock()
        self._df = frame
        self._flag_column = flag
        self._box = list(box) if box is not None else None
        self._journal = journal
        self._supervise = supervise
        self._image_column = image if isinstance(image, str) else None
        self._roles = roles
        identity = [*([image] if isinstance(image, str) else []), *(box or ())]  # what tells rows apart
        by_class = box is not None and label != CLASS and CLASS in frame and colorable(frame[CLASS])
        self._log = EditLog(
            frame,
            label,
            flag,
            labels=labels,
            names=images.names,
            identity=identity,
            box_class=CLASS if by_class else None,
            journal=journal,
        )
        self._inbox = Inbox(self._log)
        self._review = ReviewQueue()
        self._images = images
        self._vectors = checked
        self._session = uuid.uuid4().hex[:12]
        # Without a journal nothing outlives this object, so nothing of an earlier one is sent to it.
        self._dataset = self._session if journal is None else _name_of_dataset(images.names, journal)
        self._store = ThumbnailStore(images, thumbnail_size, cache)
        self._catalog = Catalog(lambda: self._df, images.names, label, roles, placing.n_neighbors, placing.min_dist)
        self._publisher = Publisher(lambda content, buffers: self.send(content, buffers))
        self._desk = Desk(
            self._publisher,
            images,
            self._store,
            self._catalog,
            df=lambda: self._df,
            roles=roles,
            reason_column=f"{flag}_reason",
            labels=lambda: self._log.labels,
            vectors=lambda: self._preparation.vectors,
            safe=lambda: self.palette == "colorblind",
            shown=lambda: self.layout,
            telling=lambda stage: self._preparation.telling(stage),
            classes=self._classes,
        )
        sieve = Sieve(
            lambda: self._df,
            label,
            lambda: (self._log.labels.codes, self._log.labels.names),
            {"flagged": lambda: self._log.flags, "edited": lambda: self._log.edited, "unreadable": self._unreadable},
            tags=roles.get("tags"),
        )
        self._sifting = Sifting(self._publisher, sieve, label)
        self._facets = sieve.kinds(leave_out=[flag, f"{flag}_reason"])
        self._grouping = Grouping(
            self._publisher, self._log, lambda: self._df, label, roles, lambda: self._catalog["umap"].xy, cache
        )
        self._decoder = protocol.Decoder(protocol.INCOMING)
        self._placing = placing
        self._preparation = Preparation(self._store, self, placing)
        self._colorings = [
            name for name, kind in self._facets.items() if name != label and kind not in ("tags", "text")
        ]
        self._desk.post_layout("umap")
        self.layout = layout
        self._post_first_parts()
        self.on_msg(self._receive)
        self._log.observe(self._edited)
        self._remember(journal, [] if layout == "umap" else ["layout"])
        self._preparation.start(checked)

    # --- reading ---

    @property
    def df(self) -> pd.DataFrame:
        """The live DataFrame, with all corrections."""
        return self._df

    @property
    def selected(self) -> pd.DataFrame:
        """The selected rows of `df`."""
        return self._df.iloc[self.selection]

    @property
    def filtered(self) -> pd.DataFrame:
        """The rows of `df` that pass `filter`."""
        return self._df.iloc[np.flatnonzero(self._sifting.mask())]

    @property
    def edits(self) -> pd.DataFrame:
        """Every change: time, position, index, file, column, old, new, how, undone; undone ones too."""
        return self._log.edits

    @property
    def problems(self) -> pd.DataFrame:
        """Rows whose image could not be read, or that a layout could not place: position, index, file, reason."""
        found = list(self._store.problems)
        found += [(row, reason) for row, reasons in self._catalog.problems.items() for reason in reasons]
        rows = [row for row, _ in found]
        return pd.DataFrame(
            {
                "position": np.asarray(rows, dtype=np.int64),
                "index": self._df.index[rows],
                "file": [self._images.names[row] for row in rows],
                "reason": pd.Series([reason for _, reason in found], dtype=object),
            }
        )

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by name, those the data allows; made when first looked up.

        A name may say how: ``plot.layouts["category?by=year"]``, as `arrange` writes it.
        """
        return self._catalog

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
        return self._grouping.spots.frame

    @hotspots.setter
    def hotspots(self, hotspots: Any) -> None:
        self._grouping.set(hotspots)
        if hotspots is None:
            self._preparation.group()

    def hotspot_columns(self) -> pd.DataFrame:
        """Give one boolean column a hotspot: which rows are in it; with the index of `df`, for ``df.join``."""
        return hotspot_columns(self.hotspots, self._df.index)

    @property
    def vectors(self) -> np.ndarray | None:
        """The vectors, float32 (n, d); None: made from the thumbnails.

        Setting others, of any width, moves the sprites to their new places from where they stand.
        """
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: Any) -> None:
        checked = None if vectors is None else check_vectors(vectors, len(self._df))
        with self._lock:
            self._vectors = checked
            present = self._catalog["umap"].xy if "umap" in self._catalog else None
            self._preparation.place(checked, start_from=present)

    # --- doing ---

    def wait(self, timeout: float | None = None) -> PixPlot:
        """Block until thumbnails, layouts and hotspots are ready; in a terminal a bar shows how far they are.

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
        return self._df.iloc[to_positions(self._df, rows)]

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
        return self._df.iloc[to_positions(self._df, rows)]

    def undo(self) -> str:
        """Take back the last step; returns what was done, in words, "" if there was nothing to undo."""
        return self._log.undo().message

    def redo(self) -> str:
        """Make the last undone step again; returns what was done, in words."""
        return self._log.redo().message

    def revert(self, rows: Any) -> pd.DataFrame:
        """Give rows back the label and flag they had at first; a step of its own."""
        self._log.revert(rows)
        return self._df.iloc[to_positions(self._df, rows)]

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

    def _post_columns(self) -> None:
        """Tell pages which columns there are, and what they hold."""
        self._facets = self._sifting.sieve.kinds(leave_out=[self._flag_column, f"{self._flag_column}_reason"])
        self._post_manifest()
        self._sifting.post_facets(self._eager_facets())
        self._desk.recolor()
        self._sifting.tell()

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
                self._dataset = _name_of_dataset(self._images.names, self._journal)
            self._tell_rows(int(rows[0]), again)
            self._preparation.append(every, arguments.supervising_codes(self._df, self._supervise))
        return self._df.iloc[rows]

    def _tell_rows(self, first: int, layouts: list[str]) -> None:
        """Let pages know of rows that were added: all that has an entry a row, and before it how many there are."""
        self._post_manifest()
        self._post_labels()
        eager = len(self._df) <= MOST_EAGER
        for name in dict.fromkeys([self.layout, *self._catalog, *layouts]):
            now = eager or name == self.layout
            (self._desk.post_layout if now else self._desk.outdate_layout)(name)
        self._desk.post_names(first)
        self._post_columns()

    def on_edit(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``callback(change)`` after every edit, from the screen or from code; returns what ends that."""
        return self._log.observe(callback)

    def select(self, rows: Any) -> None:
        """Select rows, in place of those selected now."""
        self.selection = rows

    def fly_to(self, row: int, open: bool = False) -> None:
        """Move the camera of every view to a row; `open` shows it in the inspector too."""
        (position,) = to_positions(self._df, [row])
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
        return self._df.iloc[self._desk.similar(to_positions(self._df, [row]), k)]

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
        place = self._review.fill(self._df, by, ascending)
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
            ("equirectangular" or "mercator"). Of "umap": `n_neighbors` and `min_dist`, of those given at first, and
            `fill`. `fill` moves images that lie on one another to free cells of a grid: the share of it that is taken,
            0.05 to 1, or True.

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
        from .training.panel import Subject, TrainingPanel

        def snapshot() -> tuple[pd.DataFrame, np.ndarray]:
            with self._log.lock:
                return self._df.copy(), self._sifting.mask().copy()

        subject = Subject(self, self._images, str(self._log.labels.name), self._flag_column, snapshot)
        return TrainingPanel(subject, backbone, **settings)

    def close(self) -> None:
        """End all work for this widget, and close it on every page."""
        for part in (self._memory, self._preparation, self._publisher, self._desk, self._store, self._log):
            if part is not None:  # a constructor that raised leaves some unmade, and ipywidgets closes it all the same
                part.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._publisher.displayed()
        return super()._repr_mimebundle_(**kwargs)

    # --- what the preparation tells (from its own threads) ---

    def looked(self, rows: np.ndarray) -> None:
        """Keep new thumbnails for the pages."""
        self._desk.post_pictures(rows)
        if self._store.problems:
            self._post_manifest()

    def placed(self, name: str, layout: Layout) -> None:
        """Keep a new layout for the pages."""
        follow = self._catalog.put(name, layout)
        self._desk.post_layout(name)
        if name == "umap":
            follow.append("grid")
        self._remake(follow)

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """Find the hotspots of new places."""
        self._grouping.projected(xy, cancel)

    def progressed(self, progress: Progress) -> None:
        """Tell how far the preparation is."""
        self.progress = progress
        self._publisher.post("progress", lambda: protocol.Progress(**vars(self.progress)))

    # --- parts ---

    def _remember(self, journal: str | Path | None, given: list[str]) -> None:
        """Keep the state with the journal, and begin with the one that is there, but for what was given."""
        memory = Memory(None if journal is None else memory_path(journal), self.state)
        kept = memory.load()
        if kept is not None:
            try:
                restore(self, kept, leave=[*given, "hotspots"])  # the journal itself keeps those
            except (ValueError, KeyError, TypeError, IndexError, traitlets.TraitError) as error:
                warnings.warn(f"the picture is not as it was left: {error.args[0]}", stacklevel=3)
        self._memory = memory

    def _post_first_parts(self) -> None:
        self._post_manifest()
        self._post_labels()
        self._desk.post_names()
        self._sifting.post_facets(self._eager_facets())
        if len(self._df) <= MOST_EAGER:  # so that changing the layout does not wait for a busy kernel
            for name in self._catalog:
                if name != "grid":  # follows from UMAP's, which takes its time
                    self._desk.post_layout(name)

    def _eager_facets(self) -> list[str]:
        """Columns that pages get unasked, so that filtering does not wait for a busy kernel."""
        few = list(self._facets)[: MOST_EAGER_CELLS // max(1, len(self._df))]
        return [name for name in few if name not in (self._log.label_column, self._image_column)]  # sent otherwise

    def _unreadable(self) -> np.ndarray:
        mask = np.zeros(len(self._df), dtype=bool)
        mask[[row for row, _ in self._store.problems]] = True
        return mask

    def _post_manifest(self) -> None:
        self._publisher.post("manifest", self._manifest)

    def _post_labels(self, quietly: bool = False) -> None:
        self._publisher.post("labels", self._labels, quietly)

    def _manifest(self) -> protocol.Manifest:
        problems = self._store.problems
        options = self._catalog.options
        return protocol.Manifest(
            protocol=protocol.PROTOCOL,
            session=self._session,
            dataset=self._dataset,
            n=len(self._df),
            label_column=str(self._log.labels.name),
            flag_column=self._flag_column,
            new_labels=not self._log.labels.closed,
            layouts=list(options),
            options={kind: [option.as_dict() for option in some] for kind, some in options.items()},
            colorings=self._colorings,
            facets=[[name, kind] for name, kind in self._facets.items()],
            journal=self._journal is not None,
            boxes=self._box is not None,
            problems=[[row, reason] for row, reason in problems[:100]],
            problem_count=len(problems),
        )

    def _labels(self) -> protocol.Labels:
        with self._log.lock:
            return protocol.Labels(
                codes=self._log.labels.codes.copy(),
                flags=self._log.flags.astype(np.uint8),
                edited=self._log.edited.astype(np.uint8),
                **self._label_facts(),
            )

    def _classes(self) -> LabelColumn | None:
        if self._box is None:
            return None
        fields = self._log.fields
        return fields["class"].labels if "class" in fields else self._log.labels

    def _label_facts(self) -> dict[str, Any]:
        log = self._log
        return {
            "revision": log.revision,
            "names": list(log.labels.names),
            "palette": log.labels.colored(safe=self.palette == "colorblind"),
            "edits": len(log),
            "undo": log.undo_text,
            "redo": log.redo_text,
        }

    def _edited(self, change: Change) -> None:
        rows = change.rows.astype(np.int32)
        changed = protocol.Changed(
            note=change.message if change.kind == "outside" else "",
            client=change.client or "",
            seq=change.seq or 0,
            rows=rows,
            codes=change.codes,
            flags=change.flags.astype(np.uint8),
            edited=self._log.edited[change.rows].astype(np.uint8),
            **self._label_facts(),
        )
        self._publisher.tell(changed)
        self._post_labels(quietly=True)
        if self._sifting.conditions:
            self._sifting.tell()
        self._remake(self._catalog.forget({str(field.column) for field in self._log.fields.values()}))

    def _remake(self, names: list[str]) -> None:
        """Send layouts again that follow from something that has changed; hidden ones when they are looked at."""
        for name in names:
            self._desk.outdate_layout(name)
        if self.layout in names:
            self._desk.show_layout(self.layout)

    # --- messages ---

    def _receive(self, _widget: Any, content: Any, buffers: list) -> None:
        try:
            message = self._decoder.feed(content, buffers)
        except protocol.ProtocolError as error:
            self._publisher.tell(protocol.Trouble(id=-1, text=f"The kernel did not understand the page: {error}"))
            return
        if isinstance(message, Hello):
            self._publisher.hello(message.have)
        elif isinstance(message, EditSent):
            self._edit(message)
        elif isinstance(message, Select):
            self._selected_on_page(message)
        elif isinstance(message, FilterWanted):
            self._filtered_on_page(message)
        elif isinstance(message, Want) and message.part.startswith("facet/"):
            self._sifting.want(message.part.removeprefix("facet/"))
        elif isinstance(message, HotspotEdit):
            self._grouping.receive(message)
        elif isinstance(message, CameraMoved):
            self._camera = {"x": message.x, "y": message.y, "width": message.width}
            self._memory.touch()
        elif isinstance(message, ReviewMove):
            self._moved_on_page(message)
        elif isinstance(message, ReviewWanted):
            self._review_on_page(message)
        elif message is not None:
            self._desk.answer(message)

    def _edit(self, edit: EditSent) -> None:
        client = {"client": edit.client, "seq": edit.seq}
        acts: dict[str, Callable[[], Change]] = {
            "undo": lambda: self._log.undo(**client),
            "redo": lambda: self._log.redo(**client),
        }
        act = acts.get(
            edit.kind,
            lambda: self._log.apply(
                edit.rows, edit.kind, edit.value, how=edit.how, reason=edit.reason or None, **client
            ),
        )
        for answer in self._inbox.receive(edit.client, edit.seq, act, oldest=edit.oldest):
            held = answer.change.message if answer.change is not None and len(answer.change.held) else ""
            reason = answer.reason or held
            self._publisher.tell(protocol.Ack(client=answer.client, seq=answer.seq, ok=answer.ok, reason=reason))

    def _review_on_page(self, message: ReviewWanted) -> None:
        try:
            place = self._review.fill(self._df, message.by or message.rows, None)
        except REFUSALS as error:
            self._publisher.tell(protocol.Trouble(id=-1, text=words(error)))
            return
        self._publisher.post("review", self._review.message)
        if message.by:
            self.review_at = place  # of rows of its own a page knows the order, and is at work on them already

    def _moved_on_page(self, message: ReviewMove) -> None:
        self._reviewing = message.client
        try:
            self.review_at = max(-1, message.at)
        finally:
            self._reviewing = ""

    @traitlets.observe("review_at")
    def _tell_review_place(self, change: Any) -> None:
        at, client = change["new"], self._reviewing
        if at >= 0:
            self._review.place = at
        self._publisher.post("review-at", lambda: protocol.ReviewAt(at=at, client=client))

    def _fly(self, camera: dict[str, float]) -> None:
        """Have every view look at a place of the layout, also those that open later."""
        self._camera = camera
        self._publisher.post("camera", lambda: protocol.CameraSent(layout=self.layout, **camera))

    @traitlets.observe(*SETTINGS, "filter")
    def _keep_state(self, _change: Any) -> None:
        if self._memory is not None:
            self._memory.touch()

    def _filtered_on_page(self, message: FilterWanted) -> None:
        try:
            self.filter = self._sifting.read(message)
        except (ValueError, KeyError, TypeError) as error:
            self._publisher.tell(protocol.Trouble(id=-1, text=f"The filter was refused: {error.args[0]}"))
        self._sifting.tell()

    def _selected_on_page(self, message: Select) -> None:
        self._selecting = message.client
        try:
            self.selection = message.rows
        finally:
            self._selecting = ""

    @traitlets.observe("selection")
    def _tell_selection(self, change: Any) -> None:
        client = self._selecting
        rows = change["new"].astype(np.int32)
        self._publisher.post("selection", lambda: protocol.SelectionSent(rows=rows, client=client))

    @traitlets.validate("filter")
    def _check_filter(self, proposal: Any) -> Any:
        return self._sifting.take(proposal["value"])

    @traitlets.observe("filter")
    def _tell_filter(self, change: Any) -> None:
        if change["new"] is None:  # which no validator sees
            self._sifting.take(None)
        self._sifting.tell()

    @traitlets.observe("palette")
    def _recolor(self, _change: Any) -> None:
        self._post_labels()
        self._desk.recolor()

    @traitlets.validate("layout", "layout_name")
    def _check_layout(self, proposal: Any) -> str:
        name = proposal["value"]
        return name if self._catalog is None else self._catalog.canonical(name)

    @traitlets.validate("color_by")
    def _check_coloring(self, proposal: Any) -> str:
        name = proposal["value"]
        if name is None:
            return None
        label = "" if self._log is None else str(self._log.labels.name)
        if name == label:
            return ""
        if name and name not in self._df.columns:
            raise ValueError(f"there is no column {name!r} to color by; there are {list(self._df.columns)}")
        return name

    @traitlets.observe("layout", "layout_name")
    def _follow_layout(self, change: Any) -> None:
        self.layout = self.layout_name = change["new"]
        if self._desk is not None:
            self._desk.show_layout(change["new"])
