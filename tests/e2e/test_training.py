"""The training panel in a real JupyterLab: Start, watch, Stop, and the picture has rearranged itself."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .user import User

DIGITS = """
import numpy as np, pandas as pd, torch
from sklearn.datasets import load_digits
from torch import nn
from pixplot_widget import PixPlot
from pixplot_widget.training.augment import Augmentation
torch.set_num_threads(1)
torch.manual_seed(0)
digits = load_digits()
df = pd.DataFrame({"category": digits.target[:400]})
pictures = [np.kron(image * 15.9, np.ones((4, 4))).astype(np.uint8) for image in digits.images[:400]]
network = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
)
plot = PixPlot(df, image=pictures, height=400).wait()
before = plot.layouts["umap"].xy
"""
PANEL = """
panel = plot.training_panel(
    network, min_size=8, batch_size=32, lr=5e-3, lr_decay=1.0, freeze_epochs=0, validation=0.2, patience=None,
    augment=Augmentation(0, 0),
)
panel
"""


def test_training(open_notebook):
    notebook = open_notebook([DIGITS, "plot", PANEL])
    notebook.run_all()
    user = User(notebook)
    user.see_sprites(colors=200)
    page = user.page
    panel = page.locator(".pixplot-training")
    expect(panel.get_by_role("button", name="Start")).to_be_enabled()
    expect(panel.get_by_label("Backbone")).to_have_value("Sequential")
    expect(panel.get_by_label("Device")).to_be_visible()
    panel.get_by_label("Epochs").fill("500")
    panel.get_by_label("Image size").fill("16")
    panel.get_by_label("Train on").select_option("all")
    user.canvas.scroll_into_view_if_needed()
    at_first = user.look()
    panel.get_by_role("button", name="Start").click()

    # Live: the epoch, loss, accuracy, time left, and the curves; the kernel is free meanwhile.
    status = panel.get_by_role("status")
    expect(status).to_contain_text(re.compile(r"Epoch \d+ of 500: loss [\d.]+, accuracy [\d.]+%, .+ left"))
    expect(panel.get_by_role("img", name=re.compile("held out accuracy"))).to_be_visible()
    assert notebook.value("panel.running")
    name = user.open_a_sprite()  # the widget works while it trains
    user.inspector.get_by_role("button", name="Close").click()
    assert name.startswith("image ")
    assert user.wait_for(lambda: notebook.value("panel.status.value.split('Epoch ')[-1][:2].strip() > '1'"))

    panel.get_by_role("button", name="Stop").click()
    expect(status).to_contain_text(re.compile(r"Stopped: epoch \d+ of \d+ is the best"))
    expect(panel.get_by_role("table")).to_contain_text("held-out images")
    expect(panel.get_by_role("button", name="Start")).to_be_enabled()
    assert notebook.value("plot.vectors.shape") == [400, 256]
    assert notebook.value("plot.wait().layout") == "umap"
    moved = notebook.value("float(np.abs(plot.layouts['umap'].xy - before).mean())")
    assert moved > 0.05
    user.canvas.scroll_into_view_if_needed()
    assert user.wait_for(lambda: (user.look() != at_first).any(axis=-1).mean() > 0.02)

    # Before and after are two layouts, one click apart, and the sprites go back.
    after = user.look()
    panel.get_by_role("button", name="Before", exact=True).click()
    expect(user.widget.get_by_role("combobox", name="Layout")).to_have_value("before training")
    assert user.wait_for(lambda: (user.look() != after).any(axis=-1).mean() > 0.02)
    panel.get_by_role("button", name="After", exact=True).click()
    assert user.wait_for(lambda: notebook.value("plot.layout") == "umap")
