"""Detection boxes as pictures: a ground truth and a detector's results become a table with one row a box.

`PixPlot(match(truth, results, image_dir), box=("x", "y", "width", "height"), label="outcome")` shows them.
"""

from __future__ import annotations

from .corrections import to_coco
from .matching import OUTCOMES, match
from .report import problems
from .scores import summary
from .tensors import from_torchvision
from .voc import from_voc
from .yolo import from_yolo

__all__ = ["OUTCOMES", "from_torchvision", "from_voc", "from_yolo", "match", "problems", "summary", "to_coco"]
