"""The widget towards its pages: what they should hold, and who answers what they say."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import traitlets

from .. import protocol
from ..edits import Change
from ..edits.changes import words
from ..errors import MISTAKES, EditError
from ..images.truths import CLASS, missed
from ..labels import LabelColumn
from ..labels.suggested import suggested_labels
from ..protocol import (
    CameraMoved,
    EditSent,
    FilterWanted,
    Hello,
    HotspotEdit,
    Hover,
    Message,
    PreparationWanted,
    ReviewMove,
    ReviewWanted,
    Select,
    Want,
)
from . import arguments
from .memory import Memory, checked_camera, checked_setting, memory_path, restore
from .reviewing import ReviewQueue

__all__ = ["Pages", "name_of_dataset"]

logger = logging.getLogger(__name__)

MOST_EAGER = 20_000
"""Up to so many images, all layouts go to the pages before they are asked for."""

MOST_TURNED = 100_000
"""Of so many rows pages are told what undo will give them, and redo, so that it shows at once: 1 MB each."""

MOST_EAGER_CELLS = 400_000
"""So many values of columns to filter by go to the pages before they are asked for: 1.6 MB."""

PAGE_SETTINGS = ("layout_name", "color_by", "palette", "sprite_size", "border_width", "height", "hovered")
"""Traits that pages set."""

NO_COLORS = ("tags", "text")
"""What a column may hold that one can filter by, but not colour."""


def name_of_dataset(names: list[str], journal: str | Path) -> str:
    """Name what a journal and a page agree on across kernels."""
    text = "\0".join([str(Path(journal).absolute()), *names])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def refusing(error: Exception) -> Callable[[], Change]:
    """Give what refuses an edit for a reason that is known already."""

    def refuse() -> Change:
        raise EditError(words(error))

    return refuse


class Pages:
    """What `PixPlot` tells its pages and hears from them; its state is in `PixPlot`."""

    def _read_columns(self) -> None:
        """See which columns there are, and which of them one can filter by."""
        self._columns = self._columns_now()
        self._facets = self._sifting.sieve.kinds(leave_out=self._columns_of_flags)

    def _columns_now(self) -> list[str]:
        return [name for name in map(str, self._df.columns) if name not in self._columns_of_flags]

    @property
    def _columns_of_flags(self) -> tuple[str, str]:
        return str(self._flag_column), f"{self._flag_column}_reason"

    def _meet_columns(self) -> None:
        """Tell pages of columns that other code made since: whoever goes by one wants to find it in the menus too."""
        if self._columns_now() != self._columns:
            self._post_columns()

    def _post_columns(self) -> None:
        """Tell pages which columns there are, and what they hold."""
        self._read_columns()
        self._post_manifest()
        self._sifting.post_facets(self._eager_facets())
        self._desk.recolor()
        self._post_suggested()
        self._sifting.tell()

    def _post_suggested(self, patiently: bool = True) -> None:
        """Keep for the pages what a column suggests as labels, where there is or was one."""
        if self._publisher.has("suggested-labels") or self._suggested_column in self._df.columns:
            self._publisher.post("suggested-labels", self._suggested, patiently=patiently)

    @property
    def _suggested_column(self) -> Any:
        """Name of the column of suggested labels; it may be made while the picture is there."""
        return self._roles.get("suggested", "suggested")

    def _suggested(self) -> protocol.SuggestedLabels:
        none = protocol.SuggestedLabels(names=[], codes=np.empty(0, np.int32))
        column = self._df.get(self._suggested_column)
        if not isinstance(column, pd.Series) or len(column) != len(self._log.flags):
            return none
        try:
            with self._log.lock:
                names, codes = suggested_labels(column, self._log.labels)
        except TypeError:  # lists, or the like: a column of that name which is about something else
            return none
        return protocol.SuggestedLabels(names=names, codes=codes)

    def _tell_rows(self, first: int, layouts: list[str]) -> None:
        """Let pages know of rows that were added: all that has an entry a row, and before it how many there are."""
        self._post_manifest()
        self._post_labels()
        self._label_news.take()  # the labels of new rows are in that part
        eager = len(self._df) <= MOST_EAGER
        for name in dict.fromkeys([self.layout, *self._catalog, *layouts]):
            now = eager or name == self.layout
            (self._desk.post_layout if now else self._desk.outdate_layout)(name)
        self._desk.post_names(first)
        self._post_columns()

    def _remember(self, journal: str | Path | None, given: list[str]) -> None:
        """Keep the state with the journal, and begin with the one that is there, but for what was given."""
        memory = Memory(None if journal is None else memory_path(journal), self.state)
        kept = memory.load()
        if kept is not None:
            try:
                restore(self, kept, leave=[*given, "hotspots"])  # the journal itself keeps those
            except MISTAKES as error:
                warnings.warn(f"the picture is not as it was left: {words(error)}", stacklevel=3)
        self._memory = memory

    def _post_first_parts(self) -> None:
        self._post_manifest()
        self._post_labels()
        self._desk.post_names()
        self._post_suggested()
        self._sifting.post_facets(self._eager_facets())
        if len(self._df) <= MOST_EAGER:  # so that changing the layout does not wait for a busy kernel
            for name in self._catalog:
                if not self._catalog.is_made_of_others(name):  # such as UMAP's, which takes its time
                    self._desk.post_layout(name)

    def _eager_facets(self) -> list[str]:
        """Columns that pages get unasked, so that filtering does not wait for a busy kernel."""
        few = list(self._facets)[: MOST_EAGER_CELLS // max(1, len(self._df))]
        return [
            name for name in few if name not in map(str, (self._log.label_column, self._image_column))
        ]  # sent otherwise

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
        label = str(self._log.labels.name)
        return protocol.Manifest(
            protocol=protocol.PROTOCOL,
            session=self._session,
            dataset=self._dataset,
            n=len(self._df),
            label_column=label,
            flag_column=str(self._flag_column),
            class_column=self._class_column,
            new_labels=not self._log.labels.closed,
            label_editable=arguments.given_by_people(self._df, self._log.label_column),
            layouts=[[name, self._catalog.title(name)] for name in options],
            options={kind: [option.as_dict() for option in some] for kind, some in options.items()},
            colorings=[name for name, kind in self._facets.items() if name != label and kind not in NO_COLORS],
            facets=[[name, kind] for name, kind in self._facets.items()],
            journal=self._journal is not None,
            boxes=self._box is not None,
            problems=[[row, reason] for row, reason in problems[:100]],
            problem_count=len(problems),
        )

    def _labels(self) -> protocol.Labels:
        with self._log.lock:
            undo, more_undo = self._log.ahead("undo", MOST_TURNED)
            redo, more_redo = self._log.ahead("redo", MOST_TURNED)
            steps = [*undo, *redo]
            _, rows, codes, flags, edited = ([step[k] for step in steps] for k in range(5))
            none = np.empty(0, np.int32)
            return protocol.Labels(
                codes=self._log.labels.shown(self._log.labels.codes),
                flags=self._log.flags.astype(np.uint8),
                edited=self._log.edited.astype(np.uint8),
                steps=[step.text for step in steps],
                undo_steps=len(undo),
                more_undo=more_undo,
                more_redo=more_redo,
                step_sizes=np.array([len(each) for each in rows], np.int32),
                step_rows=np.concatenate([none, *rows]).astype(np.int32),
                step_codes=self._log.labels.shown(np.concatenate([none, *codes])),
                step_flags=np.concatenate([none, *flags]).astype(np.uint8),
                step_edited=np.concatenate([none, *edited]).astype(np.uint8),
                names=list(self._log.labels.shown_names),
                palette=self._label_colors(),
                **self._label_facts(),
            )

    def _classes(self) -> LabelColumn | None:
        if self._box is None:
            return None
        fields = self._log.fields
        return fields["class"].labels if "class" in fields else self._log.labels

    @property
    def _class_column(self) -> str:
        """Name of the column in which the class that pages give boxes is corrected; "" where they give none."""
        kind = next((each for each in ("truth", "class") if each in self._log.fields), None)
        return "" if kind is None else str(self._log.fields[kind].column)

    def _label_colors(self) -> np.ndarray:
        return self._log.labels.palette(safe=self.palette == "colorblind")

    def _corrected_truths(self) -> np.ndarray:
        """Tell which rows speak of truths whose class was corrected here, bool (n,)."""
        fields = self._log.fields
        rows = np.zeros(len(self._log.flags), dtype=bool)
        if "truth" in fields:
            own = fields["class" if "class" in fields else "label"]
            alone = missed(self._df) & (own.labels.codes != own.base) & (own.column == CLASS)
            rows = alone | (fields["truth"].labels.codes != fields["truth"].base)
        return rows

    def _label_facts(self) -> dict[str, Any]:
        log = self._log
        return {
            "revision": log.revision,
            "edits": len(log),
            "undo": log.undo_text,
            "redo": log.redo_text,
        }

    def _edited(self, change: Change) -> None:
        rows = change.rows.astype(np.int32)
        places, names = self._label_news.take()
        changed = protocol.Changed(
            kind=change.kind,
            note=change.message if change.kind == "outside" else "",
            client=change.client or "",
            seq=change.seq or 0,
            rows=rows,
            codes=self._log.labels.shown(change.codes),
            flags=change.flags.astype(np.uint8),
            edited=self._log.edited[change.rows].astype(np.uint8),
            places=places,
            names=names,
            palette=self._label_colors()[places],
            **self._label_facts(),
        )
        self._publisher.tell(changed)
        self._post_labels(quietly=True)
        if self._sifting.conditions:
            self._sifting.tell()
        self._remake(self._catalog.forget(set(self._edited_columns)))
        self._count()

    def _remake(self, names: list[str]) -> None:
        """Send layouts again that follow from something that has changed; hidden ones when they are looked at."""
        for name in names:
            self._desk.outdate_layout(name)
        if self.layout in names:
            self._desk.show_layout(self.layout)

    def _receive(self, _widget: Any, content: Any, buffers: list) -> None:
        """Hear a page. Whatever it says, it is answered, in words where that cannot be done, and the comm lives on."""
        if self._closed:
            return  # it was on its way
        number = -1
        try:
            message = self._decoder.feed(content, buffers)
            if message is not None:
                number = getattr(message, "id", -1)
                self._hear(message)
        except protocol.ProtocolError as error:
            self._publisher.tell(protocol.Trouble(id=-1, text=f"The kernel did not understand the page: {error}"))
            if (asked := protocol.number_of_edit(error.head or content)) is not None:
                self._answer(*asked, refusing(error))  # else its page would send it, and none after it, for ever
        except (*MISTAKES, traitlets.TraitError) as error:
            self._publisher.tell(protocol.Trouble(id=number, text=words(error)))
        except Exception as error:
            logger.exception("what a page said could not be dealt with")
            self._publisher.tell(protocol.Trouble(id=number, text=f"That could not be done: {error}"))

    def _hear(self, message: Message) -> None:
        if isinstance(message, (EditSent, HotspotEdit)):
            self._edit(message)  # a refusal has to be acknowledged
            return
        protocol.check_rows(message, len(self._df))
        if isinstance(message, Hello):
            self._publisher.hello(message.have, message.called)
        elif isinstance(message, Select):
            self._selected_on_page(message)
        elif isinstance(message, FilterWanted):
            self._filtered_on_page(message)
        elif isinstance(message, Want) and message.part.startswith("facet/"):
            self._sifting.want(message.part.removeprefix("facet/"))
        elif isinstance(message, Hover):
            self.hovered = message.row
        elif isinstance(message, CameraMoved):
            self._camera = checked_camera({"x": message.x, "y": message.y, "width": message.width})
            self._memory.touch()
        elif isinstance(message, ReviewMove):
            self._moved_on_page(message)
        elif isinstance(message, ReviewWanted):
            self._review_on_page(message)
        elif isinstance(message, PreparationWanted):
            (self.resume if message.on else self.stop)()
        else:
            self._desk.answer(message)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in settings from a page; one that cannot be is told in words, and stays as it is on all pages."""
        refused = []
        for name in [each for each in PAGE_SETTINGS if each in sync_data]:
            try:
                checked_setting(self, name, sync_data[name])
            except (*MISTAKES, traitlets.TraitError) as error:
                refused.append(name)
                self._publisher.tell(protocol.Trouble(id=-1, text=words(error)))
        # `revision` is only read, and `_esm` and `_css` are what all other pages run
        refused += [name for name in sync_data if name in self.keys and name not in PAGE_SETTINGS]
        super().set_state({name: value for name, value in sync_data.items() if name not in refused})
        if refused:
            self.send_state(refused)

    def _edit(self, edit: EditSent | HotspotEdit) -> None:
        act, size = partial(self._made, edit), edit.rows.nbytes
        try:
            protocol.check_rows(edit, len(self._df))
        except IndexError as error:
            act, size = refusing(error), 0  # rows that are none may be many, and the answer may have to wait
        self._answer(edit.client, edit.seq, act, edit.oldest, size)

    def _answer(self, client: str, seq: int, act: Callable[[], Change], oldest: int = 1, size: int = 0) -> None:
        for answer in self._inbox.receive(client, seq, act, oldest=oldest, size=size):
            held = answer.change.message if answer.change is not None and len(answer.change.held) else ""
            reason = answer.reason or held
            self._publisher.tell(protocol.Ack(client=answer.client, seq=answer.seq, ok=answer.ok, reason=reason))

    def _made(self, edit: EditSent | HotspotEdit) -> Change:
        """Do what a page asks: its turn has come."""
        if isinstance(edit, HotspotEdit):
            return self._grouping.edit(edit)
        client = {"client": edit.client, "seq": edit.seq}
        if edit.kind in ("undo", "redo"):
            return (self._log.undo if edit.kind == "undo" else self._log.redo)(**client)
        protocol.check_rows(edit, len(self._df))  # again: it may have waited for those before it
        how = {"how": edit.how, **client}
        if edit.kind == "label":
            arguments.check_given(self._frame, self._log.label_column)
        kind = "truth" if edit.kind == "class" and "truth" in self._log.fields else edit.kind
        return self._log.apply(edit.rows, kind, edit.value, reason=edit.reason or None, **how)

    def _review_on_page(self, message: ReviewWanted) -> None:
        # Who filtered has said what is of interest.
        shown, among = (self._sifting.mask(), self._sifting.text) if message.by else (None, "")
        by = message.by or message.rows
        place = self._review.fill(self._frame, by, None, shown, self._edited_columns, among)
        self._post_review()
        if message.by:
            self.review_at = place  # of rows of its own a page knows the order, and is at work on them already

    @property
    def _edited_columns(self) -> list[str]:
        return [str(field.column) for field in self._log.fields.values()]

    def _resume_review(self, review: ReviewQueue) -> None:
        """Let pages offer to go on with a review; it is not open."""
        self.review_at = -1
        self._review = review
        self._post_review()

    def _post_review(self) -> None:
        """Let pages know the queue, and what is suggested for its images as the frame is now."""
        self._post_suggested(patiently=False)
        self._publisher.post("review", self._review.message)

    def _moved_on_page(self, message: ReviewMove) -> None:
        if message.at > len(self._review.rows):
            raise IndexError(f"the review has {len(self._review.rows)} images; there is no place {message.at} in it")
        self._reviewing = message.client
        try:
            self.review_at = max(-1, message.at)
        finally:
            self._reviewing = ""

    def _fly(self, camera: dict[str, float]) -> None:
        """Have every view look at a place of the layout, also those that open later."""
        self._camera = camera
        self._publisher.post("camera", lambda: protocol.CameraSent(layout=self.layout, **camera))

    def _filtered_on_page(self, message: FilterWanted) -> None:
        try:
            self.filter = self._sifting.read(message)
        except MISTAKES as error:
            self._publisher.tell(protocol.Trouble(id=-1, text=f"The filter was refused: {words(error)}"))
        self._sifting.tell()

    def _selected_on_page(self, message: Select) -> None:
        self._selecting = message.client
        try:
            self.selection = message.rows
        finally:
            self._selecting = ""
