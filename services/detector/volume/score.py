"""The volume channel of one key: how unusual is the number of all its texts, of any sentiment.

A negative-binomial surprise at three time scales, each put on a common scale by the key's own history of such
surprises, so that one threshold serves every key. It informs, it raises no alert of negative opinion. Learning is
done once an hour, so an empty hour costs one step.
"""

from __future__ import annotations

import math

import msgspec
from scipy.special import betainc

from services.detector.params import BIN_MS, Params
from services.domain.errors import InvalidInput
from services.domain.event_time import HOUR_MS

#: A score at or above this is unusual volume.
UNUSUAL_AT = 2.4
#: Five minutes, an hour and four hours, in bins.
SCALES = (1, 12, 48)
#: Half-life of the dispersions and of the history of surprises.
HISTORY_HALF_LIFE_HOURS = 336.0
PRIOR_DISPERSION = 0.7
DISPERSION_PRIOR_WEIGHT = 5.0
#: The profile starts flat, and as firm as so many days make it.
FLAT_DAYS = 7.0
#: A count is learned as mean + 3 sd at most, and one no larger than this as it is.
LEAST_CAP = 2.0
#: After a longer silence the hours in between are not learned one by one.
LONGEST_GAP_HOURS = 7 * 24
#: Surprise over which the tail of the history is taken to be exponential, and what the model says of it before there
#: is any: in 100 windows one exceeds the bar; ten have exceeded it by 1/ln 10 in the mean.
BAR = 2.0
PRIOR_WINDOWS = 100.0
PRIOR_BEYOND = 10.0

_SLOTS = 24
_HOUR_BINS = HOUR_MS // BIN_MS
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


