"""Which incidents are asked for, and in which order they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.errors import InvalidInput
from services.domain.event_time import parse_iso_ms
from services.domain.incident import is_open, rank
from services.domain.messages import IncidentRecord

_UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_AGO = re.compile(r"(\d{1,6})([mhd])")


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


def parse_since(value: str, now: int) -> int:
    """`24h`, `30m` and `7d` before `now` (ms), or an ISO 8601 date or time, to ms.

    :raises InvalidInput: when it is neither.
    """
    if ago := _AGO.fullmatch(value.strip()):
        return now - int(ago[1]) * _UNIT_MS[ago[2]]
    try:
        return parse_iso_ms(value.strip())
    except ValueError:
        raise InvalidInput(f"--since: expected a time such as 24h, 7d or 2026-11-01T08:00, got {value!r}") from None
