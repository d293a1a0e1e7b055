"""The front end as it was built, and pictures that stand in for it where it does not run."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from PIL import Image

from .export.image import compressed

__all__ = ["MOST_STILL_BYTES", "MOST_SYNCED_BYTES", "built", "in_base64"]

STATIC = Path(__file__).parent / "static"

MOST_STILL_BYTES = 150_000
MOST_SYNCED_BYTES = 45_000
"""Of the still picture in the widget's state, which is 60 kB as text."""


def built(name: str) -> str | Path:
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


def in_base64(picture: Image.Image, most_bytes: int) -> str:
    """Give a picture as a JPEG in base64, of at most so many bytes before that."""
    return base64.b64encode(compressed(picture, most_bytes)).decode()
