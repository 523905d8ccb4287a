"""Does the exported model say what the torch model says? A check that fails the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.errors import ExportError
from training.export.cost import chance
from training.metrics.probabilities import Probabilities


@dataclass(frozen=True)
class ParityLimits:
    """What an export may change.

    `fp32_difference`: largest absolute difference of any probability; `agreement`: share of texts with the
    same sentiment. What it may cost is in `training/export/cost.py`.
    """

    fp32_difference: float = 1e-4
    agreement: float = 0.95


@dataclass(frozen=True)
class Parity:
    """What was measured between two sets of probabilities of the same texts."""

    texts: int
    largest_difference: float
    sentiment_agreement: float


def compare(reference: Probabilities, exported: Probabilities) -> Parity:
    """Compare probabilities text by text.

    :raises ValueError: when they are not of equally many texts.
    """
    pairs = list(
        zip(
            (*reference.sentiment, *reference.topics, *(line for lines in reference.entities for line in lines)),
            (*exported.sentiment, *exported.topics, *(line for lines in exported.entities for line in lines)),
            strict=True,
        )
    )
    difference = max(abs(a - b) for left, right in pairs for a, b in zip(left, right, strict=True))
    same = [
        _argmax(left) == _argmax(right) for left, right in zip(reference.sentiment, exported.sentiment, strict=True)
    ]
    return Parity(len(same), difference, sum(same) / len(same))


def require_fp32(parity: Parity, limits: ParityLimits) -> None:
    """Refuse an fp32 graph that differs from torch.

    :raises ExportError: with the difference and the limit.
    """
    if parity.largest_difference > limits.fp32_difference:
        raise ExportError(
            f"fp32 graph: probabilities differ by up to {parity.largest_difference:.2e} from torch, "
            f"the limit is {limits.fp32_difference:.0e}"
        )


def require_same_decisions(parity: Parity, limits: ParityLimits) -> None:
    """Refuse a graph that decides too often otherwise than torch.

    Of few texts, as many may differ as `chance` says.

    :raises ExportError: with the measured share and the limit.
    """
    agreement = min(limits.agreement, 1 - chance(parity.texts))
    if parity.sentiment_agreement < agreement:
        raise ExportError(
            f"exported graph: same sentiment for {parity.sentiment_agreement:.3f} of the texts, "
            f"the limit is {agreement:.3f}"
        )


def _argmax(row: Sequence[float]) -> int:
    return max(range(len(row)), key=row.__getitem__)
