"""Overview: what is open, what is written about, and whether the pipeline keeps up."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from boards.board import board, figures, row
from boards.incidents import Incidents
from boards.panels import graph, leading_to, severities, stat, table
from boards.severity import GREEN, RED, SEVERITY, YELLOW, limits
from boards.source import Query

ROWS = (
    figures(
        stat(
            "Open incidents / 未结束的事件",
            "Of all channels: negative opinion, volume, rules, the market.",
            "sum(channel:groundswell_incidents_open:max)",
        ),
        stat(
            "Worst severity / 最高严重程度",
            "Of what is open now, 1 to 4.",
            "max(groundswell_incident_severity)",
        ).mappings([SEVERITY]),
        stat(
            "Alerts in 24 hours / 24 小时内警报数",
            "Raised anew; escalations are not counted.",
            "sum(kind:groundswell_alerts_raised:increase1d)",
        ).decimals(0),
        stat(
            "Texts in the last hour / 最近一小时文本数",
            "Of all topics, within the last hour of event time; a text of two topics counts twice.",
            "groundswell_documents_per_hour:sum",
        ),
        stat(
            "Scored within 5 s / 5 秒内完成评分",
            "Share of the texts of the last hour; the objective is 99 %.",
            "1 - slo:groundswell_scoring_slow:ratio_rate1h",
            "percentunit",
        ).thresholds(limits(RED, (0.95, YELLOW), (0.99, GREEN))),
        stat(
            "Watermark age / 水位线延迟",
            "How far detection is behind the clock, in event time. Large while history is replayed.",
            "groundswell_watermark_age_seconds:max",
            "s",
        ),
    ),
    row(
        table(
            "Open now: who and how severe / 未结束事件：对象与严重程度",
            "`groundswell alerts list --open` has them all, `groundswell alerts show ID` the numbers and the texts.",
            "sort_desc(max by (channel, kind, entity) (groundswell_incident_severity) > 0)",
            "severity",
        ).mappings([SEVERITY]),
        severities(
            "Severity over time / 严重程度变化",
            "The 20 most severe incidents.",
            Query(
                "topk(20, max by (channel, kind, entity) (groundswell_incident_severity))",
                "{{kind}} {{entity}} {{channel}}",
            ),
        ),
    ),
    row(
        graph(
            "Detector score / 检测分数",
            "Of the ten highest open incidents. The dashboards of a company and a topic show what raises an alert.",
            Query(
                "topk(10, max by (channel, kind, entity) (groundswell_incident_score))",
                "{{kind}} {{entity}} {{channel}}",
            ),
        ),
        graph(
            "Open incidents by channel / 各渠道未结束事件数",
            "Those without a series of their own included.",
            Query("channel:groundswell_incidents_open:max", "{{channel}}"),
        ),
    ),
    row(
        leading_to(
            graph(
                "Negative share by topic / 各主题负面占比",
                "Negative texts among a topic's texts of the last hour (event time).",
                Query("topic:groundswell_sentiment_share_negative:max", "{{topic}}"),
                unit="percentunit",
            ),
            "groundswell-topic",
            "topic",
        ),
        leading_to(
            graph(
                "Texts per hour by topic / 各主题每小时文本数",
                "Texts of a topic within the last hour (event time).",
                Query("topic:groundswell_documents_per_hour:max", "{{topic}}"),
            ),
            "groundswell-topic",
            "topic",
        ),
    ),
    row(
        leading_to(
            graph(
                "Negative share by company / 各公司负面占比",
                "The ten highest of those with ten texts or more in the last hour (event time).",
                Query(
                    "topk(10, max by (company) (groundswell_company_negative_share)"
                    " and max by (company) (groundswell_company_texts_per_hour) >= 10)",
                    "{{company}}",
                ),
                unit="percentunit",
            ),
            "groundswell-company",
            "company",
        ),
        leading_to(
            graph(
                "Texts per hour by company / 各公司每小时文本数",
                "The ten most written about.",
                Query("topk(10, max by (company) (groundswell_company_texts_per_hour))", "{{company}}"),
            ),
            "groundswell-company",
            "company",
        ),
    ),
)


def overview() -> Dashboard:
    """The dashboard to begin with."""
    return board("groundswell-overview", "Groundswell overview / 概览", ROWS, Incidents())
