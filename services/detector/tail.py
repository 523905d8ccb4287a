"""How rare a score is: the tail of the largest score that alike keys reach in a day when nothing happens.

Peaks over a level, as extreme value theory looks at a stream (Siffer et al. 2017, "Anomaly Detection in Streams with
Extreme Value Theory"): empirical below a level that enough days pass; beyond it the hazard is proportional to the one
that is shipped (Cox 1972), and how much so is learned. A day on which an incident was raised says only "at least so
much", so it is censored there, and the product-limit estimate (Kaplan and Meier 1958) takes it as that. One that went
on to a score that chance does not reach was real, and does not count at all: a wave of incidents does not make the
detector deaf.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from services.domain.checks import check

WIDTH = 0.05
"""Scores are counted in steps of this."""
STEPS = 200
"""Higher scores than `WIDTH * STEPS` count in the last step."""
_MOST = 10**9
"""Key-days in a step."""
_ALL_BUT_NONE = 1.0 - 1e-9
_LEAST_FACTOR, _MOST_FACTOR = 0.2, 5.0
ENOUGH = 60.0
"""Days above a level from which the hazard beyond it is taken;"""
ENOUGH_SHARE = 0.02
"""or this share of all days, where that is more: the stretch up to it must be longer than a step."""


class DayCounts(msgspec.Struct):
    """Key-days by the step of their largest score: `ended` in it, or `censored` there, as an incident was raised."""

    ended: dict[int, int] = msgspec.field(default_factory=dict)
    censored: dict[int, int] = msgspec.field(name="cut", default_factory=dict)

    def check(self) -> None:
        """Whether a tail can learn it.

        :raises InvalidMessage: naming what cannot be.
        """
        for step, count in (*self.ended.items(), *self.censored.items()):
            check(
                0 <= step < STEPS and 0 <= count <= _MOST,
                f"peaks: expected counts of {STEPS} steps, got {step}: {count}",
            )

    def add(self, step: int, *, censored: bool = False) -> None:
        """Count one key-day."""
        counts = self.censored if censored else self.ended
        counts[step] = counts.get(step, 0) + 1


def step_of(score: float) -> int:
    """The step that a score falls into."""
    return min(max(int(score / WIDTH), 0), STEPS - 1)


class Tail(msgspec.Struct):
    """Decayed counts of key-days by step. *Shapes:* (STEPS,) both."""

    ended: list[float]
    censored: list[float] = msgspec.field(name="cut", default_factory=lambda: [0.0] * STEPS)

    def learn(self, days: Sequence[DayCounts], decay: float) -> None:
        """Fade what is known by `decay`, then add new days: their counts first, so in any parts they give the same."""
        ended, censored = Counter[int](), Counter[int]()
        for counts in days:
            ended.update(counts.ended)
            censored.update(counts.censored)
        self.ended = [count * decay + ended[step] for step, count in enumerate(self.ended)]
        self.censored = [count * decay + censored[step] for step, count in enumerate(self.censored)]

    def key_days(self) -> float:
        """How many key-days it knows, the shipped ones included."""
        return sum(self.ended) + sum(self.censored)


def log_survival(knots: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """log P(largest score of a day >= s) at the edges of the steps, out of (score, probability) at some scores.

    Between the knots, and beyond the last two of them, the logarithm is linear. *Shapes:* (STEPS + 1,)
    """
    scores = [score for score, _ in knots]
    logs = [math.log(probability) for _, probability in knots]
    found = [0.0]
    for score in (step * WIDTH for step in range(1, STEPS + 1)):
        place = min(max(bisect_right(scores, score) - 1, 0), len(scores) - 2)
        part = (score - scores[place]) / (scores[place + 1] - scores[place])
        found.append(logs[place] + part * (logs[place + 1] - logs[place]))
    return tuple(found)


def tail_of(shipped: Sequence[float], key_days: float) -> Tail:
    """So many key-days that are just as shipped. *Shapes:* `shipped` (STEPS + 1,), logarithms at the edges."""
    edges = [math.exp(value) for value in shipped[:-1]] + [0.0]
    return Tail([key_days * (edges[step] - edges[step + 1]) for step in range(STEPS)])


@dataclass(frozen=True, slots=True)
class Rarity:
    """The tail as a function. *Shapes:* `log_survival` (STEPS + 1,), at the edges of the steps."""

    log_survival: tuple[float, ...]

    def p_value(self, score: float) -> float:
        """P(a key like this reaches at least `score` in a day when nothing happens)."""
        step = step_of(score)
        low, high = self.log_survival[step], self.log_survival[step + 1]
        return math.exp(low + (score / WIDTH - step) * (high - low))

    def score_at(self, p_value: float) -> float:
        """The least score with at most this p-value."""
        wanted = math.log(p_value)
        step = min(bisect_left(self.log_survival, -wanted, key=lambda value: -value), STEPS) - 1
        if step < 0:
            return 0.0
        low, high = self.log_survival[step], self.log_survival[step + 1]
        return (step + (low - wanted) / (low - high)) * WIDTH


def rarity(tail: Tail, shipped: Sequence[float]) -> Rarity:
    """Fit the tail: product limit up to the highest level that `ENOUGH` uncensored days pass, beyond it the shipped
    hazard times a factor: events / (shipped cumulative hazard that the days above the level lived through).

    *Shapes:* `shipped` (STEPS + 1,), logarithms of the survival at the edges.
    """
    level = STEPS - 1
    events = tail.ended[level]
    enough = max(ENOUGH, ENOUGH_SHARE * tail.key_days())
    while level > 1 and events < enough:
        level -= 1
        events += tail.ended[level]
    at_risk = tail.key_days()
    found = [0.0]
    for step in range(level):
        found.append(found[-1] + math.log1p(-min(tail.ended[step] / at_risk, _ALL_BUT_NONE)))
        at_risk -= tail.ended[step] + tail.censored[step]
    lived = sum(
        (tail.ended[step] + tail.censored[step]) * (shipped[level] - (shipped[step] + shipped[step + 1]) / 2.0)
        for step in range(level, STEPS)
    )
    factor = min(max(events / lived, _LEAST_FACTOR), _MOST_FACTOR) if lived > 0.0 else 1.0
    beyond = [found[-1] - factor * (shipped[level] - shipped[step]) for step in range(level + 1, STEPS + 1)]
    return Rarity((*found, *beyond))
