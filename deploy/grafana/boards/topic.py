"""One topic: how much and how negatively is written about it, and what the detector makes of it."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from boards.board import board, choice, figures, row
from boards.incidents import Incidents
from boards.panels import graph, severities, stacked, stat, table
from boards.severity import SEVERITY
from boards.source import Query

TOPIC = '{topic="$topic"}'
OWN = '{kind="topic", entity="$topic"}'
WITH_COMPANIES = '{kind="pair", entity=~"$topic[|].*"}'
"""The keys of the topic and a company together are named topic|company."""
ALL = '{kind=~"topic|pair", entity=~"$topic([|].*)?"}'

ROWS = (
    figures(
        stat(
            "Severity now / 当前严重程度",
            "The worst of what is open about the topic, 1 to 4.",
            f"max(groundswell_incident_severity{ALL}) or vector(0)",
        ).mappings([SEVERITY]),
        stat(
            "Texts in the last hour / 最近一小时文本数",
            "Of event time.",
            f"topic:groundswell_documents_per_hour:max{TOPIC}",
        ),
        stat(
            "Negative share / 负面占比",
            "Among the texts of the last hour.",
            f"topic:groundswell_sentiment_share_negative:max{TOPIC}",
            "percentunit",
        ),
        stat(
            "Against the mean of a day / 相对日均值",
            "The negative share now less its mean over 24 hours.",
            f"topic:groundswell_sentiment_share_negative:max{TOPIC}"
            f" - topic:groundswell_sentiment_share_negative:avg1d{TOPIC}",
            "percentunit",
        ),
    ),
    row(
        graph(
            "Negative share and its mean of a day / 负面占比与日均值",
            "Among the topic's texts of the last hour (event time).",
            Query(f"topic:groundswell_sentiment_share_negative:max{TOPIC}", "negative"),
            Query(f"topic:groundswell_sentiment_share_negative:avg1d{TOPIC}", "mean of a day"),
            unit="percentunit",
        ),
        graph(
            "Texts per hour / 每小时文本数",
            "Within the last hour of event time.",
            Query(f"topic:groundswell_documents_per_hour:max{TOPIC}", "{{topic}}"),
        ),
    ),
    row(
        stacked(
            graph(
                "Shares of sentiment / 情绪占比",
                "Of the topic's texts of the last hour (event time).",
                Query(f"max by (sentiment) (groundswell_sentiment_share{TOPIC})", "{{sentiment}}"),
                unit="percentunit",
            ).max(1)
        ),
        stacked(
            graph(
                "Texts per second by sentiment / 各情绪每秒文本数",
                "As they are worked on, whatever their dates.",
                Query(f"sum by (sentiment) (rate(groundswell_sentiment_texts_total{TOPIC}[5m]))", "{{sentiment}}"),
                unit="reqps",
            )
        ),
    ),
    row(
        severities(
            "Severity over time / 严重程度变化",
            "By channel, and of the companies that the topic is seen with.",
            Query(f"max by (channel) (groundswell_incident_severity{OWN})", "{{channel}}"),
            Query(
                f"max by (channel, entity) (groundswell_incident_severity{WITH_COMPANIES})", "{{channel}} {{entity}}"
            ),
        ),
        graph(
            "Score, and what raises an alert / 检测分数与触发阈值",
            "Thresholds differ with how much is written about a topic: topic/0 is the least.",
            Query(f"max by (channel, entity) (groundswell_incident_score{ALL})", "{{channel}} {{entity}}"),
            Query('max by (cohort) (groundswell_raise_at{cohort=~"topic/.*"})', "raises {{cohort}}"),
        ),
    ),
    row(
        table(
            "Open now / 未结束事件",
            "`groundswell alerts list --open` gives the ids, `groundswell alerts show ID` the numbers and the texts.",
            f"sort_desc(max by (channel, kind, entity) (groundswell_incident_severity{ALL}) > 0)",
            "severity",
        ).mappings([SEVERITY]),
    ),
)


def topic() -> Dashboard:
    """The dashboard of one topic."""
    chosen = choice("topic", "Topic / 主题", "label_values(groundswell_documents_per_hour, topic)")
    return board("groundswell-topic", "Groundswell topic / 主题", ROWS, Incidents(ALL), chosen)
