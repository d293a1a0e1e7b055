"""Hotspots: where images crowd, found by density, named after what sets them apart."""

from .clusters import check_hotspots, cover_of, find_hotspots, hotspot_columns, name_groups, numbered

__all__ = ["check_hotspots", "cover_of", "find_hotspots", "hotspot_columns", "name_groups", "numbered"]
