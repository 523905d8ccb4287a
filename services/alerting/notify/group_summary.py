"""What one alert says of many incidents of a kind: how many, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.domain.incident import rank
from services.domain.messages import IncidentRecord

MOST_SHOWN = 5


class GroupSummary(NamedTuple):
    """`entities` differ, `incidents` may be several an entity; `worst` has one an entity, the very worst first."""

    kind: str
    entities: int
    incidents: int
    open_now: int
    worst: Sequence[IncidentRecord]


def summarise_group(
    kind: str, open_now: Sequence[IncidentRecord], ended: Iterable[IncidentRecord] = ()
) -> GroupSummary:
    """Incidents of a kind that are open, and such that ended meanwhile."""
    every = [*open_now, *ended]
    worst: dict[str, IncidentRecord] = {}
    for record in sorted(every, key=rank):
        worst.setdefault(record.raised.entity, record)
    return GroupSummary(kind, len(worst), len(every), len(open_now), list(worst.values())[:MOST_SHOWN])
