"""Fine-tuned networks as files, which hold numbers and text only: opening one runs no code."""

from __future__ import annotations

import os
import pickle
from typing import Any

import torch
from torch import nn

from ..files import open_regular, written_aside
from .augment import Augmentation

__all__ = ["read_file", "write_file"]

_HELD = {"settings", "classes", "rows", "normalize", "network", "history"}
_DAMAGE = (RuntimeError, ValueError, KeyError, TypeError, EOFError, AttributeError, IndexError, pickle.UnpicklingError)
"""What torch raises at foreign bytes."""

FORMAT = 1
"""Of the files; raised when older ones cannot be read any more."""


def write_file(path: str | os.PathLike, settings: dict[str, Any], content: dict[str, Any]) -> None:
    """Write settings, as `FineTuner` takes them, and what was learned.

    Raises
    ------
    TypeError
        If labels are of a type that such a file cannot hold.
    """
    strange = [label for label in content["classes"] if not isinstance(label, (str, int, float, bool))]
    if strange:
        raise TypeError(f"labels of type {type(strange[0]).__name__} cannot be saved; text, numbers and booleans can")
    kept = {
        **settings,
        "device": None,
        "weights": None,  # what it started from no longer matters
        "backbone": settings["backbone"] if isinstance(settings["backbone"], str) else None,
        "augment": vars(settings["augment"]) if isinstance(settings["augment"], Augmentation) else settings["augment"],
        "class_weight": None if settings["class_weight"] is None else repr(settings["class_weight"]),
    }
    with written_aside(path) as file:
        torch.save({"format": FORMAT, "settings": kept, **content}, file)


def read_file(path: str | os.PathLike, backbone: nn.Module | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return settings and what was learned; see `FineTuner.load`."""
    name = repr(os.fspath(path))
    with open_regular(path) as file:
        try:
            content = torch.load(file, map_location="cpu", weights_only=True)
        except _DAMAGE as error:
            raise ValueError(f"{name} is no file of FineTuner.save, or is damaged ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or not content.keys() >= _HELD:
        raise ValueError(f"{name} was not written by this version's FineTuner.save")
    settings = content["settings"]
    if not isinstance(settings, dict) or not {"backbone", "augment", "class_weight"} <= settings.keys():
        raise ValueError(f"{name} was not written by this version's FineTuner.save")
    settings = settings | {"weights": None}  # those of the file; another's might name a download, or a file of ours
    if settings["backbone"] is None:
        if backbone is None:
            raise ValueError(
                "it was fitted with a module of yours, whose code no file has: FineTuner.load(path, backbone=...)"
            )
        settings["backbone"] = backbone
    if isinstance(settings["augment"], dict):
        settings["augment"] = Augmentation(**settings["augment"])
    if settings["class_weight"] != "'balanced'":  # a mapping has done its work
        settings["class_weight"] = None
    else:
        settings["class_weight"] = "balanced"
    return settings, content
