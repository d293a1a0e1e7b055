"""What leaves the notebook as a table: metadata with the corrections, changes alone, the frame without flagged rows."""

from .metadata_table import METADATA, changes_to_csv, clean, metadata, to_csv

__all__ = ["METADATA", "changes_to_csv", "clean", "metadata", "to_csv"]
