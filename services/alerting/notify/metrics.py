"""Open incidents as metrics, with a bounded number of series: the worst by name, the rest together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import get_args

from services.alerting.notify.labels import MOST_CHARS
from services.domain.incident import rank
from services.domain.messages import Channel, IncidentRecord
from services.observability.metrics import Metrics
from services.text.untrusted import safe_text

OTHER = "other"
STAYS_AT_ZERO_MS = 600_000
"""A series that is just over stays so long, at 0, so that a rule on it clears at once."""

_Key = tuple[str, str, str]
"""Channel, kind, entity."""


class IncidentMetrics:
    """At most `most` series by name, and as many that are just over. Times in ms of wall time."""

    def __init__(self, metrics: Metrics, most: int) -> None:
        self._metrics, self._most = metrics, most
        self._shown: dict[_Key, tuple[int, float]] = {}
        self._over: dict[_Key, int] = {}
        """Series that stay at 0, and since when; the one that was over first comes first."""
        for channel in get_args(Channel):
            metrics.incidents_open.labels(channel).set(0)

    def update(self, incidents: Iterable[IncidentRecord], now: int) -> None:
        """Set them to what all open incidents are."""
        ranked = sorted(incidents, key=rank)
        counts = Counter(record.raised.channel for record in ranked)
        for channel in get_args(Channel):
            self._metrics.incidents_open.labels(channel).set(counts[channel])
        keys = {_key(record) for record in ranked}
        wanted = self._series(ranked)
        for key in (key for key in self._shown if key not in wanted):
            if key in keys:  # open still, and now among the others
                self._remove(key)
            else:
                self._over[key] = now
                self._set(key, 0, 0.0)
        for key, values in wanted.items():
            self._over.pop(key, None)
            if self._shown.get(key) != values:
                self._set(key, *values)
        self._shown = wanted
        self._remove_old(now)

    def _series(self, ranked: list[IncidentRecord]) -> dict[_Key, tuple[int, float]]:
        """Severity and score of each series: the worst severity, the highest score of what it stands for."""
        found: dict[_Key, tuple[int, float]] = {}
        named = 0
        for record in ranked:
            key = _key(record)
            if key not in found:
                named += 1
                key = key if named <= self._most else (*key[:2], OTHER)
            severity, score = found.get(key, (0, 0.0))
            found[key] = max(severity, min(record.raised.severity, 4)), max(score, record.score)
        return found

    def _remove_old(self, now: int) -> None:
        for key, since in list(self._over.items()):
            if now - since >= STAYS_AT_ZERO_MS or len(self._over) > self._most:
                del self._over[key]
                self._remove(key)

    def _set(self, key: _Key, severity: int, score: float) -> None:
        self._metrics.incident_severity.labels(*key).set(severity)
        self._metrics.incident_score.labels(*key).set(score)

    def _remove(self, key: _Key) -> None:
        self._metrics.incident_severity.remove(*key)
        self._metrics.incident_score.remove(*key)


def _key(record: IncidentRecord) -> _Key:
    raised = record.raised
    return raised.channel, safe_text(raised.kind, MOST_CHARS), safe_text(raised.entity, MOST_CHARS)
