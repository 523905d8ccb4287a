"""Every Kafka topic as data: name, key, partitions, retention, clean-up; and the consumer groups that read them.

All of their names begin with `GROUNDSWELL_TOPIC_PREFIX`, which is one for the whole life of a process: it is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.domain.event_time import DAY_MS
from services.settings import TopicSettings, load_section

PARTITIONS = 4
"""Of a topic that scales, where nobody says otherwise."""
PREFIX: str = load_section(TopicSettings).prefix


def prefixed(name: str) -> str:
    """A topic, group or table of ours as the broker knows it."""
    return PREFIX + name


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` says what the record key is; `retention_ms` is -1 for ever.

    One of several partitions scales: it may have any number of them, all others must have one.
    """

    base_name: str
    key: str
    partitions: int
    retention_ms: int
    cleanup: Literal["delete", "compact"]
    holds: str

    @property
    def scales(self) -> bool:
        """Whether it may have any number of partitions."""
        return self.partitions > 1

    @property
    def name(self) -> str:
        """Its name on the broker."""
        return prefixed(self.base_name)

    def settings(self) -> dict[str, str]:
        """The broker's own names for this topic's settings."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": "1100000",
        }


NEWS_RAW = Topic("news.raw", "source", PARTITIONS, 7 * DAY_MS, "delete", "RawText of news, Heartbeat")
COMMENTS_RAW = Topic("comments.raw", "source", PARTITIONS, 7 * DAY_MS, "delete", "RawText of comments, Heartbeat")
SCORED = Topic("opinions.scored", "source", PARTITIONS, 30 * DAY_MS, "delete", "ScoredText, WatermarkUpdate")
BY_KEY = Topic(
    "opinions.by_key", "followed key", PARTITIONS, 7 * DAY_MS, "delete", "KeyedText, WatermarkUpdate, DailyAggregate"
)
MARKET = Topic("monitor.market", "followed key", 1, 7 * DAY_MS, "delete", "KeyOpened, KeyClosed, PartitionPassed")
DEAD = Topic("opinions.dead", "reason", 1, 30 * DAY_MS, "delete", "DeadLetter, DeadLetterRetried")
ALERTS = Topic("alerts", "followed key", 1, 365 * DAY_MS, "delete", "IncidentRaised, IncidentCleared")
INCIDENTS = Topic("incidents", "incident id", 1, -1, "compact", "IncidentRecord: what `alerts` says of each incident")
BUDGET = Topic("monitor.budget", "none", 1, -1, "compact", "BudgetStatus: the scores that keep the alert budgets")

SCORING_APP = "groundswell-score"
RELAY_GROUP = "groundswell-relay"
MONITOR_APP = "groundswell-monitor"
MONITOR_TABLE = "keys-2"
"""The number is that of the records' format: another one starts with empty tables, and learns anew."""
KEYS_CHANGELOG = Topic(
    f"{MONITOR_APP}-{MONITOR_TABLE}-changelog", "followed key", PARTITIONS, -1, "compact", "state of each followed key"
)

MARKET_TABLE = "market"
MARKET_CHANGELOG = Topic(
    f"{MONITOR_APP}-{MARKET_TABLE}-changelog", "market", 1, -1, "compact", "state of the market-wide rule"
)

TOPICS = (
    NEWS_RAW,
    COMMENTS_RAW,
    SCORED,
    BY_KEY,
    MARKET,
    DEAD,
    ALERTS,
    INCIDENTS,
    BUDGET,
    KEYS_CHANGELOG,
    MARKET_CHANGELOG,
)
RAW_TOPICS = {"news": NEWS_RAW, "comment": COMMENTS_RAW}
