"""Pictures varied at random while a network is trained on them: PixPlotML's set, on whole batches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

__all__ = ["Augmentation"]


@dataclass(frozen=True)
class Augmentation:
    """How much pictures are varied; 0 leaves a kind out.

    Whole batches are varied at once and on the network's device, which costs a small part of what it costs to do it
    picture by picture.

    Attributes
    ----------
    horizontal_flip, vertical_flip : float
        Share of pictures that are mirrored. Leave vertical flips out where up is up: digits, text.
    brightness, contrast : float
        They change by up to this share.
    scale : float
        Size changes by up to this share.
    often : float
        Share of pictures whose brightness and contrast change, and of those whose size changes.

    Examples
    --------
    >>> pictures = torch.rand(4, 3, 8, 8)
    >>> varied = Augmentation(horizontal_flip=1, vertical_flip=0, often=0)(pictures, torch.Generator())
    >>> torch.equal(varied, pictures.flip(3))
    True
    """

    horizontal_flip: float = 0.5
    vertical_flip: float = 0.5
    brightness: float = 0.2
    contrast: float = 0.2
    scale: float = 0.3
    often: float = 0.2

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (isinstance(value, (int, float)) and 0 <= value <= 1):
                raise ValueError(f"Augmentation({name}=...) must be from 0 to 1, not {value!r}")

    def __call__(self, pictures: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """Return them varied, float (b, 3, h, w) in [0, 1]; `random` is a generator of the CPU's."""
        count = len(pictures)

        def chosen(share: float) -> torch.Tensor:
            return torch.rand(count, generator=random) < share

        def around_one(by: float) -> torch.Tensor:
            return 1 + by * (2 * torch.rand(count, generator=random) - 1)

        for share, side in ((self.horizontal_flip, 3), (self.vertical_flip, 2)):
            mirrored = chosen(share).nonzero().flatten().to(pictures.device)
            if len(mirrored):
                pictures = pictures.index_copy(0, mirrored, pictures[mirrored].flip(side))
        often = chosen(self.often)
        if often.any() and (self.brightness or self.contrast):
            gain = torch.where(often, around_one(self.contrast), 1.0)
            offset = torch.where(often, around_one(self.brightness), 1.0) - 1
            wide = (count, 1, 1, 1)
            pictures = pictures * gain.view(wide).to(pictures.device) + offset.view(wide).to(pictures.device)
            pictures = pictures.clamp_(0, 1)
        resized = chosen(self.often).nonzero().flatten()
        if len(resized) and self.scale:
            zoom = 1 / around_one(self.scale)[resized]
            turn = torch.zeros(len(resized), 2, 3)
            turn[:, 0, 0] = turn[:, 1, 1] = zoom
            resized, turn = resized.to(pictures.device), turn.to(pictures.device)
            some = pictures[resized]
            grid = functional.affine_grid(turn, list(some.shape), align_corners=False)
            pictures = pictures.index_copy(0, resized, functional.grid_sample(some, grid, align_corners=False))
        return pictures