class VolumeState(msgspec.Struct):
    """What the channel keeps of one key, one to three kilobytes of JSON; hours count since 1970 (UTC)."""

    first_hour: int
    next_hour: int
    """The first hour that is not learned."""
    texts: float = 0.0
    exposure: float = 0.0
    slot_texts: list[float] = msgspec.field(default_factory=lambda: [0.0] * _SLOTS)
    slot_expected: list[float] = msgspec.field(default_factory=lambda: [0.0] * _SLOTS)
    scales: list[Scale] = msgspec.field(default_factory=lambda: [Scale() for _ in SCALES])
    bins: dict[int, float] = msgspec.field(default_factory=dict)
    """Start (ms) and weighted texts of the bins that have texts and that a window still reaches back to."""

    def level(self) -> float:
        """Texts an hour before the profile: (A + 1)/(B + 1.5)."""
        return (self.texts + 1.0) / (self.exposure + 1.5)

    def profile(self, hour: int) -> float:
        """Factor of an hour of the day: (N + 7 level)/(M + 7 level)."""
        flat = FLAT_DAYS * self.level()
        return (self.slot_texts[hour % _SLOTS] + flat) / (self.slot_expected[hour % _SLOTS] + flat)

    def expected(self, start: int, end: int) -> float:
        """Expected texts between two times (ms)."""
        total, at = 0.0, start
        while at < end:
            stop = min(end, (at // HOUR_MS + 1) * HOUR_MS)
            total += self.profile(at // HOUR_MS) * (stop - at)
            at = stop
        return self.level() * total / HOUR_MS


def new_volume(first: int) -> VolumeState:
    """State of a key that is followed since `first` (ms)."""
    return VolumeState(first_hour=first // HOUR_MS, next_hour=first // HOUR_MS)


def observe(state: VolumeState, start: int, texts: float, params: Params) -> float:
    """Take in one closed five-minute bin (`start` in ms) with its weighted texts, and return its score.

    Bins between the last one and this one were empty. The score is the mean over the scales of -log10 of how often
    the key has windows as surprising as the one that ends with this bin; 0 on the first day.

    :raises InvalidInput: when the bin does not start at a multiple of five minutes or is not later than the last one,
        or when `texts` is negative or not finite.
    """
    if start % BIN_MS or start < state.next_hour * HOUR_MS or start <= max(state.bins, default=-1):
        raise InvalidInput(f"volume: expected the start of a five-minute bin after the last one, got {start} ms")
    if not 0.0 <= texts < math.inf:
        raise InvalidInput(f"volume: expected a number of texts of at least 0, got {texts} at {start} ms")
    hour = start // HOUR_MS
    for passed in range(max(state.next_hour, hour - LONGEST_GAP_HOURS), hour):
        _learn_hour(state, passed, params)
    state.next_hour = hour
    if texts:
        state.bins[start] = texts
    if not _warm(state, hour, params):
        return 0.0
    surprises = [_window(state, at, start + BIN_MS, params)[2] for at in range(len(SCALES))]
    return sum(scale.rarity(one) for scale, one in zip(state.scales, surprises, strict=True)) / len(SCALES)


def cap(mean: float, dispersion: float) -> float:
    """The count that one window is learned as at most: mean + 3 sd of the negative binomial."""
    return max(mean + 3.0 * math.sqrt(mean + mean * mean * dispersion), LEAST_CAP)


def _warm(state: VolumeState, hour: int, params: Params) -> bool:
    return (hour - state.first_hour) * HOUR_MS >= params.warm_up_ms


def _window(state: VolumeState, scale: int, end: int, params: Params) -> tuple[float, float, float]:
    """(texts, expected texts, surprise) of the window of a scale that ends at `end` (ms)."""
    start = end - SCALES[scale] * BIN_MS
    texts, mean = sum(count for at, count in state.bins.items() if start <= at < end), state.expected(start, end)
    return texts, mean, _surprise(state, scale, texts, mean, params)


def _surprise(state: VolumeState, scale: int, texts: float, mean: float, params: Params) -> float:
    """-log10 P(X >= texts), negative binomial with 1/shape = dispersion + 1/(A + 1), the level being an estimate."""
    if texts <= 0.0:
        return 0.0
    shape = 1.0 / (state.scales[scale].dispersion(params) + 1.0 / (state.texts + 1.0))
    return -math.log10(max(float(betainc(texts, shape, mean / (mean + shape))), 1e-300))


def _learn_hour(state: VolumeState, hour: int, params: Params) -> None:
    """Close an hour: the scales learn from the second day on, level and profile always."""
    start, end = hour * HOUR_MS, (hour + 1) * HOUR_MS
    within = [count for at, count in state.bins.items() if start <= at < end]
    level, profile, texts = state.level(), state.profile(hour), sum(within)
    if _warm(state, hour, params):
        _learn_scales(state, within, end, params)
        texts = min(texts, cap(level * profile, state.scales[1].dispersion(params)))
    decay, slot = 0.5 ** (1.0 / params.level_half_life_hours), hour % _SLOTS
    state.texts = state.texts * decay + texts
    state.exposure = state.exposure * decay + profile
    decay = 0.5 ** (24.0 / params.profile_half_life_hours)
    state.slot_texts[slot] = state.slot_texts[slot] * decay + texts
    state.slot_expected[slot] = state.slot_expected[slot] * decay + level
    oldest = end - max(SCALES) * BIN_MS
    state.bins = {at: count for at, count in state.bins.items() if at >= oldest}


def _learn_scales(state: VolumeState, within: list[float], end: int, params: Params) -> None:
    """The twelve bins of an hour, and the longer windows that end with it; overlapping windows share their weight."""
    for scale in state.scales:
        scale.decay(0.5 ** (1.0 / HISTORY_HALF_LIFE_HOURS))
    mean = state.expected(end - HOUR_MS, end) / _HOUR_BINS
    for count in within:
        state.scales[0].learn(count, mean, _surprise(state, 0, count, mean, params), 1.0, params)
    state.scales[0].learn(0.0, mean, 0.0, float(_HOUR_BINS - len(within)), params)
    for at in range(1, len(SCALES)):
        texts, mean, surprise = _window(state, at, end, params)
        state.scales[at].learn(texts, mean, surprise, _HOUR_BINS / SCALES[at], params)
