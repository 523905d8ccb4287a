"""How a graph's probabilities become decisions: temperatures, topic thresholds and the abstain band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.data.examples import Example
from training.evaluation.thresholds import choose_thresholds
from training.export.abstain_band import AbstainBand, abstain_bands
from training.export.temperatures import HeadCalibration, by_language, calibrated, fit_temperatures
from training.metrics.probabilities import Probabilities


@dataclass(frozen=True)
class Decisions:
    """What was fitted on development texts; `thresholds` are by topic index."""

    calibration: Sequence[HeadCalibration]
    bands: Sequence[AbstainBand]
    thresholds: Mapping[int, float]

    @property
    def temperatures(self) -> dict[str, dict[str, float]]:
        """Language -> head -> temperature."""
        return by_language(self.calibration)

    @property
    def unsure_below(self) -> dict[str, float]:
        """Language -> the leading probability below which the model abstains."""
        return {band.language: band.below for band in self.bands}


def fit_decisions(examples: Sequence[Example], raw: Probabilities, topics: int) -> Decisions:
    """Fit on the uncalibrated probabilities (general reading) of development texts."""
    fitted = fit_temperatures(examples, raw)
    soft = calibrated(examples, raw, by_language(fitted))
    return Decisions(fitted, abstain_bands(examples, soft), choose_thresholds(examples, soft.topics, topics))
