"""What trimming a vocabulary kept, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from training.vocabulary.usage import Usage

STEP = "vocabulary trimming"


@dataclass(frozen=True)
class TrimReport:
    """Of the texts that were counted: `coverage` is the share of the token occurrences whose piece stays;
    `unknown` are shares of the tokens, `tokens` their number. `bytes` are those of weights and tokenizer.
    """

    texts: int
    coverage: float
    pieces_before: int
    pieces_after: int
    bytes_before: int
    bytes_after: int
    unknown_before: float
    unknown_after: float
    tokens_before: int
    tokens_after: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def table(self, title: str) -> Table:
        """Before and after, for the terminal."""
        view = Table(title=title, box=None, padding=(0, 2, 0, 0))
        view.add_column("", no_wrap=True)
        view.add_column("before", justify="right")
        view.add_column("after", justify="right")
        view.add_row("pieces", f"{self.pieces_before:,}", f"{self.pieces_after:,}")
        view.add_row("bytes", f"{self.bytes_before:,}", f"{self.bytes_after:,}")
        view.add_row("tokens", f"{self.tokens_before:,}", f"{self.tokens_after:,}")
        view.add_row("unknown tokens", f"{100 * self.unknown_before:.3f} %", f"{100 * self.unknown_after:.3f} %")
        view.add_row("occurrences whose piece stays", "", f"{100 * self.coverage:.3f} %")
        return view


def report(before: Usage, after: Usage, kept: Sequence[int], sizes: tuple[int, int]) -> TrimReport:
    """Put together what was counted before and after; `sizes` are bytes."""
    return TrimReport(
        texts=before.texts,
        coverage=round(before.share_of(kept), 6),
        pieces_before=len(before.counts),
        pieces_after=len(after.counts),
        bytes_before=sizes[0],
        bytes_after=sizes[1],
        unknown_before=round(before.unknown_share, 6),
        unknown_after=round(after.unknown_share, 6),
        tokens_before=before.tokens,
        tokens_after=after.tokens,
    )
