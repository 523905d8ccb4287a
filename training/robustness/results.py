"""What noise costs: the same rows read clean and with noise, in a set's own labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction
from training.metrics.scores import score_predictions


@dataclass(frozen=True)
class NoiseResult:
    """One task of one set under one kind of noise, over the `rows` that the noise changed.

    `flipped`: the share of the rows whose predicted labels changed, right or wrong.
    """

    set_name: str
    task: str
    kind: str
    rows: int
    accuracy: float
    noisy_accuracy: float
    macro_f1: float
    noisy_macro_f1: float
    flipped: float

    @property
    def drop(self) -> float:
        """Macro-F1 lost."""
        return self.macro_f1 - self.noisy_macro_f1

    @property
    def accuracy_drop(self) -> float:
        """Accuracy lost."""
        return self.accuracy - self.noisy_accuracy

    def as_json(self) -> dict[str, Any]:
        """Plain values, rounded, with the drops."""
        figures = {**asdict(self), "accuracy_drop": self.accuracy_drop, "macro_f1_drop": self.drop}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


@dataclass(frozen=True)
class KindMean:
    """Means over all sets and tasks of one kind of noise."""

    kind: str
    results: int
    accuracy_drop: float
    macro_f1_drop: float
    flipped: float


def compare_rows(
    space: LabelSpace, kind: str, clean: Sequence[Prediction], noisy: Sequence[Prediction]
) -> NoiseResult | None:
    """Compare the predictions of the same rows; None where no row has a label in the task.

    :raises ValueError: when there are not as many of one as of the other.
    """
    pairs = [pair for pair in zip(clean, noisy, strict=True) if pair[0].gold is not None]
    gold = [one.gold for one, _ in pairs if one.gold is not None]
    if not gold:
        return None
    before, after = (
        score_predictions(gold, [pair[side].predicted for pair in pairs], space.labels, multi=space.multi)
        for side in (0, 1)
    )
    return NoiseResult(
        set_name=space.set_name,
        task=space.task,
        kind=kind,
        rows=len(gold),
        accuracy=before.accuracy,
        noisy_accuracy=after.accuracy,
        macro_f1=before.macro_f1,
        noisy_macro_f1=after.macro_f1,
        flipped=sum(set(one.predicted) != set(other.predicted) for one, other in pairs) / len(pairs),
    )


def kind_means(results: Iterable[NoiseResult]) -> list[KindMean]:
    """Means by kind, in the order in which the kinds come."""
    groups: dict[str, list[NoiseResult]] = {}
    for one in results:
        groups.setdefault(one.kind, []).append(one)
    return [
        KindMean(
            kind=kind,
            results=len(group),
            accuracy_drop=sum(one.accuracy_drop for one in group) / len(group),
            macro_f1_drop=sum(one.drop for one in group) / len(group),
            flipped=sum(one.flipped for one in group) / len(group),
        )
        for kind, group in groups.items()
    ]
