"""Which of the texts that a model labelled are worth learning from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.inference.scores import SENTIMENT_LABELS, Triple
from training.data.leaks import find_leaks
from training.data.near_duplicates import near_duplicate_groups
from training.data.unlabelled import UnlabelledText


@dataclass(frozen=True)
class PseudoLabelled:
    """A text with the leading sentiment of a model, and its calibrated probability."""

    text: UnlabelledText
    lang: str
    label: str
    confidence: float


@dataclass(frozen=True)
class Chosen:
    """The rows kept, the surest first within each class, and how many others went and why."""

    rows: tuple[PseudoLabelled, ...]
    unsure: int
    repeated: int
    held_out: int
    over_cap: int

    def counts(self) -> Counter[tuple[str, str]]:
        """The rows kept by label and language."""
        return Counter((row.label, row.lang) for row in self.rows)


def labelled(text: UnlabelledText, lang: str, sentiment: Triple) -> PseudoLabelled:
    """The leading sentiment as a label."""
    confidence = max(sentiment)
    return PseudoLabelled(text, lang, SENTIMENT_LABELS[sentiment.index(confidence)], confidence)


def choose(
    rows: Sequence[PseudoLabelled], held_out: Sequence[str], *, floor: float, most_per_class: int | None
) -> Chosen:
    """Keep the rows whose confidence is at least the floor, at most so many a class, the surest first.

    Of near duplicates one is kept, and none that is, exactly or nearly, among the texts `held_out`. Lee 2013
    (Pseudo-Label); Xie et al. 2020, https://arxiv.org/abs/1911.04252 (balanced classes).
    """
    sure = sorted((row for row in rows if row.confidence >= floor), key=lambda row: (-row.confidence, row.text.key))
    groups = near_duplicate_groups([row.text.key for row in sure])
    surest: dict[str, PseudoLabelled] = {}
    for row in sure:
        surest.setdefault(groups[row.text.key], row)
    single = list(surest.values())
    leaks = {leak.test for leak in find_leaks(held_out, [row.text.text for row in single])}
    free = [row for index, row in enumerate(single) if index not in leaks]
    kept = [row for label in SENTIMENT_LABELS for row in [one for one in free if one.label == label][:most_per_class]]
    return Chosen(
        rows=tuple(kept),
        unsure=len(rows) - len(sure),
        repeated=len(sure) - len(single),
        held_out=len(leaks),
        over_cap=len(free) - len(kept),
    )
