"""The texts of a key in bins of five minutes and in hours, and the windows that are summed from them."""

from __future__ import annotations

from services.detector.params import BIN_MS, LONGEST_SHORT_MINUTES, Params
from services.detector.priors import KindPriors
from services.detector.score import Window
from services.detector.state import Bin, KeyState
from services.detector.weights import WeightChange
from services.domain.event_time import HOUR_MS, MINUTE_MS


def add_to_bins(state: KeyState, change: WeightChange, params: Params) -> None:
    """Put what a text adds, or takes from an earlier one, into its five minutes and its hour."""
    _add(state.bins, change, BIN_MS, params.most_bins)
    _add(state.hours, change, HOUR_MS, params.most_hours)


def window_of(state: KeyState, minutes: int, at: int, priors: KindPriors) -> Window:
    """The window that reaches back `minutes` from the bin of `at` (ms), or to the end of the last incident."""
    short = minutes <= LONGEST_SHORT_MINUTES
    bins, width = (state.bins, BIN_MS) if short else (state.hours, HOUR_MS)
    start = (at - 1) // width * width + width - minutes * MINUTE_MS
    if state.cleared_at is not None:
        start = max(start, -(-state.cleared_at // width) * width)
    texts = negative = 0.0
    for each in reversed(bins):
        if each.start < start:
            break
        if each.start < at:
            texts += each.texts
            negative += each.negative
    mean = state.baseline.integral(start, at, priors) if start < at else 0.0
    return Window(texts, negative, mean, minutes)


def _add(bins: list[Bin], change: WeightChange, width: int, most: int) -> None:
    start = change.time // width * width
    found = next((each for each in reversed(bins) if each.start == start), None)
    if found is None and change.texts <= 0.0:
        return
    if found is None:
        found = Bin(start)
        bins.append(found)
        bins.sort(key=lambda each: each.start)
        del bins[:-most]
    found.texts += change.texts
    found.negative += change.negative
