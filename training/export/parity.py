"""Does the exported model say what the torch model says? A check that fails the export."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.errors import ExportError
from training.evaluation.results import Probabilities


@dataclass(frozen=True)
class ParityLimits:
    """What an export may change.

    ``fp32_difference``: largest absolute difference of any probability; ``macro_f1_loss``: macro-F1
    lost on average over the development sets; ``agreement``: share of texts with the same
    sentiment.
    """

    fp32_difference: float = 1e-4
    macro_f1_loss: float = 0.005
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


def require_same_decisions(parity: Parity, macro_f1_loss: float, limits: ParityLimits) -> None:
    """Refuse a graph that decides too often otherwise than torch.

    :raises ExportError: with the measured figures and the limits.
    """
    if macro_f1_loss > limits.macro_f1_loss or parity.sentiment_agreement < limits.agreement:
        raise ExportError(
            f"exported graph: {100 * macro_f1_loss:.2f} points of macro-F1 lost (limit "
            f"{100 * limits.macro_f1_loss:.2f}), same sentiment for {parity.sentiment_agreement:.3f} "
            f"of the texts (limit {limits.agreement:.3f})"
        )


def _argmax(row: Sequence[float]) -> int:
    return max(range(len(row)), key=row.__getitem__)
