"""A stream of texts about one company whose score goes over and under a line every few minutes."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import msgspec

from services.backtest.run import run_backtest
from services.common.messages import ScoredText, SpikeCleared, SpikeRaised
from services.monitoring.detector.context import Context
from services.monitoring.detector.detect import apply_minute, new_state
from services.monitoring.detector.opinion import opinion_of
from services.monitoring.detector.state import KeyState
from tests.unit.monitoring.streams import DAY, HOUR, MINUTE, NEGATIVE, NEUTRAL, START, in_order, quiet, scored, wave

KEY = "company:ACME"
WAVE_AT = START + 12 * DAY + 14 * HOUR
STEP = 3 * MINUTE
MOST_TEXTS = 200
"""So many texts move the score over the line, or under it."""


class Flapping(NamedTuple):
    """What monitoring says of the stream, and how often its score crossed the line that raises."""

    messages: list[SpikeRaised | SpikeCleared]
    crossings: int


def flapping(hours: float = 1.0) -> Flapping:
    """A wave that raises an alert, then so many hours over and under the line, then silence until it is cleared."""
    calm = in_order(quiet(12), wave(12, WAVE_AT, every=5 * MINUTE))
    context = Context()
    (raised, *_) = run_backtest(calm, context).raised()
    state = _state(calm, context)
    texts, crossings = _around(raised.raise_at, state, context, round(hours * HOUR / STEP))
    return Flapping(run_backtest(in_order(calm, texts), Context()).messages, crossings)


def _around(line: float, state: KeyState, context: Context, steps: int) -> tuple[list[ScoredText], int]:
    """Every three minutes as many negative, or neutral, texts as move the score over the line, or under it."""
    texts: list[ScoredText] = []
    start = state.now // MINUTE * MINUTE
    for step in range(1, steps + 1):
        below = state.recent[-1][1] < line
        minute = start + step * STEP
        kind = NEGATIVE if below else NEUTRAL
        more = [scored(200_000 + 1_000 * step + n, minute + n, kind) for n in range(MOST_TEXTS)]
        for count in range(1, MOST_TEXTS + 1):
            tried = _copy(state)
            apply_minute(KEY, tried, minute, [opinion_of(text, KEY) for text in more[:count]], context)
            if (tried.recent[-1][1] < line) != below:
                break
        else:
            raise AssertionError(f"{MOST_TEXTS} texts do not move the score across {line}")
        texts += more[:count]
        state = tried
    return texts, steps


def _state(texts: list[ScoredText], context: Context) -> KeyState:
    """The detector's state after texts in their order."""
    state = new_state(texts[0].published_at // MINUTE * MINUTE)
    for minute, together in groupby(texts, key=lambda text: text.published_at // MINUTE * MINUTE):
        apply_minute(KEY, state, minute, [opinion_of(text, KEY) for text in together], context)
    return state


def _copy(state: KeyState) -> KeyState:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=KeyState)
