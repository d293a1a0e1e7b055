"""The training panel: fine-tune on the labels as they are on screen, and see the picture rearrange itself."""

from __future__ import annotations

import math
import threading
import traceback
import warnings
from html import escape
from typing import Any

import ipywidgets
import numpy as np

from ..rows import counted
from ..threads import start
from .requirements import require

require("torch", "torchvision", "pytorch_accelerated")

from torch import nn  # noqa: E402

from . import devices  # noqa: E402
from .curves import Curves  # noqa: E402
from .finetune import FineTuner  # noqa: E402
from .run import CHOICES, Outcome, Report, train  # noqa: E402
from .subject import Subject  # noqa: E402

__all__ = ["TrainingPanel"]

BEFORE = "before training"
BACKBONES = (
    "resnet18",
    "resnet50",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "convnext_tiny",
    "regnet_y_400mf",
    "swin_t",
    "vit_b_16",
)


class TrainingPanel(ipywidgets.VBox):
    """Controls for a training, and what it has brought.

    Parameters
    ----------
    subject : Subject
        What is trained for.
    backbone : str or torch.nn.Module
        At first; a module cannot be changed on screen.
    **settings
        Of `FineTuner`, where they are not on screen.

    Attributes
    ----------
    tuner : FineTuner or None
        The last one that has learned something.
    outcome : Outcome or None
        What the last training has brought.
    error : BaseException or None
        What ended the last training, if anything did.
    """

    def __init__(self, subject: Subject, backbone: str | nn.Module = "resnet50", **settings: Any) -> None:
        self.tuner: FineTuner | None = None
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self._subject = subject
        self._module = backbone if isinstance(backbone, nn.Module) else None
        self._settings = settings
        defaults = FineTuner(backbone, **settings)  # refuses what it does not know
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        wide = {"description_width": "7em"}
        layout = ipywidgets.Layout(width="20em", max_width="100%")

        def labeled(kind: Any, description: str, **options: Any) -> Any:
            return kind(description=description, style=wide, layout=layout, **options)

        name = type(backbone).__name__ if self._module is not None else backbone
        self.backbone = labeled(
            ipywidgets.Combobox, "Backbone", value=name, options=BACKBONES, disabled=self._module is not None
        )
        self.epochs = labeled(ipywidgets.BoundedIntText, "Epochs", value=defaults.epochs, min=1, max=1000)
        self.image_size = labeled(ipywidgets.BoundedIntText, "Image size", value=defaults.image_size, min=8, max=1024)
        there = devices.available()
        self.device = labeled(
            ipywidgets.Dropdown, "Device", options=there, value=str(devices.choose(defaults.device).type)
        )
        self.choice = labeled(ipywidgets.Dropdown, "Train on", options=CHOICES)
        self.start_button = ipywidgets.Button(description="Start", button_style="primary", icon="play")
        self.stop_button = ipywidgets.Button(description="Stop", icon="stop", disabled=True)
        self.bar = ipywidgets.FloatProgress(min=0, max=1, layout=ipywidgets.Layout(width="100%"))
        self.status = ipywidgets.HTML()
        self.curves = ipywidgets.HTML()
        self.result = ipywidgets.HTML()
        self.shown = ipywidgets.ToggleButtons(
            options=[("Before", BEFORE), ("After", "umap")], value=None, description="Show", disabled=True
        )
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        self.shown.observe(self._show, "value")
        row = ipywidgets.Layout(flex_flow="row wrap", width="100%")
        controls = [self.backbone, self.epochs, self.image_size, self.device, self.choice]
        super().__init__(
            [
                ipywidgets.HBox(controls, layout=row),
                ipywidgets.HBox([self.start_button, self.stop_button], layout=row),
                self.bar,
                self.status,
                self.curves,
                self.result,
                self.shown,
            ]
        )
        self.add_class("pixplot-training")
        self._say("Ready")

    @property
    def running(self) -> bool:
        """Whether a training is going on."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Train on the labels as they are now, in a thread.

        Raises
        ------
        RuntimeError
            If a training is going on.
        """
        if self.running:
            raise RuntimeError("a training is going on: stop() ends it")
        self._cancel = threading.Event()
        self.error = None
        self.result.value = self.curves.value = ""
        self._set_running(True)
        self._thread = start(self._work, self._cancel, name="pixplot-training")

    def stop(self) -> None:
        """End the training soon. The best network so far is used, if an epoch has ended."""
        self._cancel.set()
        if self.running:
            self._say("Stopping")
            self.stop_button.disabled = True

    def wait(self, timeout: float | None = None) -> TrainingPanel:
        """Block until the training has ended.

        Raises
        ------
        TimeoutError
            If it has not ended in `timeout` seconds.
        Exception
            What went wrong in it.
        """
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError(f"not ready after {timeout} s")
        if self.error is not None:
            raise self.error
        return self

    def close(self) -> None:
        """Stop, and take it off the page."""
        if hasattr(self, "_cancel"):  # a constructor that raised has not made it
            self._cancel.set()
        super().close()

    def _work(self, cancel: threading.Event) -> None:
        try:
            df, images, mask = self._subject.snapshot(0)
            tuner = self._new_tuner()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # unreadable images: the plot lists them in `problems`
                outcome = train(
                    tuner, df, self._subject.label, self._subject.flag, images,
                    self.choice.value, mask, cancel, self._report,
                )  # fmt: skip
            if outcome is None:
                self._say("Stopped before the first epoch had ended: nothing has changed")
            else:
                self._finish(outcome, cancel.is_set())
        except Exception as error:  # noqa: BLE001 - shown in the panel, and raised by wait()
            self.error = error
            self._say(f"{type(error).__name__}: {error}", trouble=True)
            self._details = traceback.format_exc()
        finally:
            self._set_running(False)

    def _new_tuner(self) -> FineTuner:
        settings = {
            **self._settings,
            "epochs": self.epochs.value,
            "image_size": self.image_size.value,
            "device": self.device.value,
            "progress": False,
        }
        tuner = FineTuner(self._module or self.backbone.value, **settings)
        if "min_size" not in self._settings:  # its default is for sizes above
            tuner.min_size = min(tuner.min_size, tuner.image_size)
        return tuner

    def _finish(self, outcome: Outcome, early: bool) -> None:
        self.outcome, self.tuner = outcome, outcome.tuner
        vectors, added = outcome.vectors, 0
        while True:  # rows that were added meanwhile were not learned from, but get their vectors too
            df, images, _ = self._subject.snapshot(len(vectors))
            if len(df):
                added += len(df)
                vectors = np.concatenate([vectors, outcome.tuner.embed(df, image=images)])
            if self._subject.place(vectors, BEFORE):
                break
        self._subject.plot.layout = "umap"
        self.curves.value = outcome.tuner.plot_history().svg()
        self.result.value = summary(outcome)
        self.shown.disabled = False
        self.shown.value = "umap"
        epochs = len(outcome.tuner.history_)
        best = f"epoch {outcome.tuner.best_epoch_} of {epochs} is the best"
        if outcome.accuracy_after < outcome.accuracy_before:
            best += ", but held-out images were told apart better before training"
        later = f"; {counted(added)} added meanwhile, not learned from" if added else ""
        self._say(f"{'Stopped' if early else 'Done'}: {best}{later}")

    def _show(self, change: Any) -> None:
        if change["new"] is not None:
            self._subject.plot.layout = change["new"]

    def _report(self, report: Report) -> None:
        words = report.stage
        if not math.isnan(report.loss):
            words += f": loss {report.loss:.3f}, accuracy {report.accuracy:.1%}"
        if report.seconds_left >= 0:
            words += f", {duration(report.seconds_left)} left"
        self.bar.value = report.share
        self._say(words)
        if report.history is not None and len(report.history):
            svg = Curves(report.history, self.epochs.value).svg()
            if svg != self.curves.value:
                self.curves.value = svg

    def _say(self, words: str, trouble: bool = False) -> None:
        role = "alert" if trouble else "status"
        self.status.value = f'<div role="{role}" style="line-height:1.4">{escape(words)}</div>'

    def _set_running(self, running: bool) -> None:
        for control in (self.epochs, self.image_size, self.device, self.choice, self.start_button):
            control.disabled = running
        self.backbone.disabled = running or self._module is not None
        self.stop_button.disabled = not running
        if not running:
            self.bar.value = 0.0


