"""See a whole image dataset in one notebook cell, fix its labels on screen, and go on with a clean DataFrame.

Names are loaded when first used, so importing the package costs neither torch nor umap.
"""

from __future__ import annotations

import importlib
import importlib.util
from importlib.metadata import version
from typing import Any

__version__ = version("pixplot_widget")

_HOME = {
    "EditError": "errors",
    "FineTuner": "training.finetune",
    "ImageError": "images",
    "JournalError": "errors",
    "PixPlot": "widget",
    "RowsChangedError": "errors",
    "embed": "training.embed",
    "find_suspects": "suspects",
    "link": "linking",
    "project": "layouts.projection",
}
_MODULES = ("cache", "datasets", "detection", "layouts")

__all__ = [
    "EditError",
    "ImageError",
    "JournalError",
    "PixPlot",
    "RowsChangedError",
    "cache",
    "datasets",
    "detection",
    "find_suspects",
    "layouts",
    "link",
    "project",
]
if importlib.util.find_spec("torch") is not None:  # help() and `import *` fetch what is named here
    __all__ += ["FineTuner", "embed"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"pixplot_widget has no {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
