"""Alerts and trends as metrics, with a bounded number of companies."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.messages import ScoredText, SpikeCleared, SpikeRaised
from services.common.metrics import Metrics
from services.monitoring.detector.context import Context
from services.monitoring.trends import HourOfTopics, leading

OTHER = "other"
UNBOUNDED = frozenset({"company", "pair"})
"""Kinds of which there can be any number."""
SHOWN_P_VALUE = 0.01


class Gauges:
    """Writes what monitoring sees to the metrics; companies and pairs beyond the first `most` share `other`."""

    def __init__(self, metrics: Metrics, most: int) -> None:
        self._metrics = metrics
        self._most = most
        self._named: set[tuple[str, str]] = set()
        self._open: dict[tuple[str, str], dict[str, int]] = {}
        self._hour = HourOfTopics()

    def scored(self, text: ScoredText) -> None:
        """Count one scored text by topic and sentiment."""
        sentiment = leading(text.sentiment)
        for topic in text.topics:
            self._metrics.sentiment.labels(topic, sentiment).inc()
        self._hour.add(text.published_at, tuple(text.topics), sentiment)

    def show_trends(self) -> None:
        """Set the gauges of the last hour."""
        for topic, total, shares in self._hour.shares():
            self._metrics.documents_per_hour.labels(topic).set(total)
            for sentiment, share in shares.items():
                self._metrics.sentiment_share.labels(topic, sentiment).set(share)

    def show_keys(self, keys: Mapping[str, int]) -> None:
        """Set how many keys of each kind this process follows."""
        for kind in ("company", "topic", "pair"):
            self._metrics.keys.labels(kind).set(keys.get(kind, 0))

    def show_budget(self, context: Context) -> None:
        """Set what the alert budget holds: alerts a day by watchlist, and the score that each cohort needs."""
        for watchlist in context.watchlists.lists:
            keys = context.pool.watched.get(watchlist.name, 0)
            self._metrics.budget.labels(watchlist.name).set(watchlist.budget("", keys) * keys)
        for cohort, tail in context.pool.tails.items():
            self._metrics.raise_at.labels(cohort).set(context.rarity(cohort).score_at(SHOWN_P_VALUE))
            self._metrics.key_days.labels(cohort).set(tail.key_days())

    def sent(self, message: SpikeRaised | SpikeCleared) -> None:
        """An alert went out: the series of its key shows the worst of what is open; mere volume is only counted."""
        if message.channel == "volume":
            self._metrics.alerts.labels("raised" if isinstance(message, SpikeRaised) else "cleared", "volume").inc()
            return
        series = (message.kind, self._series(message.kind, message.entity))
        incidents = self._open.setdefault(series, {})
        if isinstance(message, SpikeRaised):
            new = message.id not in incidents
            incidents[message.id] = message.severity
            self._metrics.alerts.labels("raised" if new else "escalated", message.kind).inc()
            self._metrics.spike_last.labels(*series).set(message.time / 1000)
            self._metrics.spike_score.labels(*series).set(message.score)
        else:
            incidents.pop(message.id, None)
            self._metrics.alerts.labels("cleared", message.kind).inc()
        self._show(series)

    def found_open(self, key: str, incident: str, severity: int, raised_at: int) -> None:
        """An alert that was open when this process took over its key; `raised_at` in ms of event time."""
        kind, _, entity = key.partition(":")
        series = (kind, self._series(kind, entity))
        self._open.setdefault(series, {})[incident] = severity
        self._metrics.spike_last.labels(*series).set(raised_at / 1000)
        self._show(series)

    def _show(self, series: tuple[str, str]) -> None:
        incidents = self._open[series]
        self._metrics.spike_active.labels(*series).set(1 if incidents else 0)
        self._metrics.spike_severity.labels(*series).set(max(incidents.values(), default=0))

    def _series(self, kind: str, entity: str) -> str:
        if kind not in UNBOUNDED or (kind, entity) in self._named:
            return entity
        if len(self._named) < self._most:
            self._named.add((kind, entity))
            return entity
        return OTHER
