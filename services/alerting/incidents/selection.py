"""Which incidents are asked for, and in which order they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.incident import is_open, rank
from services.domain.messages import IncidentRecord


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; None asks for all. `since` (ms) keeps what was open at some time from then on."""

    only_open: bool = False
    since: int | None = None
    kind: str | None = None
    severity: int = 1
    watchlist: str | None = None

    def wants(self, record: IncidentRecord) -> bool:
        """Whether an incident is asked for."""
        raised, cleared = record.raised, record.cleared
        return (
            (cleared is None or not self.only_open)
            and (self.since is None or cleared is None or cleared.time >= self.since)
            and self.kind in (None, raised.kind)
            and raised.severity >= self.severity
            and (self.watchlist is None or self.watchlist in raised.watchlists)
        )


def in_order(records: Iterable[IncidentRecord]) -> list[IncidentRecord]:
    """Those that are open, the worst first; then the others, the last cleared first."""
    return sorted(records, key=lambda record: (not is_open(record), _place(record)))


def _place(record: IncidentRecord) -> tuple[int | float | str, ...]:
    return rank(record) if record.cleared is None else (-record.cleared.time, record.raised.id)
