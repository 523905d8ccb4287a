"""What is normal for one key: rate, day profile, negative share, dispersion; learned at the close of each hour."""

from __future__ import annotations

import msgspec

from services.detector.params import Params
from services.detector.priors import PROFILE_HOURS, KindPriors
from services.domain.event_time import HOUR_MS

#: Weight of the prior of the dispersion, in squared expected texts.
DISPERSION_PRIOR_WEIGHT = 5.0
#: Weight of its kind's profile in one hour of a key's own, in expected texts.
PROFILE_PRIOR_WEIGHT = 12.0
#: An hour with no more texts than this is learned as it is.
LEAST_CAP = 2.0
_FIRST_MONDAY = 4  # 1 January 1970 was a Thursday
_WORKDAYS = 5


def profile_hour(hour: int) -> int:
    """Place in the profile of an hour since 1970 (UTC): 0-23 on weekdays, 24-47 on weekends."""
    return hour % 24 + (24 if (hour // 24 - _FIRST_MONDAY) % 7 >= _WORKDAYS else 0)


class Baseline(msgspec.Struct):
    """Exponentially weighted sums of one key; rates are weighted texts an hour."""

    texts: float = 0.0
    exposure: float = 0.0
    profile_texts: list[float] = msgspec.field(name="slot_texts", default_factory=lambda: [0.0] * PROFILE_HOURS)
    profile_expected: list[float] = msgspec.field(name="slot_expected", default_factory=lambda: [0.0] * PROFILE_HOURS)
    negative: float = 0.0
    other: float = 0.0
    squared_excess: float = 0.0
    squared_mean: float = 0.0

    def level(self, priors: KindPriors) -> float:
        """Texts an hour before the profile: (A + 1)/(B + 1/lambda), lambda that of the typical key of its kind."""
        return (self.texts + 1.0) / (self.exposure + 1.0 / priors.level)

    def profile(self, at: int, priors: KindPriors) -> float:
        """Factor of an hour of the day, shrunk to that of its kind: (N + 12 g)/(M + 12)."""
        own, weight = self.profile_texts[at], PROFILE_PRIOR_WEIGHT
        return (own + weight * priors.profile[at]) / (self.profile_expected[at] + weight)

    def mean(self, hour: int, priors: KindPriors) -> float:
        """Expected texts in one hour (hours since 1970, UTC)."""
        return self.level(priors) * self.profile(profile_hour(hour), priors)

    def integral(self, start: int, end: int, priors: KindPriors) -> float:
        """Expected texts between two times (ms)."""
        total, at = 0.0, start
        while at < end:
            hour = at // HOUR_MS
            stop = min(end, (hour + 1) * HOUR_MS)
            total += self.profile(profile_hour(hour), priors) * (stop - at)
            at = stop
        return self.level(priors) * total / HOUR_MS

    def share(self, priors: KindPriors, params: Params) -> float:
        """Negative share p = (a + 20 pi)/(a + b + 20), pi that of its kind."""
        prior = params.prior_share_texts
        return (self.negative + prior * priors.share) / (self.negative + self.other + prior)

    def dispersion(self, priors: KindPriors, params: Params) -> float:
        """1/r of the negative binomial, by moments with its kind's as the prior, within its bounds."""
        weight = DISPERSION_PRIOR_WEIGHT
        value = (priors.dispersion * weight + self.squared_excess) / (weight + self.squared_mean)
        low, high = params.dispersion_bounds
        return min(max(value, low), high)

    def learn(self, hour: int, texts: float, negative: float, priors: KindPriors, params: Params) -> None:
        """Take in one closed hour: weighted texts and negative units, winsorised at mean + 3 sd."""
        at = profile_hour(hour)
        level, profile = self.level(priors), self.profile(at, priors)
        mean = level * profile
        cap = max(mean + 3.0 * (mean + mean * mean * self.dispersion(priors, params)) ** 0.5, LEAST_CAP)
        if texts > cap:
            negative *= cap / texts
            texts = cap
        negative_mean = mean * self.share(priors, params)
        negative = min(negative, max(negative_mean + 3.0 * negative_mean**0.5, LEAST_CAP))

        decay = 0.5 ** (1.0 / params.level_half_life_hours)
        self.squared_excess = self.squared_excess * decay + (texts - mean) ** 2 - mean
        self.squared_mean = self.squared_mean * decay + mean * mean
        self.texts = self.texts * decay + texts
        self.exposure = self.exposure * decay + profile

        decay = 0.5 ** (1.0 / params.profile_half_life_hours * 24)
        self.profile_expected[at] = self.profile_expected[at] * decay + level
        self.profile_texts[at] = self.profile_texts[at] * decay + texts

        decay = 0.5 ** (1.0 / params.share_half_life_hours)
        self.negative = self.negative * decay + negative
        self.other = self.other * decay + texts - negative

    def after_silence(self, hours: int, priors: KindPriors, params: Params) -> float:
        """The level (texts an hour) that would be left after `hours` more without a text."""
        decay: float = 0.5 ** (1.0 / params.level_half_life_hours)
        left = float(decay**hours)
        return (self.texts * left + 1.0) / (self.exposure * left + (1.0 - left) / (1.0 - decay) + 1.0 / priors.level)
