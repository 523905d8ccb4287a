"""When a batch is due, as values: a token budget, and a deadline counted from the first text."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

HAN_START = "\u2e80"


class BatchBuffer(Generic[T]):
    """Collects items in the order of arrival; times are seconds of any steady clock.

    A batch is due when its padded tokens (longest times count) reach `batch_tokens`, when it holds `capacity`
    items or `capacity_tokens`, or `wait_seconds` after its first item. While inference is busy it goes on filling up to
    its capacity: one long text holds up others no longer than many short ones do.
    """

    def __init__(self, batch_tokens: int, wait_seconds: float, capacity: int, capacity_tokens: int) -> None:
        self.batch_tokens = batch_tokens
        self.wait_seconds = wait_seconds
        self.capacity = capacity
        self.capacity_tokens = capacity_tokens
        self._items: list[T] = []
        self._longest = 0
        self._tokens = 0
        self._first_at = 0.0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def has_room(self) -> bool:
        """Whether one more item may be added."""
        return len(self._items) < self.capacity and self._tokens < self.capacity_tokens

    def add(self, item: T, tokens: int, now: float) -> None:
        """Append `item` of about `tokens` tokens, which arrived at `now`."""
        if not self._items:
            self._first_at = now
        self._items.append(item)
        self._longest = max(self._longest, tokens)
        self._tokens += tokens

    def due_at(self) -> float | None:
        """The time from which the batch is due; None while there is nothing."""
        if not self._items:
            return None
        full = self._longest * len(self._items) >= self.batch_tokens or not self.has_room
        return self._first_at if full else self._first_at + self.wait_seconds

    def take(self) -> list[T]:
        """All items in the order of arrival; the buffer is empty afterwards."""
        items = self._items
        self._items = []
        self._longest = 0
        self._tokens = 0
        return items


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a Chinese character is most of one, English has four letters in each."""
    wide = 0 if text.isascii() else sum(char >= HAN_START for char in text)
    return 2 + wide * 3 // 4 + (len(text) - wide) // 4
