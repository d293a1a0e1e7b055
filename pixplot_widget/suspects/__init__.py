"""Rows that deserve a second look: labels that are probably wrong, duplicates, outliers and bad pictures."""

from .find import find_suspects

__all__ = ["find_suspects"]
