"""Keeps the values of a metric's label few, whatever comes."""

from __future__ import annotations

OTHER = "other"
"""Stands for all that has no room."""


class BoundedLabels:
    """The first `most` values stand for themselves."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, value: str) -> str:
        """The label of a value."""
        if value not in self._known and len(self._known) < self._most:
            self._known.add(value)
        return value if value in self._known else OTHER
