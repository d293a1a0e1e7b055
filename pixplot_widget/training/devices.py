"""Where networks run: the graphics card if there is one, and half precision where that helps."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

__all__ = ["autocast", "choose", "precision"]


def choose(device: str | torch.device | None = None) -> torch.device:
    """Return the device that is asked for, or the fastest there is: cuda, mps, cpu.

    Raises
    ------
    ValueError
        If there is no such device here.

    Examples
    --------
    >>> choose("cpu").type
    'cpu'
    """
    there = available()
    if device is None:
        return torch.device(there[0])
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device={device!r} is no device; here there are: {', '.join(there)}") from error
    count = torch.cuda.device_count() if chosen.type == "cuda" else 1
    if chosen.type not in there or (chosen.index or 0) >= count:
        raise ValueError(f"device={str(chosen)!r} is not here; there are: {', '.join(there)}")
    return chosen


def available() -> list[str]:
    """Return the kinds of device of this machine, fastest first."""
    found = ["cpu"]
    if torch.backends.mps.is_available():
        found.insert(0, "mps")
    if torch.cuda.is_available():
        found.insert(0, "cuda")
    return found


def precision(device: torch.device) -> str:
    """Return "bf16", "fp16" or "no". Only on cuda: CPUs and mps gain nothing by it, or lose.

    Examples
    --------
    >>> precision(torch.device("cpu"))
    'no'
    """
    if device.type != "cuda":
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


def autocast(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Return the context in which a network computes on this device."""
    kind = precision(device)
    if kind == "no":
        return contextlib.nullcontext()
    return torch.autocast(device.type, torch.bfloat16 if kind == "bf16" else torch.float16)
