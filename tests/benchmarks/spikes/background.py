"""An ordinary stream: heavy-tailed rates, day and week, bursts, copies, and a classifier that errs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.domain.event_time import HOUR_MS
from tests.benchmarks.spikes.regimes import Regime
from tests.benchmarks.spikes.texts import NOBODY, Texts

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
START_MS = 1_704_067_200_000  # Monday, 1 January 2024, 00:00 UTC

_ANONYMOUS = 0.3  # news and feeds have no author
_COPIES = 0.15
_COPIED_FROM = 20  # a copy repeats one of so many texts before it
_WEEKEND = 0.45


def background(rng: np.random.Generator, regime: Regime, days: int) -> Texts:
    """The texts of one key over `days` days from `START_MS`."""
    hours = np.arange(days * 24)
    rate = regime.median_rate * np.exp(regime.rate_spread * rng.standard_normal())
    counts = rng.poisson(rate * _profile(rng, hours) * _bursts(rng, regime, len(hours)))
    hour = np.repeat(hours, counts)
    time = np.sort(START_MS + hour * HOUR_MS + rng.integers(0, HOUR_MS, len(hour)))
    truth = rng.random(len(time)) < _shares(rng, days)[(time - START_MS) // (24 * HOUR_MS)]
    leads, negative = classify(rng, truth, regime.accuracy)
    pool = max(20, int(rate * 100))
    author = np.where(rng.random(len(time)) < _ANONYMOUS, NOBODY, rng.zipf(1.5, len(time)) % pool)
    texts = Texts(time, truth, negative, leads, author.astype(np.int64), new_clusters(rng, len(time)))
    _copy(rng, texts)
    return texts


def classify(rng: np.random.Generator, truth: Flags, accuracy: float) -> tuple[Flags, Floats]:
    """Whether negative leads, and P(negative): right with the probability `accuracy`; of the errors on texts that
    are not negative half say negative. A wrong negative is less sure. *Shapes:* those of `truth`.
    """
    right = rng.random(len(truth)) < accuracy
    leads = np.where(truth, right, ~right & (rng.random(len(truth)) < 0.5))
    sure = np.where(truth, rng.beta(5.0, 2.0, len(truth)), rng.beta(2.5, 2.0, len(truth)))
    return leads, np.where(leads, 0.36 + 0.64 * sure, 0.3 * sure)


def new_clusters(rng: np.random.Generator, size: int) -> npt.NDArray[np.uint64]:
    """Fingerprints of texts that have nothing in common: about 32 of 64 bits differ."""
    return rng.integers(0, 2**64, size, dtype=np.uint64)


def _profile(rng: np.random.Generator, hours: npt.NDArray[np.int64]) -> Floats:
    """Factor of each hour, 1 on average over a week: a day with a peak, calmer weekends."""
    peak, depth = rng.normal(15.0, 2.0), rng.uniform(0.5, 0.9)
    day = 1.0 + depth * np.cos((hours % 24 - peak) * 2.0 * np.pi / 24.0)
    week = np.where(hours // 24 % 7 >= 5, _WEEKEND, 1.0)
    return np.asarray(day * week * 7.0 / (5.0 + 2.0 * _WEEKEND))


def _bursts(rng: np.random.Generator, regime: Regime, size: int) -> Floats:
    """A log-normal factor an hour with mean 1 and variance `dispersion`, correlated over hours."""
    spread = np.sqrt(np.log1p(regime.dispersion))
    steps = rng.standard_normal(size)
    level = np.empty(size)
    level[0] = steps[0]
    for hour in range(1, size):
        level[hour] = regime.memory * level[hour - 1] + np.sqrt(1.0 - regime.memory**2) * steps[hour]
    return np.asarray(np.exp(spread * level - spread**2 / 2.0))


def _shares(rng: np.random.Generator, days: int) -> Floats:
    """The share of negative texts of each day: about a fifth, a key's own, moving slowly."""
    own = rng.beta(4.0, 16.0)
    drift = np.empty(days)
    drift[0] = 0.0
    for day in range(1, days):
        drift[day] = 0.9 * drift[day - 1] + 0.15 * rng.standard_normal()
    logit = np.log(own / (1.0 - own)) + drift
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def _copy(rng: np.random.Generator, texts: Texts) -> None:
    """Make some texts copies of one a little earlier, in place."""
    for row in np.flatnonzero(rng.random(len(texts)) < _COPIES).tolist():
        if row > 0:
            texts.repeat(row, row - int(rng.integers(1, min(row, _COPIED_FROM) + 1)))
