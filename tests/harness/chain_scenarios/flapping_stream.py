"""A stream of texts about one company whose score goes over and under a line every few minutes."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import msgspec

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.detect import apply_minute, new_state
from services.detector.opinion import opinion_of
from services.detector.state import KeyState
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, ScoredText
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, NEUTRAL, START, scored
from tests.harness.streams import in_order, quiet

KEY = MonitoredKey.of_company("ACME")
WAVE_AT = START + 10 * DAY + 14 * HOUR
STEP = 3 * MINUTE
MOST = 200
"""Texts that move the score across the line, or raise the alert, at most."""


class Flapping(NamedTuple):
    """What monitoring says of a stream, and how often the score crossed the line."""

    messages: list[IncidentRaised | IncidentCleared]
    crossings: int


def flapping(part: float, minutes: int = 60) -> Flapping:
    """A wave that raises an alert, then the score crosses `part` of the one that raises every three minutes, then calm.

    At 1 it crosses the line that raises; at half of it the one under which an alert may clear.
    """
    every = in_order(quiet(13))
    before = [text for text in every if text.published_at < WAVE_AT]
    context = Context()
    run_backtest(before, context)
    stream = _Stream(before, context)
    raised = stream.until_raised()
    for _ in range(minutes * MINUTE // STEP):
        stream.cross(part * raised.threshold)
    after = [text for text in every if text.published_at > stream.state.now]
    return Flapping(run_backtest(in_order(before, stream.texts, after), Context()).messages, minutes * MINUTE // STEP)


class _Stream:
    """Texts chosen by what the detector's score is so far."""

    def __init__(self, before: list[ScoredText], context: Context) -> None:
        self.texts: list[ScoredText] = []
        self.state = new_state(before[0].published_at // MINUTE * MINUTE)
        self._context = context
        self._minute = WAVE_AT
        for _, together in groupby(before, key=lambda text: text.published_at // MINUTE):
            self._apply(self.state, list(together))

    def until_raised(self) -> IncidentRaised:
        """One negative text every three minutes until an alert is raised."""
        for _ in range(MOST):
            texts = self._more(NEGATIVE, 1)
            found = [one for one in self._apply(self.state, texts) if isinstance(one, IncidentRaised)]
            self.texts += texts
            if found:
                return found[0]
        raise AssertionError(f"{MOST} negative texts raise no alert")

    def cross(self, line: float) -> None:
        """As many negative, or neutral, texts at once as move the score over the line, or under it."""
        below = self._score(self.state) < line
        texts = self._more(NEGATIVE if below else NEUTRAL, MOST)
        for count in range(1, MOST + 1):
            tried = msgspec.msgpack.decode(msgspec.msgpack.encode(self.state), type=KeyState)
            self._apply(tried, texts[:count])
            if (self._score(tried) < line) != below:
                self.texts += texts[:count]
                self.state = tried
                return
        raise AssertionError(f"{MOST} texts do not move the score {self._score(self.state)} across {line}")

    def _more(self, sentiment: tuple[float, float, float], count: int) -> list[ScoredText]:
        """Texts of a minute that is three after the last one."""
        self._minute += STEP
        first = (self._minute - WAVE_AT) // STEP * MOST + 200_000
        return [scored(first + n, self._minute + n, sentiment) for n in range(count)]

    def _apply(self, state: KeyState, texts: list[ScoredText]) -> list[IncidentRaised | IncidentCleared]:
        """The texts of one minute."""
        minute = texts[0].published_at // MINUTE * MINUTE
        return apply_minute(KEY, state, minute, [opinion_of(text, KEY) for text in texts], self._context)

    def _score(self, state: KeyState) -> float:
        """The score before it has held for any time."""
        return state.recent[-1][1]
