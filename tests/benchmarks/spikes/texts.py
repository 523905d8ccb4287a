"""The texts of one key as columns, and as the detector takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from services.monitoring.detector.opinion import Opinion
from services.monitoring.detector.params import MINUTE_MS

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

    def opinions(self) -> list[Opinion]:
        """The texts as the detector sees them, in order."""
        return [
            Opinion(
                id=str(row),
                time=int(self.time[row]),
                negative=float(self.negative[row]),
                leads=bool(self.leads[row]),
                author=None if self.author[row] == NOBODY else str(self.author[row]),
                fingerprint=int(self.cluster[row]),
                text="",
                source="generator",
                url=None,
            )
            for row in range(len(self))
        ]


def merged(parts: Sequence[Texts]) -> Texts:
    """All texts in the order of their times."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Texts.__slots__]
    order = np.argsort(columns[0], kind="stable")
    return Texts(*(column[order] for column in columns))


def by_minute(opinions: Sequence[Opinion]) -> Iterator[tuple[int, list[Opinion]]]:
    """The start of each minute that has texts (ms), and its texts."""
    for minute, group in groupby(opinions, key=lambda opinion: opinion.time // MINUTE_MS):
        yield minute * MINUTE_MS, list(group)
