"""`PixPlot`: what a user holds. Its traits and properties; what it does is in the modules beside, by what it is for."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from .. import protocol
from ..desk import Desk
from ..edits import EditLog
from ..edits.answers import Inbox
from ..errors import instead
from ..facets.coloring import colorable
from ..facets.filters import Sieve
from ..facets.sifting import Sifting
from ..hotspots import hotspot_columns
from ..hotspots.grouping import Grouping
from ..images import Images
from ..images.boxes import CLASS
from ..layouts import Layout
from ..layouts.catalog import Catalog, resolve_roles
from ..neighbors import check_vectors
from ..preparation import Preparation, Progress
from ..publisher import Publisher
from ..rows import NO_ROWS, to_positions
from ..thumbnails import ThumbnailStore
from . import arguments
from .editing import Editing
from .leaving import Leaving
from .looking import Looking
from .memory import SETTINGS, Memory
from .pages import Pages, name_of_dataset
from .preparing import Follower, Preparing
from .reviewing import ReviewQueue

__all__ = ["PixPlot"]

STATIC = Path(__file__).parents[1] / "static"


def _built(name: str) -> Path:
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"pixplot_widget's front end is not built: {name} is missing. "
            "Run `pip install .` (or `pip install -e .`) in the checkout, which builds it."
        )
    return path


class Positions(traitlets.TraitType):
    """Positions of rows: int64 (k,), anything that `to_positions` understands can be set."""

    default_value = np.zeros(0, dtype=np.int64)

    def validate(self, obj: PixPlot, value: Any) -> np.ndarray:
        """Turn what was set into positions."""
        return to_positions(obj._frame, value)


class PixPlot(Editing, Looking, Leaving, Pages, Preparing, anywidget.AnyWidget):
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
        self._dataset = self._session if journal is None else name_of_dataset(images.names, journal)
        self._store = ThumbnailStore(images, thumbnail_size, cache)
        self._catalog = Catalog(lambda: self._frame, images.names, label, roles, placing.n_neighbors, placing.min_dist)
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
        )
        sieve = Sieve(
            lambda: self._frame,
            label,
            lambda: (self._log.labels.codes, self._log.labels.names),
            {"flagged": lambda: self._log.flags, "edited": lambda: self._log.edited, "unreadable": self._unreadable},
            tags=roles.get("tags"),
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
        self._preparation.start(checked)

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
        """
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: Any) -> None:
        checked = None if vectors is None else check_vectors(vectors, len(self._frame))
        with self._lock:
            self._vectors = checked
            present = self._catalog["umap"].as_projected.xy if "umap" in self._catalog else None
            self._preparation.place(checked, start_from=present)

    # --- doing ---

    def close(self) -> None:
        """End all work for this widget and close it on every page; its journal is free, and `df` keeps its edits."""
        for part in (self._memory, self._preparation, self._publisher, self._desk, self._store, self._log):
            if part is not None:  # a constructor that raised leaves some unmade, and ipywidgets closes it all the same
                part.close()
        super().close()

    def __repr__(self) -> str:
        n = 0 if self._log is None else len(self._log.flags)  # no log: a constructor that raised
        return f"<PixPlot: {n:,} image{'' if n == 1 else 's'}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._publisher.displayed()
        bundle = super()._repr_mimebundle_(**kwargs)
        content = bundle[0] if isinstance(bundle, tuple) else bundle
        if content is not None:  # what GitHub and other readers show, who have no kernel and no widgets
            content["text/plain"] = f"{self!r} Run this cell to see them."
            if picture := self._still():
                content["image/jpeg"] = base64.b64encode(picture).decode()
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

    @traitlets.observe("review_at")
    def _tell_review_place(self, change: Any) -> None:
        at, client = change["new"], self._reviewing
        if at >= 0:
            self._review.place = at
        self._publisher.post("review-at", lambda: protocol.ReviewAt(at=at, client=client))

    @traitlets.observe(*SETTINGS, "filter", "review_at")
    def _keep_state(self, _change: Any) -> None:
        if self._memory is not None:
            self._memory.touch()

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
        self._meet_columns()
        self._sifting.tell()

    @traitlets.observe("color_by")
    def _tell_coloring(self, _change: Any) -> None:
        self._meet_columns()

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
        if name and name not in self._frame.columns:
            raise ValueError(f"there is no column {name!r} to color by; {instead(name, self._frame.columns)}")
        return name

    @traitlets.observe("layout", "layout_name")
    def _follow_layout(self, change: Any) -> None:
        self.layout = self.layout_name = change["new"]
        if self._desk is not None:
            self._desk.show_layout(change["new"])
