"""Vectors from networks, and networks fine-tuned on the labels: what the extra `[train]` is for."""

from __future__ import annotations

import importlib

__all__ = ["INSTALL", "require"]

INSTALL = 'pip install "pixplot_widget[train]"'


def require(*modules: str) -> None:
    """Raise ImportError with the `pip install` line where a package of the extra is missing.

    Examples
    --------
    >>> require("json")
    >>> require("no_such_package")
    Traceback (most recent call last):
    ImportError: no_such_package is not installed; this needs: pip install "pixplot_widget[train]"
    """
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            if error.name != module:  # it is there, and broken: its own message says how
                raise
            raise ImportError(f"{module} is not installed; this needs: {INSTALL}", name=module) from None
