"""Frames of files, and logs of them that keep a journal."""

from __future__ import annotations

import json

import pandas as pd

from pixplot_widget.edits import EditLog

N = 20


def make(n: int = N, prefix: str = "") -> pd.DataFrame:
    return pd.DataFrame({"filename": [f"{prefix}{i}.jpg" for i in range(n)], "category": ["start"] * n})


def log_of(df: pd.DataFrame, path, **more) -> EditLog:
    return EditLog(df, identity=["filename"], journal=path, **more)


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]
