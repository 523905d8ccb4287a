"""What is normal for one key: rate, day profile, negative share, dispersion; learned at the close of each hour."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from services.monitoring.detector.params import HOUR_MS, Params

SLOTS = 48
WEEKEND = 5
#: Weight of the prior of the dispersion, in squared expected texts.
DISPERSION_PRIOR_WEIGHT = 5.0
#: An hour with no more texts than this is never cut.
LEAST_CAP = 2.0


def slot_of(hour: int) -> int:
    """Profile slot of an hour since 1970 (UTC): 0-23 on weekdays, 24-47 on weekends."""
    moment = datetime.fromtimestamp(hour * 3600, UTC)
    return moment.hour + (24 if moment.weekday() >= WEEKEND else 0)


class Baseline(msgspec.Struct):
    """Exponentially weighted sums of one key; rates are weighted texts an hour."""

    texts: float = 0.0
    exposure: float = 0.0
    slot_texts: list[float] = msgspec.field(default_factory=lambda: [0.0] * SLOTS)
    slot_expected: list[float] = msgspec.field(default_factory=lambda: [0.0] * SLOTS)
    negative: float = 0.0
    other: float = 0.0
    squared_excess: float = 0.0
    squared_mean: float = 0.0

    def level(self) -> float:
        """Texts an hour before the profile: (A + 1)/(B + 1.5)."""
        return (self.texts + 1.0) / (self.exposure + 1.5)

    def profile(self, slot: int) -> float:
        """Factor of an hour of the day: (N + 12)/(M + 12)."""
        return (self.slot_texts[slot] + 12.0) / (self.slot_expected[slot] + 12.0)

    def mean(self, hour: int) -> float:
        """Expected texts in one hour (hours since 1970, UTC)."""
        return self.level() * self.profile(slot_of(hour))

    def integral(self, start: int, end: int) -> float:
        """Expected texts between two times (ms)."""
        total, at = 0.0, start
        while at < end:
            hour = at // HOUR_MS
            stop = min(end, (hour + 1) * HOUR_MS)
            total += self.mean(hour) * (stop - at) / HOUR_MS
            at = stop
        return total

    def share(self, params: Params) -> float:
        """Negative share p = (a + 20 pi)/(a + b + 20)."""
        prior = params.prior_share_texts
        return (self.negative + prior * params.prior_share) / (self.negative + self.other + prior)

    def dispersion(self, params: Params) -> float:
        """1/r of the negative binomial, by moments with a prior of 0.7, within its bounds."""
        weight = DISPERSION_PRIOR_WEIGHT
        value = (params.prior_dispersion * weight + self.squared_excess) / (weight + self.squared_mean)
        low, high = params.dispersion_bounds
        return min(max(value, low), high)

    def learn(self, hour: int, texts: float, negative: float, params: Params) -> None:
        """Take in one closed hour: weighted texts and negative units, winsorised at mean + 3 sd."""
        slot = slot_of(hour)
        mean = self.level() * self.profile(slot)
        cap = max(mean + 3.0 * (mean + mean * mean * self.dispersion(params)) ** 0.5, LEAST_CAP)
        if texts > cap:
            negative *= cap / texts
            texts = cap
        p = self.share(params)
        negative_mean = mean * p
        negative = min(negative, max(negative_mean + 3.0 * negative_mean**0.5, LEAST_CAP))

        decay = 0.5 ** (1.0 / params.level_half_life_hours)
        self.squared_excess = self.squared_excess * decay + (texts - mean) ** 2 - mean
        self.squared_mean = self.squared_mean * decay + mean * mean
        self.texts = self.texts * decay + texts
        self.exposure = self.exposure * decay + self.profile(slot)

        decay = 0.5 ** (1.0 / params.profile_half_life_hours * 24)
        self.slot_expected[slot] = self.slot_expected[slot] * decay + self.level()
        self.slot_texts[slot] = self.slot_texts[slot] * decay + texts

        decay = 0.5 ** (1.0 / params.share_half_life_hours)
        self.negative = self.negative * decay + negative
        self.other = self.other * decay + texts - negative
