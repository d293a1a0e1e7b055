"""The wheel as a user gets it: in an environment of its own, on a machine without Node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import frontend
from tools.lab import JupyterLab
from tools.waiting import SECONDS

from .conftest import ROOT, write_notebook
from .user import User

SHOW = """
import pixplot_widget
from pixplot_widget import PixPlot, datasets
df = datasets.load_emoji().head(60)
plot = PixPlot(df, height=400)
plot
"""


@pytest.fixture(scope="module")
def clean_python(tmp_path_factory) -> Path:
    """A Python with the wheel and its extra [lab], and nothing else."""
    frontend.build()
    dist, venv = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("clean") / "venv"
    steps = [
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(dist), str(ROOT)],
        [sys.executable, "-m", "venv", str(venv)],
    ]
    for step in steps:
        subprocess.run(step, check=True, capture_output=True, timeout=SECONDS)
    python = venv / "bin" / "python"
    (wheel,) = dist.glob("*.whl")
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[lab]"],
        check=True,
        timeout=3 * SECONDS,  # it comes over the network
    )
    return python


def test_it_installs_and_shows_without_node(clean_python, tmp_path, page):
    env = {**os.environ, "PATH": str(clean_python.parent), "PIXPLOT_WIDGET_CACHE": str(tmp_path / "cache")}
    env.pop("PYTHONPATH", None)
    without_node = "import shutil; assert shutil.which('node') is None"
    subprocess.run([str(clean_python), "-c", without_node], env=env, check=True)

    write_notebook(tmp_path / "show.ipynb", [SHOW])
    with JupyterLab(tmp_path, python=str(clean_python), env=env) as lab:
        notebook = lab.open(page, "show.ipynb")
        notebook.run_all()
        User(notebook).see_sprites(colors=300)
        where = Path(notebook.value("pixplot_widget.__file__"))
        assert clean_python.parents[1] in where.parents
        notebook.close()