def duration(seconds: float) -> str:
    """Say how long something takes.

    Examples
    --------
    >>> duration(8.2), duration(61), duration(7300)
    ('9 s', '1:01 min', '2:01 h')
    """
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60}:{whole % 60:02} min" if whole < 3600 else f"{whole // 3600}:{whole % 3600 // 60:02} h"


def summary(outcome: Outcome) -> str:
    """Say what a training has brought, as HTML; the better one is bold."""

    def percent(share: float) -> str:
        return "–" if math.isnan(share) else f"{share:.1%}"

    rows = [
        ("Accuracy", outcome.accuracy_before, outcome.accuracy_after),
        ("10 nearest neighbors with its label", outcome.agreement_before, outcome.agreement_after),
    ]

    def better(share: float, other: float) -> str:
        return f"<b>{percent(share)}</b>" if share > other else percent(share)

    cells = "".join(
        f'<tr><th scope="row" style="text-align:left;padding-right:1em;font-weight:normal">{name}</th>'
        f'<td style="padding-right:1em">{better(before, after)}</td><td>{better(after, before)}</td></tr>'
        for name, before, after in rows
    )
    return (
        f'<table style="line-height:1.5"><caption style="text-align:left;padding-bottom:0.3em">'
        f"On {outcome.held_out:,} held-out images "
        f"({outcome.trained:,} were learned from, {outcome.left_out:,} left out)</caption>"
        f'<tr><td></td><th scope="col" style="text-align:left;padding-right:1em">Before</th>'
        f'<th scope="col" style="text-align:left">After</th></tr>{cells}</table>'
    )
