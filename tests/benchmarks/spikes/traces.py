"""What each detector says over time of one key, and the alerts that follow from a threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.detector.opinion import opinion_of
from services.detector.params import BIN_MS, Params
from services.detector.weights import Weights
from services.domain.event_time import HOUR_MS
from services.domain.key import MonitoredKey
from tests.benchmarks.spikes.background import START_MS
from tests.benchmarks.spikes.texts import Texts

Floats = npt.NDArray[np.float64]
QUIET_MS = 6 * HOUR_MS
"""Scores above the threshold that are less than this apart are one alert."""
_HOUR = HOUR_MS // BIN_MS
_WEEK = 7 * 24 * _HOUR
_LEAST_SD = 0.5


@dataclass(frozen=True, slots=True)
class Trace:
    """Scores at times (ms). *Shapes:* (evaluations,)."""

    time: npt.NDArray[np.int64]
    score: Floats

    def alerts(self, threshold: float) -> npt.NDArray[np.int64]:
        """When alerts begin: the first score at or above the threshold, and each after `QUIET_MS` without one."""
        above = self.time[self.score >= threshold]
        return above[np.diff(above, prepend=-QUIET_MS - 1) > QUIET_MS]


Detector = Callable[[Texts, int], Trace]
"""The trace of a key's texts over so many days."""


def raw(texts: Texts) -> Floats:
    """Each text that is called negative counts 1."""
    return texts.leads.astype(np.float64)


def clean(texts: Texts) -> Floats:
    """P(negative) times the weight that the detector gives: copies fade, an author counts once."""
    weights, params = Weights(), Params()
    opinions = [opinion_of(text, MonitoredKey.of_company("X")) for text in texts.scored("X")]
    return np.array([max(weights.weigh(opinion, params).negative, 0.0) for opinion in opinions])


def static(counts: Floats) -> Floats:
    """The negative texts of the last hour."""
    return _last_hour(counts)


def rolling_z(counts: Floats) -> Floats:
    """`(x - avg_over_time(x[7d])) / stddev_over_time(x[7d])` of the last hour's count, as a Prometheus rule has it."""
    x = _last_hour(counts)
    mean, square = _trailing(x, _WEEK) / _WEEK, _trailing(x * x, _WEEK) / _WEEK
    return np.asarray((x - mean) / np.maximum(np.sqrt(np.maximum(square - mean**2, 0.0)), _LEAST_SD))


def ewma(counts: Floats) -> Floats:
    """The last hour against exponentially weighted mean and variance of earlier hours (half-life 3 days)."""
    x = _last_hour(counts)
    score, mean, variance = np.zeros(len(x)), 0.0, 0.0
    keep = 0.5 ** (1.0 / (3 * 24 * _HOUR))
    for at in range(_HOUR, len(x)):
        before = x[at - _HOUR]
        variance = keep * (variance + (1.0 - keep) * (before - mean) ** 2)
        mean = keep * mean + (1.0 - keep) * before
        score[at] = (x[at] - mean) / max(variance**0.5, _LEAST_SD)
    return score


def ears_c3(counts: Floats) -> Floats:
    """EARS C3 on hours: what the last three exceed a week's mean by, in standard deviations beyond one, the week
    ending two hours before (Hutwagner et al. 2003).
    """
    x = _last_hour(counts)
    before = np.concatenate([np.zeros(2 * _HOUR), x[: -2 * _HOUR]])
    mean, square = _trailing(before, _WEEK) / _WEEK, _trailing(before * before, _WEEK) / _WEEK
    c2 = (x - mean) / np.maximum(np.sqrt(np.maximum(square - mean**2, 0.0)), _LEAST_SD)
    beyond = np.maximum(c2 - 1.0, 0.0)
    shifted = [np.concatenate([np.zeros(lag * _HOUR), beyond[: len(beyond) - lag * _HOUR]]) for lag in (1, 2)]
    return np.asarray(beyond + shifted[0] + shifted[1])


def on_grid(weigh: Callable[[Texts], Floats], rule: Callable[[Floats], Floats]) -> Detector:
    """A rule over the weighted negative texts of each five minutes, looked at when a text came."""

    def trace(texts: Texts, days: int) -> Trace:
        size = (days + 1) * 24 * _HOUR
        place = (texts.time - START_MS) // BIN_MS
        counts = np.bincount(place, weights=weigh(texts), minlength=size)[:size]
        score = rule(counts.astype(np.float64))
        bins = np.unique(place[place < size])
        return Trace(START_MS + (bins + 1) * BIN_MS, score[bins])

    return trace


def _last_hour(counts: Floats) -> Floats:
    return _trailing(counts, _HOUR)


def _trailing(values: Floats, width: int) -> Floats:
    """Sum of the last `width` values at each place."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    start = np.maximum(np.arange(1, len(total)) - width, 0)
    return np.asarray(total[1:] - total[start])


DETECTORS: dict[str, Detector] = {
    **{
        f"{name}, {how}": on_grid(weigh, rule)
        for name, rule in (("static", static), ("rolling z", rolling_z), ("EWMA", ewma), ("EARS C3", ears_c3))
        for how, weigh in (("raw", raw), ("clean", clean))
    },
}
