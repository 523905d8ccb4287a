"""Watchlists and rules as values: which keys are followed, what they may cost, when they are quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from services.domain.event_time import MINUTE_MS
from services.domain.key import KeyKind, MonitoredKey
from services.watchlists.quiet_hours import QuietHours

DEFAULT_ALERTS_PER_100_KEYS = 0.2
"""The budget of the watchlist that is there without a file: alerts a day for each 100 followed keys."""


class Label(msgspec.Struct, frozen=True):
    """What people read, in English and Chinese."""

    en: str
    zh: str


class Watchlist(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that belong together; `companies` or `topics` of None follow all of them.

    Exactly one of `alerts_per_day` (for the whole list) and `alerts_per_100_keys` (a day) is set.
    """

    name: str
    label: Label
    companies: frozenset[str] | None = frozenset()
    topics: frozenset[str] | None = frozenset()
    pairs: frozenset[MonitoredKey] = frozenset()
    """Topics of one company each."""
    alerts_per_day: float | None = None
    alerts_per_100_keys: float | None = None
    volume_alerts_per_100_keys: float = 0.0
    sensitivity: dict[MonitoredKey, float] = {}
    """Factors on the budgets of keys; 1 for keys that are not in it."""
    quiet_hours: QuietHours | None = None

    @property
    def named_keys(self) -> set[MonitoredKey]:
        """The keys that are listed one by one; what `all` follows is not among them."""
        companies = {MonitoredKey.of_company(company) for company in self.companies or ()}
        return companies | {MonitoredKey.of_topic(topic) for topic in self.topics or ()} | self.pairs

    def budget_per_key(self, keys: int) -> float:
        """Alerts a day that a key without a sensitivity of its own may raise, on a list that follows `keys` keys."""
        if self.alerts_per_day is not None:
            return self.alerts_per_day / max(keys, 1)
        return (self.alerts_per_100_keys or 0.0) / 100

    def budget(self, key: MonitoredKey, keys: int) -> float:
        """Alerts a day that `key` may raise, on a list that follows `keys` keys."""
        return self.budget_per_key(keys) * self.sensitivity.get(key, 1.0)

    def volume_budget(self, key: MonitoredKey) -> float:
        """Alerts a day that `key` may raise for its mere volume."""
        return self.volume_alerts_per_100_keys / 100 * self.sensitivity.get(key, 1.0)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An incident by rule: texts of at least so many sources, within a time, that are negative towards one company.

    `topics` of None takes any text, `companies` of None any followed company.
    """

    name: str
    label: Label
    topics: frozenset[str] | None
    companies: frozenset[str] | None
    negative: float
    """Least P(negative) towards the company."""
    sources: int
    within_minutes: int
    severity: int

    @property
    def within_ms(self) -> int:
        """The time in which the sources must speak."""
        return self.within_minutes * MINUTE_MS


EVERYTHING = Watchlist(
    name="all",
    label=Label("Everything", "全部"),
    companies=None,
    topics=None,
    alerts_per_100_keys=DEFAULT_ALERTS_PER_100_KEYS,
)


@dataclass(frozen=True)
class Watchlists:
    """The content of one file; without one, everything is followed and there are no rules."""

    lists: tuple[Watchlist, ...] = (EVERYTHING,)
    rules: tuple[Rule, ...] = ()

    @cached_property
    def _named(self) -> dict[MonitoredKey, tuple[Watchlist, ...]]:
        found: defaultdict[MonitoredKey, list[Watchlist]] = defaultdict(list)
        for one in self.lists:
            for key in one.named_keys:
                found[key].append(one)
        return {key: tuple(lists) for key, lists in found.items()}

    @cached_property
    def _whole(self) -> dict[KeyKind, tuple[Watchlist, ...]]:
        """The lists that follow every key of a kind."""
        return {
            "company": tuple(one for one in self.lists if one.companies is None),
            "topic": tuple(one for one in self.lists if one.topics is None),
        }

    def following(self, key: MonitoredKey) -> tuple[Watchlist, ...]:
        """The watchlists that follow `key`."""
        return self._named.get(key, ()) + self._whole.get(key.kind, ())

    def follows(self, key: MonitoredKey) -> bool:
        """Whether any watchlist follows `key`."""
        return bool(self.following(key))

    def watching(self, key: MonitoredKey) -> tuple[str, ...]:
        """The names of the watchlists that follow `key`."""
        return tuple(one.name for one in self.following(key))

    def budget(self, key: MonitoredKey, keys_of_watchlist: Mapping[str, int]) -> float:
        """Alerts a day that `key` may raise: the most that any list grants, 0 for a key that none follows.

        `keys_of_watchlist` tells how many keys each list follows at present, since `all` depends on the stream.
        """
        return max((one.budget(key, keys_of_watchlist.get(one.name, 0)) for one in self.following(key)), default=0.0)

    def volume_budget(self, key: MonitoredKey) -> float:
        """Alerts a day that `key` may raise for its mere volume: the most that any list grants."""
        return max((one.volume_budget(key) for one in self.following(key)), default=0.0)

    def quiet(self, key: MonitoredKey, time_ms: int, severity: int) -> bool:
        """Whether an incident raised at `time_ms` (event time) is quiet for every watchlist that follows `key`."""
        hours = [one.quiet_hours for one in self.following(key)]
        return bool(hours) and all(each is not None and each.hold(time_ms, severity) for each in hours)

    def rules_of(self, company: str) -> tuple[Rule, ...]:
        """The rules that hold for a company; none for one that is not followed."""
        if not self.rules or not self.follows(MonitoredKey.of_company(company)):
            return ()
        return tuple(rule for rule in self.rules if rule.companies is None or company in rule.companies)
