"""What a command could not use of a file: named on standard error as it comes, and counted by reason at the end."""

from __future__ import annotations

from collections import Counter

from rich.console import Console

from services.text.untrusted import masked

MOST_NAMED = 100


class RefusedLines:
    """The first `MOST_NAMED` are named."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
        self.reasons: Counter[str] = Counter()

    def add(self, number: int, reason: str, detail: str) -> None:
        """One line, by its number."""
        self.reasons[reason] += 1
        if self.reasons.total() <= MOST_NAMED:
            self._console.print(f"line {number}: {reason}: {masked(detail)}")

    def close(self, where: str) -> None:
        """Say how many there were; `where` says what became of them."""
        count = self.reasons.total()
        if count:
            named = ", ".join(f"{number} {reason}" for reason, number in self.reasons.most_common())
            self._console.print(f"{count} line{'' if count == 1 else 's'} left out ({named}); {where}")
