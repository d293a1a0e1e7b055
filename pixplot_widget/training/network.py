"""A backbone with a head for the classes at hand, and the stages in which it is unfrozen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .backbones import flat

__all__ = ["Network", "Stage", "stages"]

FEWEST_STAGES = 6


class Network(nn.Module):
    """Features and a linear head.

    Parameters
    ----------
    features : torch.nn.Module
        From (b, 3, h, w) to (b, width), or to a map that is averaged.
    width : int
        Of the features.
    classes : int
        How many.

    Examples
    --------
    >>> network = Network(nn.Conv2d(3, 8, 3), 8, 2)
    >>> network(torch.zeros(5, 3, 9, 9)).shape
    torch.Size([5, 2])
    """

    def __init__(self, features: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(width, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return logits, float (b, classes)."""
        return self.head(flat(self.features(pictures)))

    def both(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return vectors and logits side by side, float (b, width + classes)."""
        vectors = flat(self.features(pictures))
        return torch.cat([vectors, self.head(vectors)], dim=1)


@dataclass
class Stage:
    """Some consecutive layers."""

    modules: list[nn.Module]
    parameters: list[nn.Parameter]

    def freeze(self, frozen: bool) -> None:
        """Let it be trained or not. While frozen, batch norms use what they have learned and dropout is off."""
        for parameter in self.parameters:
            parameter.requires_grad_(not frozen)


def stages(features: nn.Module) -> list[Stage]:
    """Split a network into stages, from its input to its end.

    pytorch-accelerated's `ModelFreezer` is not used: its groups are the direct children, of which an EfficientNet has
    one; it looks at leaves only, and so leaves class tokens and position tables unfrozen; and it keeps batch norms in
    training mode.

    Examples
    --------
    >>> [len(stage.parameters) for stage in stages(nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))))]
    [2, 2]
    """
    parts = [features]
    while len(parts) < FEWEST_STAGES:
        divisible = [part for part in parts if _size(part) and next(part.children(), None) is not None]
        if not divisible:
            break
        largest = max(divisible, key=_size)
        at = parts.index(largest)
        parts[at : at + 1] = [child for child in largest.children() if _size(child)]
    found = [Stage([part], list(part.parameters())) for part in parts if _size(part)]
    taken = {id(parameter) for stage in found for parameter in stage.parameters}
    loose = [parameter for parameter in features.parameters() if id(parameter) not in taken]  # class tokens and such
    if loose and found:
        found[0].parameters.extend(loose)
    elif loose:
        found.append(Stage([], loose))
    return found


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
