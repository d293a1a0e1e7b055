"""How a training went, as a picture: loss and accuracy by epoch, as SVG, so that no plotting library is needed."""

from __future__ import annotations

import math
from html import escape

import numpy as np
import pandas as pd

__all__ = ["Curves"]

_WIDTH, _HEIGHT, _MARGIN = 320, 180, 36
_COLORS = {"train": "#1f77b4", "valid": "#d95f02"}
_NAMES = {"train": "learned from", "valid": "held out"}


class Curves:
    """Loss and accuracy by epoch; the last expression of a cell shows it.

    Parameters
    ----------
    history : pandas.DataFrame
        As `FineTuner.history_`.
    epochs : int, optional
        How many there will be. Default: those there are.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1], "train_loss": [0.5], "train_accuracy": [0.9]})
    >>> Curves(history).svg().startswith("<svg")
    True
    """

    def __init__(self, history: pd.DataFrame, epochs: int | None = None) -> None:
        self.history = history
        self.epochs = epochs or max(1, len(history))
        # of very many epochs the first few would be a dot: the axis grows with them
        self._across = min(self.epochs, max(10, 2 * len(history))) if epochs else self.epochs

    def _repr_svg_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """Return the picture, in the colors of the page around it."""
        loss = self._chart("Loss", "loss", 0, None)
        accuracy = self._chart("Accuracy", "accuracy", _WIDTH + 20, 1.0)
        last = self.history.iloc[-1] if len(self.history) else {}
        words = ", ".join(
            f"{_NAMES[part]} {kind} {last[f'{part}_{kind}']:.3f}"
            for kind in ("loss", "accuracy")
            for part in _COLORS
            if f"{part}_{kind}" in last and not pd.isna(last[f"{part}_{kind}"])
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH + 20} {_HEIGHT + 24}" role="img" '
            f'aria-label="{escape(f"Epoch {len(self.history)} of {self.epochs}: {words}")}" '
            f'style="width:100%;max-width:{2 * _WIDTH + 20}px;font:12px sans-serif" fill="currentColor">'
            f"{loss}{accuracy}</svg>"
        )

    def _chart(self, title: str, kind: str, left: int, top: float | None) -> str:
        series = {part: self._values(f"{part}_{kind}") for part in _COLORS}
        finite = [value for values in series.values() for value in values if math.isfinite(value)]
        high = top or max(finite, default=1.0) or 1.0
        right, bottom = _WIDTH - 10, _HEIGHT - 8
        parts = [f'<text x="{left + _MARGIN}" y="14" font-weight="bold">{title}</text>']
        for share in (0.0, 0.5, 1.0):
            y = bottom - share * (bottom - 26)
            parts.append(
                f'<line x1="{left + _MARGIN}" x2="{left + right}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
                f'opacity="0.2"/><text x="{left + _MARGIN - 5}" y="{y + 4:.1f}" text-anchor="end">'
                f"{share * high:.3g}</text>"
            )
        for number, (part, values) in enumerate(series.items()):
            points = [
                (
                    left + _MARGIN + (right - _MARGIN) * (at / max(1, self._across - 1)),
                    bottom - min(1.0, value / high) * (bottom - 26),
                )
                for at, value in enumerate(values)
                if math.isfinite(value)
            ]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{_COLORS[part]}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{_COLORS[part]}"/>' for x, y in points]
            parts.append(
                f'<text x="{left + _MARGIN + number * 100}" y="{_HEIGHT + 16}">'
                f'<tspan fill="{_COLORS[part]}">●</tspan> {_NAMES[part]}</text>'
            )
        return "".join(parts)

    def _values(self, column: str) -> list[float]:
        return self.history[column].astype(float).tolist() if column in self.history else [np.nan]
