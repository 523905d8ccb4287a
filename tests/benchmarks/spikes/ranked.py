"""The alerts of one run over real texts, the least likely first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.backtest.incidents import by_rarity, of_surges
from services.backtest.run import run_backtest
from services.domain.event_time import DAY_MS
from services.domain.incident import reduce_incidents
from services.domain.messages import ScoredText
from tests.benchmarks.spikes.product import at_budget


@dataclass(frozen=True, slots=True)
class Burst:
    """A labelled burst; times in ms, `end` a day after its last day began."""

    company: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """Alerts on companies as (company, time in ms), the least likely first, and the key-days looked at."""

    alerts: Sequence[tuple[str, int]]
    key_days: float

    def best(self, wanted: int) -> dict[str, list[int]]:
        """The times of the best alerts by company."""
        found: dict[str, list[int]] = {}
        for company, time in self.alerts[:wanted]:
            found.setdefault(company, []).append(time)
        return found


def ranked(texts: Iterable[ScoredText], alerts_per_100_keys: float) -> Ranked:
    """One run over scored texts in order, at a budget."""
    result = run_backtest(texts, at_budget(alerts_per_100_keys))
    incidents = by_rarity(of_surges(reduce_incidents(result.messages)))
    return Ranked([(record.raised.entity, record.first_at) for record in incidents], result.key_days)


def burst_of(row: Mapping[str, str], company: str) -> Burst:
    """A row of a set's `events.jsonl`."""
    return Burst(company, row["label"], day_of(row["start"]), day_of(row["end"]) + DAY_MS)


def found(bursts: Sequence[Burst], alerts: Mapping[str, Sequence[int]]) -> list[Burst]:
    """The bursts in which, or within a day after which, an alert was raised."""
    return [
        burst
        for burst in bursts
        if any(burst.start <= alert < burst.end + DAY_MS for alert in alerts.get(burst.company, ()))
    ]


def day_of(date: str) -> int:
    """Midnight (UTC, ms) of a date."""
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000)
