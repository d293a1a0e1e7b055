"""Networks as feature extractors: torchvision's by name, without their heads, or any module of the user's."""

from __future__ import annotations

import copy
import difflib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional
from torchvision import models

from .dataset import Fit

__all__ = ["Backbone", "resolve", "strip_head"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_SIDE, _SHORTER = 224, 256  # of a network that does not say what it was trained on


@dataclass
class Backbone:
    """A network that turns pictures into vectors, and how pictures are to be made ready for it.

    Attributes
    ----------
    features : torch.nn.Module
        From float (b, 3, h, w), normalized, to float (b, d).
    fit : Fit
        How a picture becomes what the network was trained on.
    mean, std : tuple of float
        Of pixels in [0, 1], a channel.
    name : str
        Of the architecture; "" for a module of the user's.
    pretrained : bool
        Whether it has seen anything yet, as far as is known.
    enlarged : int or None
        px to which the squares that `fit` makes are brought before the network sees them; None: they stay.
    """

    features: nn.Module
    fit: Fit
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    name: str = ""
    pretrained: bool = True
    enlarged: int | None = None

    def normalize(self, pictures: torch.Tensor) -> torch.Tensor:
        """Turn float (b, 3, h, w) in [0, 1] into what the network expects."""
        mean = torch.tensor(self.mean, device=pictures.device).view(1, 3, 1, 1)
        std = torch.tensor(self.std, device=pictures.device).view(1, 3, 1, 1)
        return (pictures - mean) / std

    def ready(self, pictures: torch.Tensor, vary: Callable[[torch.Tensor], torch.Tensor] | None = None) -> torch.Tensor:
        """Turn uint8 (b, side, side, 3) into the network's input; `vary` changes them before they are enlarged."""
        pictures = to_unit(pictures)
        if vary is not None:
            pictures = vary(pictures)
        if self.enlarged not in (None, pictures.shape[-1]):
            pictures = functional.interpolate(pictures, size=(self.enlarged, self.enlarged), mode="bilinear")
        return self.normalize(pictures)

    def vectors(self, pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
        """Turn uint8 (b, side, side, 3) into vectors, float (b, d). Floating pictures are taken as made ready."""
        pictures = pictures.to(device, non_blocking=True)
        return flat(self.features(pictures if pictures.is_floating_point() else self.ready(pictures)))

    def fingerprint(self, ready: torch.Tensor) -> bytes:
        """Identify what this network does: its weights, and what it makes of a fixed picture.

        The second is for modules whose code was changed in a notebook, with weights and names left as they were.
        """
        mark = hashlib.blake2b(digest_size=16)
        mark.update(f"{type(self.features).__qualname__}|{self.mean}|{self.std}|{self.enlarged}".encode())
        for name, tensor in sorted(self.features.state_dict().items()):
            mark.update(f"|{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
            mark.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        mark.update(np.asarray([f"{value:.2e}" for value in ready.flatten().tolist()[:64]]).tobytes())
        return mark.digest()


def to_unit(pictures: torch.Tensor) -> torch.Tensor:
    """Turn uint8 (b, h, w, 3) into float (b, 3, h, w) in [0, 1]."""
    return pictures.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def flat(found: Any) -> torch.Tensor:
    """Return features as (b, d); maps are averaged over their places.

    Raises
    ------
    ValueError
        If they are nothing like features.
    """
    if isinstance(found, torch.Tensor) and found.ndim == 4:
        found = functional.adaptive_avg_pool2d(found, 1).flatten(1)
    if not isinstance(found, torch.Tensor) or found.ndim != 2:
        what = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, torch.Tensor) else type(found).__name__
        raise ValueError(
            f"a backbone must return features (batch, d), or a feature map (batch, d, h, w), which is averaged; "
            f"this one returns {what}"
        )
    return found


def resolve(backbone: str | nn.Module, weights: Any = "DEFAULT", image_size: int | None = None) -> Backbone:
    """Make a backbone ready: the network itself without its head, and how it wants its pictures.

    Parameters
    ----------
    backbone : str or torch.nn.Module
        A classification network of torchvision's by name, or a module that returns features. A module is copied, so
        the caller's is left as it is.
    weights : str, path, torchvision weights or None
        "DEFAULT" or another name of torchvision's weights (downloaded once, by torchvision), a file with a state
        dict, or None: random ones. Of a module, only a file is looked at.
    image_size : int, optional
        px of the square that the network is given. Default: that of the weights; 224 for a module.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If there is no such network or weights, or they do not fit each other.
    TypeError
        If `backbone` is neither name nor module.
    FileNotFoundError
        If the file of weights is not there.
    OSError
        If weights cannot be downloaded.
    """
    if isinstance(backbone, nn.Module):
        return _module(backbone, weights, image_size)
    if not isinstance(backbone, str):
        raise TypeError(
            f"backbone must be the name of a torchvision network or a torch.nn.Module, not {type(backbone).__name__}"
        )
    known = models.list_models(module=models)
    if backbone not in known:
        near = difflib.get_close_matches(backbone, known, n=3) or ["resnet50", "efficientnet_b0", "convnext_tiny"]
        raise ValueError(
            f"torchvision has no classification network {backbone!r}; it has {', '.join(near)} and others: "
            "torchvision.models.list_models(module=torchvision.models)"
        )
    chosen, path = _weights(backbone, weights)
    preset = (chosen or models.get_model_weights(backbone).DEFAULT).transforms()
    side, shorter = preset.crop_size[0], preset.resize_size[0]
    if image_size is not None:
        side, shorter = image_size, round(shorter * image_size / side)
    network = _build(backbone, side)
    state = None
    if chosen is not None:
        state = _downloaded(chosen, backbone)
    elif path is not None:
        state = _read_state(path)
    head = strip_head(network)
    if state is not None:
        _load(network, state, head, str(path or chosen))
    fit = Fit(side, shorter, Image.Resampling[preset.interpolation.value.upper()])
    return Backbone(network, fit, tuple(preset.mean), tuple(preset.std), backbone, state is not None)


def strip_head(network: nn.Module) -> str:
    """Replace the last layer with weights, which makes classes of features, by nothing; return where it was.

    It is found by its place, since families call it `fc`, `classifier.1`, `heads.head` or `head`. What stands beside
    it in the head (a norm, a hidden layer) was trained with the features and stays.

    Raises
    ------
    ValueError
        If the last layer is no linear one (or a convolution, as SqueezeNet has).

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    >>> strip_head(network), network(torch.zeros(1, 3, 9, 9)).shape
    ('3', torch.Size([1, 8]))
    """
    leaves = [(name, module) for name, module in network.named_modules() if next(module.children(), None) is None]
    weighted = [(name, module) for name, module in leaves if next(module.parameters(), None) is not None]
    name, last = weighted[-1] if weighted else ("", None)
    if not name or not isinstance(last, (nn.Linear, nn.Conv2d)):
        raise ValueError(
            f"the last layer of {type(network).__name__} is {type(last).__name__}, not a linear one: it has no head "
            "to take off. Give a module that returns features"
        )
    parent, _, child = name.rpartition(".")
    setattr(network.get_submodule(parent), child, nn.Identity())
    return name


def probe(backbone: Backbone, device: torch.device, transform: Callable | None = None) -> torch.Tensor:
    """Return the vector of a fixed picture, float (1, d): whether the network works, and how wide its vectors are.

    Raises
    ------
    ValueError
        If it does not return features.
    """
    gray = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    side = backbone.fit.side
    picture = Image.fromarray(gray).resize((side, side), Image.Resampling.BICUBIC)
    ready = torch.from_numpy(np.array(picture)) if transform is None else torch.as_tensor(transform(picture))
    with torch.inference_mode():
        return backbone.vectors(ready[None], device).float().cpu()


def _module(module: nn.Module, weights: Any, image_size: int | None) -> Backbone:
    network = copy.deepcopy(module)
    if _is_file(weights):
        _load(network, _read_state(weights), None, str(weights))
    side = image_size or _SIDE
    return Backbone(network, Fit(side, round(_SHORTER * side / _SIDE)))


def _weights(name: str, weights: Any) -> tuple[Any, str | os.PathLike | None]:
    """Tell torchvision's weights from files: (weights, None), (None, path) or (None, None)."""
    if weights is None:
        return None, None
    if _is_file(weights):
        return None, weights
    offered = models.get_model_weights(name)
    if isinstance(weights, offered):
        return weights, None
    if isinstance(weights, str) and weights in ("DEFAULT", *offered.__members__):
        return offered[weights], None
    raise ValueError(
        f"weights={weights!r} are none of {name}'s; it has DEFAULT, {', '.join(offered.__members__)}, "
        "or give the path of a file with a state dict (.pt, .pth), or None for random ones"
    )


def _is_file(weights: Any) -> bool:
    if isinstance(weights, os.PathLike):
        return True
    return isinstance(weights, str) and (weights.endswith((".pt", ".pth", ".bin")) or os.sep in weights)


def _build(name: str, side: int) -> nn.Module:
    builder = models.get_model_builder(name)
    arguments: dict[str, Any] = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        arguments |= {"aux_logits": False, "init_weights": True}
    if name.startswith("vit_"):  # these two have the size of their pictures built in
        arguments["image_size"] = side
    if name.startswith("maxvit"):
        arguments["input_size"] = (side, side)
    return builder(**arguments)


def _downloaded(weights: Any, name: str) -> dict[str, torch.Tensor]:
    try:
        return weights.get_state_dict(progress=True, check_hash=True)
    except OSError as error:
        raise OSError(
            f"the weights {weights} cannot be downloaded: {error}. Give weights= the path of a file you have, "
            f"such as {name}.pth, or weights=None for random ones"
        ) from error


def _read_state(path: str | os.PathLike) -> dict[str, torch.Tensor]:
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no file of weights {os.fspath(path)!r}")
    state = torch.load(path, map_location="cpu", weights_only=True)
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise ValueError(f"{os.fspath(path)!r} holds no state dict: save one by torch.save(model.state_dict(), path)")
    return {name.removeprefix("module.").removeprefix("_orig_mod."): tensor for name, tensor in state.items()}


def _load(network: nn.Module, state: dict[str, torch.Tensor], head: str | None, source: str) -> None:
    """Load weights; those of the head may be there or not, and of any number of classes."""
    if head is not None:
        state = {name: tensor for name, tensor in state.items() if name.rpartition(".")[0] != head}
        auxiliary = ("aux1.", "aux2.", "AuxLogits.")
        state = {name: tensor for name, tensor in state.items() if not name.startswith(auxiliary)}
    if isinstance(network, models.VisionTransformer):
        state = models.vision_transformer.interpolate_embeddings(network.image_size, network.patch_size, state)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the weights of {source} do not fit {type(network).__name__}: {error}") from error
