"""`PixPlot`: what a user holds. Its traits and properties; what it does is in the modules beside, by what it is for."""

from __future__ import annotations

import base64
import itertools
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets
from PIL import Image

from .. import protocol
from ..desk import Desk
from ..edits import EditLog
from ..edits.answers import Inbox
from ..edits.locks import uninterrupted
from ..export.image import compressed
from ..facets.coloring import colorable
from ..facets.filters import Sieve
from ..facets.sifting import Sifting
from ..hotspots import hotspot_columns
from ..hotspots.grouping import Grouping
from ..images import Images
from ..images.truths import CLASS, MATCHED_CLASS, holds_matches
from ..layouts import Layout
from ..layouts.catalog import Catalog, resolve_roles
from ..neighbors import check_vectors
from ..preparation import Placing, Preparation
from ..publisher import Publisher
from ..rows import NO_ROWS
from ..thumbnails import ThumbnailStore
from . import arguments
from .closing import Closing
from .editing import Editing
from .leaving import Leaving
from .looking import Looking
from .memory import Memory
from .news import LabelNews
from .pages import Pages, name_of_dataset
from .preparing import Follower, Preparing
from .reviewing import ReviewQueue
from .settings import Settings

__all__ = ["PixPlot"]

STATIC = Path(__file__).parents[1] / "static"

MOST_STILL_BYTES = 150_000
MOST_SYNCED_BYTES = 45_000
"""Of the still picture in the widget's state, which is 60 kB as text."""


def _built(name: str) -> str | Path:
    """Give the text of a file of the front end; its path while it is developed, so that pages follow its changes.

    Not the path always: anywidget watches files for each widget by a signal that keeps it in memory for good.
    """
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"pixplot_widget's front end is not built: {name} is missing. "
            "Run `pip install .` (or `pip install -e .`) in the checkout, which builds it."
        )
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text("utf-8")


def _in_base64(picture: Image.Image, most_bytes: int) -> str:
    return base64.b64encode(compressed(picture, most_bytes)).decode()


