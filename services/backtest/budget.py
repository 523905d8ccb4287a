"""What may be spent on alerts: the settings to compare, and what each asks for per 100 key-days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from services.companies import names_in_use
from services.detector.context import Context
from services.domain.key import MonitoredKey
from services.watchlists.model import Label, Watchlist, Watchlists

BUDGET_FACTORS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
THRESHOLD_FACTORS = tuple(2.0 ** (step / 3.0) for step in (3, 2, 1, 0, -1, -2, -3))


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is done with: budgets, or a `threshold` of the score in their place.

    `factor` compares it with the setting that was chosen, whose factor is 1.
    """

    watchlists: Watchlists
    threshold: float | None = None
    factor: float = 1.0

    @property
    def is_chosen(self) -> bool:
        """Whether it is the one that the others are compared with."""
        return self.factor == 1.0

    @property
    def label(self) -> str:
        """What it is beside the chosen one, such as `budget × 1/8`."""
        return f"budget × {Fraction(self.factor)}" if self.threshold is None else f"score {self.threshold:.2f}"

    def context(self) -> Context:
        """What the detector knows at the start."""
        return Context(self.watchlists, fixed_threshold=self.threshold, names=names_in_use())


def for_everything(alerts_per_day: float) -> Watchlists:
    """One budget for all keys together."""
    everything = Watchlist(
        name="all",
        label=Label("Everything", "全部"),
        companies=None,
        topics=None,
        alerts_per_day=alerts_per_day,
    )
    return Watchlists((everything,))


def around(chosen: Setting) -> list[Setting]:
    """Seven settings with the chosen one in the middle, the most generous last."""
    if chosen.threshold is not None:
        return [Setting(chosen.watchlists, chosen.threshold * factor, factor) for factor in THRESHOLD_FACTORS]
    return [Setting(scaled(chosen.watchlists, factor), None, factor) for factor in BUDGET_FACTORS]


def scaled(watchlists: Watchlists, factor: float) -> Watchlists:
    """The same watchlists with `factor` times their budgets."""
    lists = tuple(
        msgspec.structs.replace(
            one,
            alerts_per_day=_times(one.alerts_per_day, factor),
            alerts_per_100_keys=_times(one.alerts_per_100_keys, factor),
        )
        for one in watchlists.lists
    )
    return Watchlists(lists, watchlists.rules)


def asked_per_100_key_days(
    watchlists: Watchlists, days_by_key: Mapping[MonitoredKey, float], days: float
) -> float | None:
    """The alerts per 100 key-days that the watchlists ask for, over keys that were followed for so many of `days`.

    None when there was no time. A list's budget for a day is shared by the keys that it had on average.
    """
    total = sum(days_by_key.values())
    if total <= 0.0 or days <= 0.0:
        return None
    followed: defaultdict[str, float] = defaultdict(float)
    for key, own in days_by_key.items():
        for one in watchlists.following(key):
            followed[one.name] += own / days
    asked = 0.0
    for key, own in days_by_key.items():
        shares = [
            one.budget(key, 1) / (followed[one.name] if one.alerts_per_day is not None else 1.0)
            for one in watchlists.following(key)
        ]
        asked += own * max(shares, default=0.0)
    return 100.0 * asked / total


def _times(budget: float | None, factor: float) -> float | None:
    return None if budget is None else budget * factor
