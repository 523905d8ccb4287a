"""What an export measures on the development texts, and when that is too bad to publish."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.development_split import DevelopmentSplit
from training.evaluation.report.json_document import results_json
from training.export.cost import Cost, costs_of, require_cheap
from training.export.decisions import Decisions
from training.export.parity import Parity, ParityLimits, compare, require_same_decisions
from training.export.temperatures import calibrated
from training.metrics.probabilities import Probabilities
from training.metrics.results import Result, mean_macro_f1


@dataclass(frozen=True)
class Outputs:
    """Uncalibrated probabilities of the same texts: of the torch model and the fused fp32 graph, and of the published
    graph, all in the convention of each text's set, and of the published graph in the general reading.
    """

    torch: Probabilities
    fused: Probabilities
    published: Probabilities
    general: Probabilities


@dataclass(frozen=True)
class Measured:
    """Scores of the published graph in both readings, what each step cost, and how near it is to torch."""

    development: list[Result]
    general: list[Result]
    costs: list[Cost]
    fused: Parity
    published: Parity

    @property
    def lost(self) -> float:
        """Mean macro-F1 lost from torch to the published graph."""
        return self.costs[0].macro_f1_before - self.costs[-1].macro_f1_after

    def require_good(self, limits: ParityLimits) -> None:
        """Refuse a graph that decides otherwise than torch, or costs too much.

        :raises ExportError: with the figures and the limits.
        """
        require_same_decisions(self.published, limits)
        require_cheap(self.costs, self.published.texts)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `metrics.json` holds them."""
        return {
            "development": results_json(self.development),
            "development_general_reading": results_json(self.general),
            "torch_mean_macro_f1": round(self.costs[0].macro_f1_before, 4),
            "parity": {
                "fp32_graph": asdict(self.fused),
                "published": asdict(self.published),
                "published_macro_f1_loss": round(self.lost, 5),
            },
        }


def measure(dev: DevelopmentSplit, outputs: Outputs, decisions: Decisions, step: str) -> Measured:
    """Score all outputs with the temperatures and thresholds of the published graph; `step` is what led to it from
    the fused one, `fp32` when it is the same.
    """
    texts, temperatures = dev.texts, decisions.temperatures
    torch, fused, published, general = (
        calibrated(texts, values, temperatures)
        for values in (outputs.torch, outputs.fused, outputs.published, outputs.general)
    )
    scored = [dev.score(values, decisions.thresholds) for values in (torch, fused, published, general)]
    start, *means = [mean_macro_f1(results) for results in scored[:3]]
    steps = [("fusion", means[0]), (step, means[1])]
    return Measured(
        development=scored[2],
        general=scored[3],
        costs=costs_of(start, steps[:1] if step == "fp32" else steps),
        fused=compare(outputs.torch, outputs.fused),
        published=compare(torch, published),
    )
