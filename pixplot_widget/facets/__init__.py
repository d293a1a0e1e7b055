"""Columns as what one can filter and color by: categories, tags, numbers, dates, or text to look in."""

from .column import Facet, categories, facet, kind_of

__all__ = ["Facet", "categories", "facet", "kind_of"]
