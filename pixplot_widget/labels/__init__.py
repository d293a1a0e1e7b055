"""The label column as codes and names, and back: any dtype goes in, and an edit keeps it."""

from ..colors import palette
from .label_column import MISSING, LabelColumn, check_values

__all__ = ["MISSING", "LabelColumn", "check_values", "palette"]
