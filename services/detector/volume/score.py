"""The volume channel of one key: how unusual is the number of all its texts, of any sentiment.

A negative-binomial surprise at three time scales, each put on a common scale by the key's own history of such
surprises, so that one threshold serves every key. It informs, and says nothing of negative opinion. Learning is
done once an hour, so an empty hour costs one step.
"""

from __future__ import annotations

import math

from scipy.special import betainc

from services.detector.params import BIN_MS, Params
from services.detector.volume.scale import cap
from services.detector.volume.state import PROFILE_HOURS, SCALES, VolumeState
from services.domain.errors import InvalidInput
from services.domain.event_time import HOUR_MS

#: A score at or above this is unusual volume.
UNUSUAL_AT = 2.4
#: Half-life of the dispersions and of the history of surprises.
HISTORY_HALF_LIFE_HOURS = 336.0
#: After a longer silence the hours in between are not learned one by one.
LONGEST_GAP_HOURS = 7 * 24

_HOUR_BINS = HOUR_MS // BIN_MS


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
    decay = 0.5 ** (1.0 / params.level_half_life_hours)
    state.texts = state.texts * decay + texts
    state.exposure = state.exposure * decay + profile
    decay, at = 0.5 ** (24.0 / params.profile_half_life_hours), hour % PROFILE_HOURS
    state.profile_texts[at] = state.profile_texts[at] * decay + texts
    state.profile_expected[at] = state.profile_expected[at] * decay + level
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
