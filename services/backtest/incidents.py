"""Incidents of a run: which of them a budget counts, and the order in which people read them."""

from __future__ import annotations

from collections.abc import Iterable

from services.domain.messages import IncidentRecord


def of_surges(records: Iterable[IncidentRecord]) -> list[IncidentRecord]:
    """Those that a budget counts: surges of negative opinion about one key, no incidents of other channels."""
    return [record for record in records if record.raised.channel == "negative"]


def by_rarity(records: Iterable[IncidentRecord]) -> list[IncidentRecord]:
    """The least likely first."""
    return sorted(records, key=lambda record: (record.p_value, record.first_at, record.raised.id))
