"""Vectors from networks: the right pixels in, the head off, one by one as in batches, and nothing computed twice."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import models

from pixplot_widget import PixPlot, embed
from pixplot_widget.images import Images
from pixplot_widget.training.backbones import _load, resolve, strip_head
from pixplot_widget.training.dataset import Fit, Pixels, batches
from tools.waiting import SECONDS

QUIET = {"progress": False}


def small_network() -> nn.Module:
    """Return one that differs between training and eval, and between channels and places."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 6, 3, stride=2), nn.Dropout(0.5)
    )


def photos(folder, count=7, size=(90, 60)) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = []
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        width, height = size if number % 2 else size[::-1]
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
        names.append(f"{number}.png")
    return pd.DataFrame({"filename": names})


class CountingNetwork(nn.Module):
    """Counts the pictures that it has seen; the copies that `embed` makes count in the same place."""

    seen: list[int] = []  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.inner = small_network()

    def forward(self, pictures):
        self.seen.append(len(pictures))
        return self.inner(pictures)


@pytest.fixture
def counting():
    CountingNetwork.seen.clear()
    return CountingNetwork()


# --- pixels ---


@pytest.mark.parametrize("size", [(300, 200), (200, 301), (224, 224), (50, 40)])
def test_pictures_are_cut_as_torchvision_cuts_them(size):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))
    preset = models.ResNet18_Weights.DEFAULT.transforms()
    backbone = resolve("resnet18", None)
    ours = torch.from_numpy(backbone.fit(image).copy())[None].permute(0, 3, 1, 2) / 255
    assert torch.allclose(backbone.normalize(ours)[0], preset(image), atol=1e-5)


def test_padding_keeps_the_whole_picture():
    square = Fit(8, fill=(1, 2, 3))(Image.new("RGB", (40, 20), (200, 0, 0)))
    assert square.shape == (8, 8, 3)
    assert (square[2:6] == (200, 0, 0)).all()
    assert (square[:2] == (1, 2, 3)).all()
    assert Fit(8)(Image.new("RGB", (4, 4))).shape == (8, 8, 3)  # smaller ones are enlarged
    assert Fit(8)(Image.new("RGB", (1000, 3), (9, 9, 9))).max() == 9  # ... and never vanish


def test_crops_of_one_picture_decode_it_once(tmp_path, monkeypatch):
    Image.new("RGB", (100, 100), (255, 0, 0)).save(tmp_path / "a.png")
    df = pd.DataFrame({"filename": ["a.png"] * 5, "x": range(0, 50, 10), "y": 0, "w": 20, "h": 20})
    images = Images(df, image_dir=tmp_path, box=["x", "y", "w", "h"])
    decoded = []
    decode = Images._decode
    monkeypatch.setattr(Images, "_decode", lambda self, row, scale: decoded.append(row) or decode(self, row, scale))
    (batch,) = batches(images, range(5), Fit(8), 64)
    assert batch.rows.tolist() == [0, 1, 2, 3, 4]
    assert len(decoded) == 1


def test_batches_come_in_order_and_hold_every_row(tmp_path):
    df = photos(tmp_path, 30)
    df.loc[[4, 29], "filename"] = "none.png"
    found = list(batches(Images(df, image_dir=tmp_path), range(30), Fit(8), 8))
    assert np.concatenate([batch.rows for batch in found]).tolist() == [row for row in range(30) if row not in (4, 29)]
    assert [row for batch in found for row, _ in batch.failed] == [4, 29]
    assert {len(batch.rows) for batch in found[:-1]} == {8}


@pytest.mark.parametrize("limit", [10**9, 0])
def test_pixels_are_decoded_once_and_kept(tmp_path, limit):
    df = photos(tmp_path, 6)
    (tmp_path / "bad.png").write_bytes(b"nothing")
    df.loc[2, "filename"] = "bad.png"
    pixels = Pixels(Images(df, image_dir=tmp_path), Fit(16), limit)
    assert pixels.mapped == (limit == 0)
    steps: list[int] = []
    pixels.load([0, 1, 2], done=steps.append)
    assert sum(steps) == 3
    assert pixels.ready.tolist() == [True, True, False, False, False, False]
    for path in tmp_path.glob("[01].png"):
        path.unlink()
    pixels.load()
    assert pixels.ready.tolist() == [True, True, False, True, True, True]
    assert list(pixels.failed) == [2]
    expected = Fit(16)(Images(df, image_dir=tmp_path).load(5))
    assert np.array_equal(pixels.take([5])[0].numpy(), expected)


# --- networks ---