class PixPlot(Closing, Editing, Looking, Leaving, Pages, Preparing, Settings, anywidget.AnyWidget):
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
        From ``tags``, ``year``, ``description``, ``permalink``, ``lat``, ``lng``, ``x``, ``y`` and ``suggested`` (the
        label that may be right, as `find_suspects` returns it) to columns. None: columns of those names.
    layout : str
        The layout shown first: a name in `layouts`, or one with options, as `arrange` writes it.
    reducer : object, optional
        Arranges by similarity in place of our own UMAP: anything with ``fit_transform``, such as ``umap.UMAP()``,
        ``cuml.UMAP()`` or scikit-learn's ``PCA(2)``; one that also has ``transform`` places appended rows.
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

    Notes
    -----
    Nothing waits for anything else: images stand in the order of the frame at first, as points in a pale colour of
    their label, and take on their own colours as they are read; where vectors are given, by two principal components a
    moment later; and by UMAP when that is done. Of a million images of 32 px, with vectors of 64 columns, on two
    processors: the first have their colours after 2 s, places by components come after 7 s, and UMAP takes 5 minutes
    and 2 GB of memory besides. Without vectors all images must be read and compared first, which takes 8 minutes.
    Whoever wants none of that calls `stop`.

    Whatever observes a trait, or edits by `on_edit`, is called in the thread that changed it: that of your own code,
    the kernel's for what pages do, and for `progress` one that works for the plot, in the context (`contextvars`) in
    which the plot was made. `hovered` is for reading: it follows the pointer, and setting it moves nothing on screen.

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
    _revisions: Iterator[int] | None = None

    _esm = _built("widget.js")
    _css = _built("widget.css")

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
        arguments.refuse_unknown(unknown, PixPlot.__init__)
        arguments.check_frame(df, label)
        checked = None if vectors is None else check_vectors(vectors, len(df))
        placing = arguments.placing(df, n_neighbors, min_dist, supervise, seed, cache, reducer)
        images = Images(df, image, image_dir, box, box_margin)
        roles = resolve_roles(df, roles, boxes=box or ())
        frame = df.copy() if copy else df
        self._wire = threading.RLock()
        try:
            super().__init__(height=height)
            self._set_up(
                frame,
                images,
                checked,
                placing,
                image=image,
                box=box,
                label=label,
                labels=labels,
                flag=flag,
                roles=roles,
                layout=layout,
                supervise=supervise,
                journal=journal,
                thumbnail_size=thumbnail_size,
                cache=cache,
            )
        except BaseException:
            self.close()  # ipywidgets keeps every widget that is not, and the journal would stay in use
            raise

    def _set_up(
        self,
        frame: pd.DataFrame,
        images: Images,
        vectors: np.ndarray | None,
        placing: Placing,
        *,
        image: str | Sequence[Any],
        box: Sequence[str] | None,
        label: str,
        labels: Sequence[Any] | None,
        flag: str,
        roles: dict[str, str],
        layout: str,
        supervise: str | None,
        journal: str | Path | None,
        thumbnail_size: int,
        cache: bool,
    ) -> None:
        """Make all that a plot consists of, from arguments that were checked, and begin the work."""
        self._at_close: list[Callable[[], None]] = []
        self._once: list[int] = []  # how many rows there were before some were added
        self._lock = threading.RLock()
        self._df = frame
        self._flag_column = flag
        self._box = list(box) if box is not None else None
        self._journal = journal
        self._supervise = supervise
        self._image_column = image if isinstance(image, str) else None
        self._roles = roles
        identity = [*([image] if isinstance(image, str) else []), *(box or ())]  # what tells rows apart
        self._images = images
        self._vectors = vectors
        by_class = box is not None and label != CLASS and CLASS in frame and colorable(frame[CLASS])
        self._log = EditLog(
            frame,
            label,
            flag,
            labels=labels,
            names=images.names,
            identity=identity,
            box_class=CLASS if by_class else None,
            box_truth=MATCHED_CLASS if holds_matches(frame) and colorable(frame[MATCHED_CLASS]) else None,
            journal=journal,
        )
        self._inbox = Inbox(self._log)
        self._label_news = LabelNews(self._log.labels)
        self._review = ReviewQueue()
        self._session = uuid.uuid4().hex[:12]
        # Without a journal nothing outlives this object, so nothing of an earlier one is sent to it.
        self._dataset = self._session if journal is None else name_of_dataset(images.names, journal)
        self._store = ThumbnailStore(images, thumbnail_size, cache)
        self._catalog = Catalog(
            lambda: self._frame, images.names, label, roles, placing.n_neighbors, placing.min_dist, placing.reducer
        )
        self._publisher = Publisher(lambda content, buffers: self.send(content, buffers))
        self._desk = Desk(
            self._publisher,
            images,
            self._store,
            self._catalog,
            df=lambda: self._frame,
            roles=roles,
            reason_column=f"{flag}_reason",
            labels=lambda: self._log.labels,
            vectors=lambda: self._preparation.vectors,
            safe=lambda: self.palette == "colorblind",
            shown=lambda: self.layout,
            telling=lambda stage: self._preparation.telling(stage),
            classes=self._classes,
            corrected=self._corrected_truths,
        )
        sieve = Sieve(
            lambda: self._frame,
            label,
            lambda: (self._log.labels.codes, self._log.labels.names),
            {"flagged": lambda: self._log.flags, "edited": lambda: self._log.edited, "unreadable": self._unreadable},
            tags=roles.get("tags"),
            label_values=lambda: self._log.labels.values,
        )
        self._sifting = Sifting(self._publisher, sieve, label)
        self._read_columns()
        self._grouping = Grouping(
            self._publisher, self._log, lambda: self._frame, label, roles, lambda: self._catalog["umap"].xy, cache
        )
        self._decoder = protocol.Decoder(protocol.INCOMING)
        self._placing = placing
        self._preparation = Preparation(self._store, Follower(self), placing)
        self._desk.post_layout("umap")
        self.layout = layout
        self._post_first_parts()
        self.on_msg(self._receive)
        self._log.observe(self._edited, whole=True)
        self._remember(journal, [] if layout == "umap" else ["layout"])
        self._revisions = itertools.count(1)
        self._preparation.start(vectors)

    # --- reading ---

    @property
    def df(self) -> pd.DataFrame:
        """The live DataFrame, with all corrections."""
        return self._df

    @property
    def _frame(self) -> pd.DataFrame:
        """`df`, for whatever goes by positions: raises RowsChangedError once other code added or removed rows."""
        self._log.check_rows(NO_ROWS)
        return self._df

    @property
    def selected(self) -> pd.DataFrame:
        """The selected rows of `df`."""
        return self._frame.iloc[self.selection]

    @property
    def filtered(self) -> pd.DataFrame:
        """The rows of `df` that pass `filter`."""
        return self._frame.iloc[np.flatnonzero(self._sifting.mask())]

    @property
    def edits(self) -> pd.DataFrame:
        """Every change of a row: time, position, index, file, column, old, new, how, undone; undone ones too."""
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
                "index": self._frame.index[rows],
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
        if hotspots is None:
            self._check_open()
        self._grouping.set(hotspots)
        if hotspots is None:
            self._preparation.group()

    def hotspot_columns(self) -> pd.DataFrame:
        """Give one boolean column a hotspot: which rows are in it; with the index of `df`, for ``df.join``.

        Returns
        -------
        pandas.DataFrame
            bool (n, number of hotspots), named after them; see `hotspots` for an example.
        """
        return hotspot_columns(self.hotspots, self._frame.index)

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
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: Any) -> None:
        self._check_open()
        with self._lock:  # no rows may come between
            checked = None if vectors is None else arguments.replacing(vectors, len(self._frame), self._once)
            present = self._catalog["umap"].as_projected.xy if "umap" in self._catalog else None
            with uninterrupted():
                self._vectors = checked
                self._preparation.place(checked, start_from=present)

    # --- showing ---

    def _send(self, msg: Any, buffers: Any = None) -> None:
        with self._wire:  # the comm is not made for several threads, and traits are sent in any
            if not self._closed:
                super()._send(msg, buffers)

    def __repr__(self) -> str:
        n = 0 if self._log is None else len(self._log.flags)  # no log: a constructor that raised
        return f"<PixPlot: {n:,} image{'' if n == 1 else 's'}{', closed' if self._closed else ''}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._publisher.displayed()
        bundle = super()._repr_mimebundle_(**kwargs)
        content = bundle[0] if isinstance(bundle, tuple) else bundle
        if content is not None:  # what GitHub and other readers show, who have no kernel and no widgets
            content["text/plain"] = f"{self!r} Run this cell to see them."
            if picture := self._still():
                content["image/jpeg"] = _in_base64(picture, MOST_STILL_BYTES)
                self._still_jpeg = _in_base64(picture, MOST_SYNCED_BYTES)
        return bundle

    # --- settings that change ---

    def __setattr__(self, name: str, value: Any) -> None:
        arguments.refuse_misspelt(self, name)
        super().__setattr__(name, value)

    @traitlets.observe("comm")
    def _hear_where_pages_speak(self, _change: Any) -> None:
        """Hear pages where they speak.

        ipykernel 7.4 hands what a page says to the subshell whose request was being answered when the widget last
        sent something. The publisher's thread answers none, and is taken to answer whatever came last: perhaps in a
        subshell that is soon gone, as that in which a page that was reloaded asks for all widgets. Then nothing that
        the page said was heard any more: seen in three of sixty-two reloads on a busy machine.
        """
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = None
