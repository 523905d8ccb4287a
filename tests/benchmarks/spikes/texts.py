"""The texts of one key as columns, and as scoring publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.domain.messages import Company, ScoredText
from tests.harness.sentences import sentence

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Texts:
    """Columns of equal length: time (ms), whether truly negative, P(negative), whether negative leads, author
    (`NOBODY`: none) and the cluster of near-repeats.
    """

    time: npt.NDArray[np.int64]
    truth: npt.NDArray[np.bool_]
    negative: npt.NDArray[np.float64]
    leads: npt.NDArray[np.bool_]
    author: npt.NDArray[np.int64]
    cluster: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.time)

    def repeat(self, row: int, earlier: int) -> None:
        """Make a text a copy of an earlier one, in place; its time and author stay its own."""
        for column in (self.truth, self.negative, self.leads, self.cluster):
            column[row] = column[earlier]

    def scored(self, company: str) -> list[ScoredText]:
        """The texts as scoring would publish them, all about one company, in order."""
        return [
            ScoredText(
                event_id=f"{company}-{row}",
                kind="comment",
                source="generator",
                text=sentence(int(self.cluster[row])),
                lang="en",
                published_at=int(self.time[row]),
                first_seen_at=int(self.time[row]),
                scored_at=int(self.time[row]),
                author=None if self.author[row] == NOBODY else str(self.author[row]),
                title=None,
                url=None,
                sentiment=_sentiment(float(self.negative[row]), bool(self.leads[row])),
                topics={},
                companies=(Company(id=company, mention=company),),
                fingerprint=int(self.cluster[row]),
                model_version="generator",
            )
            for row in range(len(self))
        ]


def _sentiment(negative: float, leads: bool) -> tuple[float, float, float]:
    """(negative, neutral, positive) in which negative leads, or does not."""
    rest = 1.0 - negative
    return (negative, rest / 2.0, rest / 2.0) if leads else (negative, rest, 0.0)


def merged(parts: Sequence[Texts]) -> Texts:
    """All texts in the order of their times."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Texts.__slots__]
    order = np.argsort(columns[0], kind="stable")
    return Texts(*(column[order] for column in columns))
