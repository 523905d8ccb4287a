"""What is usual for keys of one kind: the priors of a key that has little history of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from services.domain.checks import check

PROFILE_HOURS = 48
"""The day by the hour (UTC): weekdays, then weekends."""
PRIOR_LEVEL = 2.0 / 3.0
PRIOR_SHARE = 0.2
PRIOR_DISPERSION = 0.7
_LEVEL_WEIGHT = 5.0
_SHARE_WEIGHT = 200.0
_DISPERSION_WEIGHT = 50.0
_PROFILE_WEIGHT = 50.0
_UNITS = 1000
_MOST = 10**15
"""Of a sum in thousandths."""
_MOST_LOG_LEVEL = 500


class KindAggregate(msgspec.Struct):
    """Sums over keys in thousandths: integers, so that their total does not depend on the order of adding."""

    keys: int = 0
    log_level: int = 0
    negative: int = 0
    texts: int = 0
    excess: int = 0
    squares: int = 0
    profile_texts: list[int] = msgspec.field(name="slot_texts", default_factory=lambda: [0] * PROFILE_HOURS)
    profile_expected: list[int] = msgspec.field(name="slot_expected", default_factory=lambda: [0] * PROFILE_HOURS)

    def check(self) -> None:
        """Whether priors can be made of it.

        :raises InvalidMessage: naming what cannot be.
        """
        wholes = (self.keys, self.negative, self.texts, self.squares, *self.profile_texts, *self.profile_expected)
        hours = len(self.profile_texts), len(self.profile_expected)
        check(hours == (PROFILE_HOURS, PROFILE_HOURS), f"groups: expected {PROFILE_HOURS} hours, got {hours}")
        check(all(0 <= one <= _MOST for one in wholes), f"groups: expected sums from 0 to {_MOST}")
        check(abs(self.excess) <= _MOST, f"groups: expected an excess of at most {_MOST}, got {self.excess}")
        level = abs(self.log_level) <= _MOST_LOG_LEVEL * _UNITS * self.keys
        check(level, f"groups: expected at most {_MOST_LOG_LEVEL} a key in log_level, got {self.log_level}")


class KindPriors(msgspec.Struct, frozen=True):
    """Of one kind: texts an hour of the typical key (geometric mean), negative share, dispersion 1/r, and the factor of
    each hour of the day, weekdays and weekends apart.
    """

    level: float = PRIOR_LEVEL
    share: float = PRIOR_SHARE
    dispersion: float = PRIOR_DISPERSION
    profile: tuple[float, ...] = (1.0,) * PROFILE_HOURS


def thousandths(value: float) -> int:
    """A sum of a key as it is added up over keys."""
    return round(value * _UNITS)


def priors_of(parts: Iterable[KindAggregate]) -> KindPriors:
    """The priors of all keys that are added up in `parts`, shrunk to those that ship."""
    total = KindAggregate()
    for part in parts:
        total.keys += part.keys
        total.log_level += part.log_level
        total.negative += part.negative
        total.texts += part.texts
        total.excess += part.excess
        total.squares += part.squares
        for hour in range(PROFILE_HOURS):
            total.profile_texts[hour] += part.profile_texts[hour]
            total.profile_expected[hour] += part.profile_expected[hour]
    log_level = (total.log_level / _UNITS + _LEVEL_WEIGHT * math.log(PRIOR_LEVEL)) / (total.keys + _LEVEL_WEIGHT)
    return KindPriors(
        math.exp(log_level),
        _shrunk(total.negative, total.texts, PRIOR_SHARE, _SHARE_WEIGHT),
        max(_shrunk(total.excess, total.squares, PRIOR_DISPERSION, _DISPERSION_WEIGHT), 0.0),
        tuple(
            _shrunk(texts, expected, 1.0, _PROFILE_WEIGHT)
            for texts, expected in zip(total.profile_texts, total.profile_expected, strict=True)
        ),
    )


def _shrunk(part: int, whole: int, prior: float, weight: float) -> float:
    return (part / _UNITS + prior * weight) / (whole / _UNITS + weight)
