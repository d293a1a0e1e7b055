"""What is in the boxes of a workspace whose rows are boxes: where that is corrected, and what was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..edits import EditLog
from ..images import Images
from ..images.boxes import Boxes
from ..images.truths import CLASS, missed
from ..labels import LabelColumn

__all__ = ["BoxClasses"]


class BoxClasses:
    """Classes of boxes, and the pictures that boxes lie in.

    Parameters
    ----------
    log : EditLog
        Corrects them.
    images : Images
        The crops.
    df : callable
        Gives the frame as it is now.
    is_boxes : bool
        Whether rows are boxes.
    """

    def __init__(self, log: EditLog, images: Images, df: Callable[[], pd.DataFrame], is_boxes: bool) -> None:
        self._log = log
        self._df = df
        self._is_boxes = is_boxes
        self.scenes = Boxes(images, df, log.labels.name, self.corrected_truths)

    @property
    def labels(self) -> LabelColumn | None:
        """The column that says what is in a box, where edits may write to it; None otherwise."""
        if not self._is_boxes:
            return None
        fields = self._log.fields
        return fields["class"].labels if "class" in fields else self._log.labels

    @property
    def column(self) -> str:
        """Name of the column in which the class that is given to a box is corrected; "" where none is."""
        kind = next((each for each in ("truth", "class") if each in self._log.fields), None)
        return "" if kind is None else str(self._log.fields[kind].column)

    def corrected_truths(self) -> np.ndarray:
        """Tell which rows speak of truths whose class was corrected here, bool (n,)."""
        fields = self._log.fields
        rows = np.zeros(len(self._log.flags), dtype=bool)
        if "truth" in fields:
            own = fields["class" if "class" in fields else "label"]
            alone = missed(self._df()) & (own.labels.codes != own.base) & (own.column == CLASS)
            rows = alone | (fields["truth"].labels.codes != fields["truth"].base)
        return rows
