"""What monitoring sees, as metrics."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from services.clock import now_ms
from services.detector.context import Context
from services.domain.event_time import DAY_MS
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, KeyedText, ScoredText, Stage
from services.monitoring.company_trends import HourOfCompanies
from services.monitoring.topic_trends import HourOfTopics, leading
from services.observability.bounded_labels import BoundedLabels
from services.observability.metrics import Metrics

STAGE: Stage = "monitoring"
SHOWN_P_VALUE = 0.01
MOST_TOPICS = 100
"""Topics that have series of their own."""


class MonitoringMetrics:
    """Writes trends, budgets and counts to the metrics; at most `companies` have series of their own."""

    def __init__(self, metrics: Metrics, companies: int) -> None:
        self._metrics = metrics
        self._companies = HourOfCompanies(companies)
        self._company_series: set[str] = set()
        self._hour = HourOfTopics()
        self._topics = BoundedLabels(MOST_TOPICS)
        self._raised: deque[tuple[int, str]] = deque()

    def routed(self, text: ScoredText) -> None:
        """Count one text that went to its keys, by topic and sentiment."""
        self._metrics.texts_in.labels(STAGE, text.kind).inc()
        if text.lang == "other":
            self._metrics.unsupported.labels(text.kind).inc()
        sentiment = leading(text.sentiment)
        topics = tuple(dict.fromkeys(map(self._topics.of, text.topics)))
        for topic in topics:
            self._metrics.sentiment.labels(topic, sentiment).inc()
        self._hour.add(text.published_at, topics, sentiment)

    def put(self, keyed: KeyedText, *, in_time: bool) -> None:
        """Count a text that was put into its key's record, or came too late for it."""
        key, text, now = MonitoredKey.parse(keyed.key), keyed.text, now_ms()
        if not in_time:
            self._metrics.late.labels(text.kind).inc()
        if key.kind == "company":
            self._companies.add(text.published_at, key.entity, leading(text.towards(key.entity).sentiment))
        self._metrics.texts_out.labels(STAGE, text.kind).inc()
        self._metrics.lag.labels(STAGE).observe(max(now - text.first_seen_at, 0) / 1000)
        self._metrics.event_lag.labels(STAGE).observe(max(now - text.published_at, 0) / 1000)

    def finished(self) -> None:
        """A text or a watermark was applied."""
        self._metrics.last_progress.labels(STAGE).set_to_current_time()

    def passed(self, partition: int, watermark: int) -> None:
        """All of a partition before `watermark` (ms) is applied."""
        self._metrics.watermark.labels(str(partition)).set(watermark / 1000)
        while self._raised and self._raised[0][0] <= watermark - DAY_MS:
            _, kind = self._raised.popleft()
            self._metrics.alerts_of_day.labels(kind).dec()

    def dead(self, reason: str) -> None:
        """Count a record for the dead-letter topic."""
        self._metrics.texts_dead.labels(STAGE, reason).inc()

    def watchlists_checked(self, *, refused: bool) -> None:
        """A changed watchlist file was taken up, or refused."""
        self._metrics.watchlists_refused.set(int(refused))

    def show_companies(self) -> None:
        """Set the gauges of the last hour of the companies that are shown, and drop those of the others."""
        shown = self._companies.shown()
        for gone in self._company_series - shown.keys():
            self._metrics.company_texts.remove(gone)
            self._metrics.company_negative.remove(gone)
        for company, (texts, share) in shown.items():
            self._metrics.company_texts.labels(company).set(texts)
            self._metrics.company_negative.labels(company).set(share)
        self._company_series = set(shown)

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
        """Set what keeps the budgets: alerts a day by watchlist, and the score that each cohort needs."""
        for watchlist in context.watchlists.lists:
            keys = context.shared.watched.get(watchlist.name, 0)
            self._metrics.budget.labels(watchlist.name).set(watchlist.budget_per_key(keys) * keys)
        for cohort, tail in context.shared.tails.items():
            self._metrics.raise_at.labels(cohort).set(context.rarity(cohort).score_at(SHOWN_P_VALUE))
            self._metrics.key_days.labels(cohort).set(tail.key_days())

    def sent(self, message: IncidentRaised | IncidentCleared) -> None:
        """Count a message about an incident; the relay shows those that are open."""
        if isinstance(message, IncidentRaised) and message.kind == "company":
            self._companies.raised(message.entity)
        what, kind = _what(message), "volume" if message.channel == "volume" else message.kind
        self._metrics.alerts.labels(what, kind).inc()
        if what == "raised":
            self._raised.append((message.time, kind))
            self._metrics.alerts_of_day.labels(kind).inc()


def _what(message: IncidentRaised | IncidentCleared) -> str:
    if isinstance(message, IncidentCleared):
        return "cleared"
    return "raised" if message.revision == 0 else "escalated"