FAMILIES = {
    "resnet18": (32, 512, "fc"),
    "efficientnet_b0": (32, 1280, "classifier.1"),
    "mobilenet_v3_small": (32, 1024, "classifier.3"),
    "convnext_tiny": (32, 768, "classifier.2"),
    "vit_b_32": (64, 768, "heads.head"),
    "swin_t": (32, 768, "head"),
    "regnet_y_400mf": (32, 440, "fc"),
    "densenet121": (32, 1024, "classifier"),
    "squeezenet1_1": (64, 512, "classifier.1"),
    "googlenet": (64, 1024, "fc"),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_head_is_taken_off_by_its_place(name):
    side, width, head = FAMILIES[name]
    backbone = resolve(name, None, side)
    backbone.features.eval()
    pictures = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8)
    with torch.inference_mode():
        vectors = backbone.vectors(pictures, torch.device("cpu"))
    assert vectors.shape == (2, width)
    assert isinstance(backbone.features.get_submodule(head), nn.Identity)
    assert not torch.equal(vectors[0], vectors[1])


def test_a_network_that_ends_otherwise_is_refused():
    with pytest.raises(ValueError, match="BatchNorm2d, not a linear one"):
        strip_head(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)))


def test_weights_from_a_file_whatever_its_head(tmp_path):
    torch.manual_seed(1)
    network = models.get_model("mobilenet_v3_small", weights=None, num_classes=5)
    torch.save({"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, tmp_path / "own.pth")
    picture = torch.randint(0, 256, (1, 48, 48, 3), dtype=torch.uint8)
    backbone = resolve("mobilenet_v3_small", tmp_path / "own.pth", 48)
    assert backbone.pretrained
    backbone.features.eval()
    network.classifier[3] = nn.Identity()
    network.eval()
    with torch.inference_mode():
        ready = backbone.normalize(picture.permute(0, 3, 1, 2) / 255)
        assert torch.allclose(backbone.vectors(picture, torch.device("cpu")), network(ready), atol=1e-5)


def test_a_vision_transformer_takes_pictures_of_another_size():
    tiny = {"patch_size": 16, "num_layers": 1, "num_heads": 2, "hidden_dim": 32, "mlp_dim": 32}
    state = models.VisionTransformer(image_size=32, **tiny).state_dict()
    larger = models.VisionTransformer(image_size=64, **tiny)
    _load(larger, state, strip_head(larger), "a file")
    assert larger(torch.zeros(1, 3, 64, 64)).shape == (1, 32)
    assert torch.equal(larger.conv_proj.weight, state["conv_proj.weight"])


@pytest.mark.parametrize(
    ("backbone", "weights", "error", "words"),
    [
        ("resnet5", None, ValueError, "resnet50"),
        ("fasterrcnn_resnet50_fpn", None, ValueError, "no classification network"),
        (5, None, TypeError, "torch.nn.Module, not int"),
        ("resnet18", "IMAGENET", ValueError, "it has DEFAULT, IMAGENET1K_V1"),
        ("resnet18", "none.pth", FileNotFoundError, "none.pth"),
    ],
)
def test_wrong_networks_and_weights(backbone, weights, error, words):
    with pytest.raises(error, match=words):
        embed(pd.DataFrame(index=range(1)), backbone, weights, image=[np.zeros((8, 8), np.uint8)])


@pytest.mark.parametrize("content", [{"a": 1}, {}, [torch.zeros(1)]])
def test_files_that_are_no_weights(tmp_path, content):
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(ValueError, match="holds no state dict"):
        resolve("resnet18", tmp_path / "w.pt")


def test_weights_of_another_network(tmp_path):
    torch.save(models.get_model("squeezenet1_0", weights=None).state_dict(), tmp_path / "w.pt")
    with pytest.raises(ValueError, match="do not fit ResNet"):
        resolve("resnet18", tmp_path / "w.pt")


# --- embed ---


def test_one_by_one_as_in_batches_and_a_module_is_left_as_it_is(tmp_path):
    df = photos(tmp_path)
    network = small_network().train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    options = {"image_dir": tmp_path, "image_size": 40, "cache": False, **QUIET}
    together = embed(df, network, batch_size=64, **options)
    single = embed(df, network, batch_size=1, **options)
    assert together.shape == (7, 6)
    assert together.dtype == np.float32
    assert np.allclose(together, single, atol=1e-5)
    assert network.training
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    # What it is, by hand: shorter side to 46 px, the middle 40 cut out, ImageNet's mean, averaged over places.
    image = Image.open(tmp_path / "0.png").resize((46, 69), Image.Resampling.BILINEAR).crop((3, 14, 43, 54))
    x = torch.from_numpy(np.asarray(image) / np.float32(255)).permute(2, 0, 1)
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    with torch.no_grad():
        assert np.allclose(together[0], network.eval()(x[None]).mean(dim=(2, 3))[0].numpy(), atol=1e-4)


def test_unreadable_rows_are_nan_with_one_warning_and_the_plot_takes_them(tmp_path):
    df = photos(tmp_path)
    df["category"] = "a"
    df.loc[[1, 5], "filename"] = ["none.png", None]
    with pytest.warns(UserWarning, match=r"2 of 7 images cannot be read.*none\.png: no such file") as caught:
        vectors = embed(df, small_network(), image_dir=tmp_path, image_size=32, cache=False, **QUIET)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert np.isnan(vectors).all(axis=1).nonzero()[0].tolist() == [1, 5]
    plot = PixPlot(df, vectors, image_dir=tmp_path, cache=False).wait(SECONDS)
    assert np.isfinite(plot.layouts["umap"].xy).all()
    plot.close()
    df["filename"] = "none.png"
    with pytest.raises(ValueError, match="none of the 7 images can be read"):
        embed(df, small_network(), image_dir=tmp_path, cache=False, **QUIET)


def test_vectors_are_kept_by_content(tmp_path, counting):
    df = photos(tmp_path)
    options = {"image_dir": tmp_path, "image_size": 32, **QUIET}
    first = embed(df, counting, **options)
    assert counting.seen == [1, 7]  # one to see what it does
    again = embed(df, counting, **options)
    assert counting.seen == [1, 7, 1]
    assert np.array_equal(first, again)
    # Rows that went, moved or came: only what is new is computed.
    other = pd.DataFrame({"filename": ["6.png", "new.png", "0.png"]})
    Image.new("RGB", (50, 50), (7, 8, 9)).save(tmp_path / "new.png")
    mixed = embed(other, counting, **options)
    assert counting.seen[3:] == [1, 1]
    assert np.array_equal(mixed[[0, 2]], first[[6, 0]])
    # Another network of the same name is another network.
    with torch.no_grad():
        counting.inner[0].weight.mul_(2)
    assert not np.array_equal(embed(df, counting, **options), first)
    assert counting.seen[5:] == [1, 7]


def test_code_that_changed_is_another_network(tmp_path):
    df = photos(tmp_path, 2)

    def network(factor):
        class Net(nn.Module):
            def forward(self, x):
                return x * factor

        return Net()

    one, two = (embed(df, network(factor), image_dir=tmp_path, image_size=32, **QUIET) for factor in (1, 2))
    assert np.allclose(2 * one, two, atol=1e-5)


def test_interrupted_and_gone_on(tmp_path, counting, monkeypatch):
    df = photos(tmp_path, 12)
    options = {"image_dir": tmp_path, "image_size": 32, "batch_size": 4, **QUIET}
    forward = CountingNetwork.forward

    def interrupted(self, pictures):
        if sum(self.seen) >= 9:
            raise KeyboardInterrupt
        return forward(self, pictures)

    monkeypatch.setattr(CountingNetwork, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        embed(df, counting, **options)
    assert counting.seen == [1, 4, 4]
    monkeypatch.setattr(CountingNetwork, "forward", forward)
    vectors = embed(df, counting, **options)
    assert counting.seen == [1, 4, 4, 1, 4]
    assert np.isfinite(vectors).all()
    assert np.allclose(vectors, embed(df, counting, **options, cache=False), atol=1e-5)


def test_a_transform_of_the_users(tmp_path):
    df = photos(tmp_path)
    sizes = []

    def transform(image):
        sizes.append(image.size)
        return torch.full((3, 16, 16), image.width / 100)

    vectors = embed(df, nn.AvgPool2d(4), image_dir=tmp_path, transform=transform, **QUIET)
    assert np.allclose(vectors[:, 0], [0.6, 0.9, 0.6, 0.9, 0.6, 0.9, 0.6])
    assert set(sizes) == {(90, 60), (60, 90), (224, 224)}


@pytest.mark.parametrize(
    ("network", "words"),
    [(nn.Flatten(2), r"returns a tensor of shape \(1, 3, "), (nn.LSTM(32, 4), "returns|dimension|input")],
)
def test_a_module_that_returns_no_features(network, words):
    with pytest.raises((ValueError, RuntimeError), match=words):
        embed(pd.DataFrame(index=[0]), network, image=[np.zeros((8, 8), np.uint8)], image_size=32)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "tpu9"}, "is no device; here there are"),
        ({"device": "meta"}, "is not here; there are"),
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"image_size": -3}, "image_size must be 1 or more"),
    ],
)
def test_wrong_arguments(options, words):
    with pytest.raises(ValueError, match=words):
        embed(pd.DataFrame(index=[0]), small_network(), image=[np.zeros((8, 8), np.uint8)], **options)


def test_a_missing_extra_says_the_pip_line():
    code = "import sys\nsys.modules['torch'] = None\nimport pixplot_widget\npixplot_widget.embed"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS)
    assert run.stderr.splitlines()[-1] == (
        'ImportError: torch is not installed; this needs: pip install "pixplot_widget[train]"'
    )
