"""What is usual for windows of one length of one key: their dispersion, and the tail of their surprises."""

from __future__ import annotations

import math

import msgspec

from services.detector.params import Params

PRIOR_DISPERSION = 0.7
DISPERSION_PRIOR_WEIGHT = 5.0
#: A count is learned as mean + 3 sd at most, and one no larger than this as it is.
LEAST_CAP = 2.0
#: Surprise over which the tail of the history is taken to be exponential, and what the model says of it before there
#: is any: in 100 windows one exceeds the bar; ten have exceeded it by 1/ln 10 in the mean.
BAR = 2.0
PRIOR_WINDOWS = 100.0
PRIOR_BEYOND = 10.0

_LN10 = math.log(10.0)


class Scale(msgspec.Struct):
    """What is usual for windows of one length: decayed sums for the dispersion and for the tail of the surprises."""

    squared_excess: float = 0.0
    squared_mean: float = 0.0
    windows: float = 0.0
    beyond: float = 0.0
    excess: float = 0.0

    def dispersion(self, params: Params) -> float:
        """1/r of the negative binomial, by moments with a prior of 0.7, within its bounds."""
        weight = DISPERSION_PRIOR_WEIGHT
        value = (PRIOR_DISPERSION * weight + self.squared_excess) / (weight + self.squared_mean)
        low, high = params.dispersion_bounds
        return min(max(value, low), high)

    def rarity(self, surprise: float) -> float:
        """-log10 of how often a surprise is exceeded: peaks over a threshold with an exponential tail (Davison and
        Smith 1990; as SPOT of Siffer et al. 2017 with a shape of 0).
        """
        share = (self.beyond + PRIOR_WINDOWS * 10.0**-BAR) / (self.windows + PRIOR_WINDOWS)
        if surprise <= BAR:
            return -math.log10(share) * surprise / BAR
        return -math.log10(share) + (surprise - BAR) / (self._mean_excess() * _LN10)

    def learn(self, texts: float, mean: float, surprise: float, weight: float, params: Params) -> None:
        """Take in windows of that count; for the dispersion each weighs (m/(1 + m))^2, which is about its precision.

        What is beyond the usual is cut: the count at mean + 3 sd, the excess over the bar at four times its mean.
        """
        texts = min(texts, cap(mean, self.dispersion(params)))
        self.squared_excess += weight * ((texts - mean) ** 2 - mean) / (1.0 + mean) ** 2
        self.squared_mean += weight * (mean / (1.0 + mean)) ** 2
        self.windows += weight
        if surprise > BAR:
            self.excess += weight * min(surprise - BAR, 4.0 * self._mean_excess())
            self.beyond += weight

    def decay(self, factor: float) -> None:
        """Let older windows count less."""
        self.squared_excess *= factor
        self.squared_mean *= factor
        self.windows *= factor
        self.beyond *= factor
        self.excess *= factor

    def _mean_excess(self) -> float:
        return (self.excess + PRIOR_BEYOND / _LN10) / (self.beyond + PRIOR_BEYOND)


def cap(mean: float, dispersion: float) -> float:
    """The count that one window is learned as at most: mean + 3 sd of the negative binomial."""
    return max(mean + 3.0 * math.sqrt(mean + mean * mean * dispersion), LEAST_CAP)
