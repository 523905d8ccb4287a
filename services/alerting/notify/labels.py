"""The labels of an alert: a bounded set, as routing, grouping, inhibition and silences go by them."""

from __future__ import annotations

from services.domain.messages import IncidentRecord
from services.domain.severity import CRITICAL, severity_of_level
from services.text.untrusted import safe_text

Labels = dict[str, str]

SURGE = "OpinionSurge"
SURGE_GROUP = "OpinionStorm"
MOST_CHARS = 120
MOST_WATCHLISTS = 100


def labels_of(record: IncidentRecord) -> Labels:
    """The labels of one incident; those that do not apply to its kind or channel are left out."""
    raised = record.raised
    topic, _, company = raised.entity.rpartition("|")
    found = {
        "alertname": SURGE,
        "channel": raised.channel,
        "kind": raised.kind,
        "entity": raised.entity,
        "severity": severity_of_level(raised.severity).name,
        "watchlists": ",".join(sorted(raised.watchlists)[:MOST_WATCHLISTS]),
        "quiet": "yes" if raised.quiet else "no",
        "company": company if raised.kind in {"company", "pair"} else "",
        "topic": {"topic": raised.entity, "pair": topic}.get(raised.kind, ""),
        "rule": raised.rule or "",
    }
    limits = {"watchlists": MOST_WATCHLISTS * MOST_CHARS}
    safe = {name: safe_text(value, limits.get(name, MOST_CHARS)) for name, value in found.items()}
    return {name: value for name, value in safe.items() if value}


def group_labels(kind: str) -> Labels:
    """The labels of the one alert for many incidents of a kind; they stay the same as long as it lasts."""
    return {"alertname": SURGE_GROUP, "channel": "storm", "kind": kind, "severity": CRITICAL.name, "quiet": "no"}
