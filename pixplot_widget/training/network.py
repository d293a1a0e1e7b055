"""A backbone with a head for the classes at hand, and the stages in which it is unfrozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from .backbones import flat

__all__ = ["Network", "Stage", "stages"]

FEWEST_STAGES = 6
HEAD_ITERATIONS = 300


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

    def start_head(self, vectors: np.ndarray, codes: np.ndarray) -> None:
        """Let the head begin as a logistic regression on the features as they are.

        A head of random numbers would take many epochs to get there, and its first errors would spoil the features.

        Parameters
        ----------
        vectors : numpy.ndarray
            float (n, width).
        codes : numpy.ndarray
            int (n,), of two classes or more.
        """
        found = LogisticRegression(max_iter=HEAD_ITERATIONS).fit(vectors, codes)
        weight, bias = found.coef_, found.intercept_
        if len(found.classes_) == 2:  # scikit-learn has one row for both
            weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        with torch.no_grad():
            self.head.bias.fill_(min(0.0, float(bias.min())))  # of classes that are not among them
            self.head.weight[found.classes_] = torch.from_numpy(weight).to(self.head.weight)
            self.head.bias[found.classes_] = torch.from_numpy(bias).to(self.head.bias)


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
