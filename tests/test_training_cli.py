"""`python -m pixplot_widget embed FOLDER`: PixPlotML's route, to a folder that opens with its vectors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pixplot_widget import FineTuner, datasets
from pixplot_widget.__main__ import main
from tools.waiting import SECONDS

QUICK = ["--backbone", "mobilenet_v3_small", "--weights", "none", "--image-size", "32", "--min-size", "16"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    names = [f"{number}.png" for number in range(12)]
    for name in names:
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8)).save(tmp_path / "images" / name)
    table = pd.DataFrame({"filename": [*names, "none.png"], "Category": ["a", "b"] * 6 + ["a"], "class_id": 1})
    table.to_csv(tmp_path / "metadata.csv", index=False)
    return tmp_path


def test_trained_and_opened(folder, capsys):
    np.save(folder / "image_vectors.npy", np.zeros((3, 2)))  # of a table of before
    with pytest.warns(UserWarning, match="1 of 13 images cannot be read"):
        assert main(["embed", str(folder), "--num_epochs", "1", "--device", "cpu", *QUICK]) == 0
    assert "image_vectors.npy" in capsys.readouterr().out
    df, vectors = datasets.from_pixplotml(folder)
    assert vectors.shape == (13, 1024)
    assert vectors.dtype == np.float32
    assert np.isnan(vectors).any(axis=1).nonzero()[0].tolist() == [12]
    tuner = FineTuner.load(folder / "best_model.pt", device="cpu")
    assert tuner.classes_.tolist() == ["a", "b"]
    with pytest.warns(UserWarning, match="cannot be read"):
        assert np.allclose(tuner.embed(df), vectors, atol=1e-5, equal_nan=True)
    assert sorted(path.name for path in folder.iterdir()) == [
        "best_model.pt", "image_vectors.npy", "images", "metadata.csv",
    ]  # fmt: skip


def test_without_training_as_a_command(folder):
    (folder / "metadata.csv").write_text("filename\n0.png\n1.png\n")
    command = [sys.executable, "-m", "pixplot_widget", "embed", str(folder), "--use_imagenet", "True", *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    assert datasets.from_pixplotml(folder)[1].shape == (2, 1024)
    assert not (folder / "best_model.pt").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--label", "kind"], "no column 'kind'; it has filename, category, class_id"),
        (["--backbone", "resnet9999"], "no classification network"),
        (["--device", "tpu"], "device='tpu'"),
        (["--min-size", "0"], "min_size must be 1 or more"),
    ],
)
def test_errors_are_sentences(folder, capsys, options, words):
    assert main(["embed", str(folder), *QUICK, *options]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert words in told


def test_no_such_folder(capsys, tmp_path):
    assert main(["embed", str(tmp_path / "none")]) == 1
    assert "There is no folder" in capsys.readouterr().err
