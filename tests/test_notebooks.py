"""Every notebook runs from top to bottom, and is kept without what its last run left in it."""

from __future__ import annotations

import json
from pathlib import Path

import nbclient
import nbformat
import pytest

from tools.notebooks import main, stripped
from tools.waiting import SECONDS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


SMALLER = {"finetune": ("IMAGES, EPOCHS = 1797, 12", "IMAGES, EPOCHS = 500, 5")}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    if path.stem in SMALLER:
        full, small = SMALLER[path.stem]
        assert notebook.cells[1].source.count(full) == 1
        notebook.cells[1].source = notebook.cells[1].source.replace(full, small)
        monkeypatch.setenv("OMP_NUM_THREADS", "1")  # a network this small is slower in two threads
    nbclient.NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    warned = [
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr" and "Warning" in output["text"]
    ]
    assert not warned


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stripped(path):
    notebook = json.loads(path.read_text("utf-8"))
    assert stripped(notebook) == notebook, f"python -m tools.notebooks {path.name}"
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_stripping(tmp_path, capsys):
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "widgets": {}})
    output = nbformat.v4.new_output("stream", text="/home/somebody\n")
    notebook.cells.append(nbformat.v4.new_code_cell("1", outputs=[output], execution_count=3))
    path = tmp_path / "ran.ipynb"
    nbformat.write(notebook, path)
    assert main([str(path)]) == 1
    assert main([str(path)]) == 0
    clean = path.read_text("utf-8")
    assert "somebody" not in clean
    assert "widgets" not in clean
    nbformat.validate(nbformat.read(path, as_version=4))
