"""Small frames, and logs of them."""

from __future__ import annotations

import pandas as pd

from pixplot_widget.edits import EditLog


def make(labels=("cat", "dog", "cat", "cow", None), **more) -> pd.DataFrame:
    n = len(labels)
    return pd.DataFrame({"filename": [f"{i}.jpg" for i in range(n)], "category": list(labels), **more})


def log_of(df: pd.DataFrame, **more) -> EditLog:
    return EditLog(df, identity=["filename"] if "filename" in df else [], **more)
