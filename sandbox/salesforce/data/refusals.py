"""What the org refuses: one record of a write, or a whole query."""

from __future__ import annotations


class RowError(Exception):
    """One record is refused: an item error in a collection, a body of its own otherwise."""

    def __init__(self, status_code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{status_code}: {message}")
        self.status_code = status_code
        self.message = message
        self.fields = fields


class QueryError(Exception):
    """A query or a describe is refused as a whole."""

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(f"{error_code}: {message}")
        self.error_code = error_code
        self.message = message
