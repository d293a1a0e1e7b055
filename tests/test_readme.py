"""README.md keeps its word: its code runs as it is written, and what it points to is there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import pixplot_widget
from pixplot_widget import PixPlot, datasets

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BOX = {"image_id": 1, "category_id": 1, "bbox": [4, 4, 20, 20]}


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading, each as its cells."""
    below = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+) \|$", below, flags=re.MULTILINE)
    return [row.split(" | ") for row in rows if " | " in row]


def code_in(cell: str) -> list[str]:
    """Return the code of a table's cell that does something: no bare name of an argument."""
    return [code for code in re.findall(r"`([^`]+)`", cell) if re.match(r"(plot\.|\w+ = |\w+\()", code)]


@pytest.fixture
def at_hand(tmp_path, monkeypatch) -> dict:
    """Work in a folder with what the README speaks of; return the names that it takes for granted."""
    monkeypatch.chdir(tmp_path)
    df = datasets.load_emoji().groupby("category").head(3).reset_index(drop=True)
    for folder in ("photos", "images", "outputs/images"):
        Path(folder).mkdir(parents=True)
    for name, label in zip(df["filename"], df["category"], strict=True):
        Path("photos", label).mkdir(exist_ok=True)
        shutil.copy(name, Path("photos", label))
        shutil.copy(name, "outputs/images")
    pixplot = df.assign(filename=df["filename"].map(lambda name: Path(name).name))
    pixplot.to_csv("outputs/metadata.csv", index=False)
    shutil.copy(df["filename"][0], "images/one.png")
    truth = {
        "images": [{"id": 1, "file_name": "one.png", "width": 64, "height": 64}],
        "categories": [{"id": 1, "name": "thing"}],
        "annotations": [{"id": 1, "area": 400, "iscrowd": 0, **BOX}],
    }
    Path("truth.json").write_text(json.dumps(truth))
    Path("results.json").write_text(json.dumps([{**BOX, "score": 0.9}]))
    df = df.assign(path=df["filename"], predicted=df["category"], score=np.linspace(0, 1, len(df)))
    df = df.assign(**{"class": df["category"], "x": 2, "y": 2, "width": 30, "height": 30})
    names = {name: getattr(pixplot_widget, name) for name in pixplot_widget.__all__}
    names |= {"pd": pd, "df": df, "my_images": [np.zeros((8, 8), np.uint8)] * len(df)}
    return names | {"vectors": np.random.default_rng(0).normal(size=(len(df), 8))}


def close(names: dict) -> None:
    for made in names.values():
        if isinstance(made, PixPlot):
            made.close()


def test_its_first_lines_run(at_hand):
    names: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", README.split("## Try it")[0], flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, names)
    assert len(names["clean"]) == len(names["df"]) == len(at_hand["df"])
    close(names)


def test_what_it_takes_is_taken(at_hand):
    written = [code for _, cell in table("What it takes") for code in code_in(cell)]
    assert len(written) >= 9
    plot = PixPlot(at_hand["df"].copy(), at_hand["vectors"])
    boxes = None
    for code in written:
        names = at_hand | {"plot": plot, "boxes": boxes}
        exec(f"made = {code}", names)
        boxes = names["boxes"]
        close({"made": names["made"]})


def test_what_one_gets_back_is_there(at_hand):
    written = [code for cell, _ in table("What you get back") for code in code_in(cell)]
    assert len(written) >= 18
    plot = PixPlot(at_hand["df"], at_hand["vectors"]).wait()
    names = at_hand | {"plot": plot, "other": PixPlot(at_hand["df"]), "rows": [0], "label": "new"}
    for code in written:
        exec(code, names)
    assert Path("metadata.csv").exists()
    assert Path("picture.png").exists()
    assert sum(file.is_file() for file in Path("clean").rglob("*.png")) > 0
    close(names)


def test_what_documents_point_to_is_there():
    texts = {path: path.read_text("utf-8") for path in (*ROOT.glob("*.md"), *ROOT.glob("LICENSES/*.md"))}
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        texts[path] = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    links = [(path, link) for path, text in texts.items() for link in re.findall(r"\]\(([^)#]+)", text)]
    assert len(links) > 12
    assert [link for path, link in links if "://" not in link and not (path.parent / link).exists()] == []
