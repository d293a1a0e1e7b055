"""What is raised when an edit cannot be made: every message is a sentence for the person who asked for it."""

from __future__ import annotations

__all__ = ["EditError", "JournalError", "LabelError", "RowsChangedError"]


class EditError(ValueError):
    """An edit that was refused; nothing has changed.

    Examples
    --------
    >>> EditError("column 'category' is gone").reason
    "column 'category' is gone"
    """

    @property
    def reason(self) -> str:
        """Why, in words that can be shown as they are."""
        return str(self)


class LabelError(EditError):
    """The label does not fit the column: another type, not in the list of allowed ones, or empty."""


class RowsChangedError(EditError):
    """Rows of the frame were added, removed or reordered since it was given to the log."""


class JournalError(EditError):
    """The journal cannot be read or written, so the edit could not be made safe and was not made."""
