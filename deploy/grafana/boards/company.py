"""One company: what is written about it, and what the detector makes of it."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from boards.board import board, choice, figures, row
from boards.incidents import Incidents
from boards.panels import graph, severities, stat, table
from boards.severity import SEVERITY
from boards.source import Query

OWN = '{kind="company", entity="$company"}'
WITH_TOPICS = '{kind="pair", entity=~".*[|]$company"}'
"""The keys of a topic and the company together are named topic|company."""
ALL = '{kind=~"company|pair", entity=~"(.*[|])?$company"}'
BUSY = "Exported for the companies most written about, and for those with an alert."

ROWS = (
    figures(
        stat(
            "Severity now / 当前严重程度",
            "The worst of what is open about the company, 1 to 4.",
            f"max(groundswell_incident_severity{ALL}) or vector(0)",
        ).mappings([SEVERITY]),
        stat(
            "Detector score / 检测分数",
            "The highest of the open incidents about the company.",
            f"max(groundswell_incident_score{ALL})",
        ).no_value("none / 无"),
        stat(
            "Texts in the last hour / 最近一小时文本数",
            f"Of event time. {BUSY}",
            'max(groundswell_company_texts_per_hour{company="$company"})',
        ).no_value("few / 很少"),
        stat(
            "Negative share now / 当前负面占比",
            f"Among these texts. {BUSY}",
            'max(groundswell_company_negative_share{company="$company"})',
            "percentunit",
        ).no_value("few / 很少"),
    ),
    row(
        graph(
            "Negative share over time / 负面占比变化",
            f"Negative texts about the company in the last hour of event time, and among all texts. {BUSY}",
            Query('max by (company) (groundswell_company_negative_share{company="$company"})', "{{company}}"),
            Query("groundswell_sentiment_negative:share1h", "all texts"),
            unit="percentunit",
        ),
        graph(
            "Texts per hour / 每小时文本数",
            f"About the company, within the last hour of event time. {BUSY}",
            Query('max by (company) (groundswell_company_texts_per_hour{company="$company"})', "{{company}}"),
        ),
    ),
    row(
        severities(
            "Severity over time / 严重程度变化",
            "By channel, and of the topics that the company is seen with.",
            Query(f"max by (channel) (groundswell_incident_severity{OWN})", "{{channel}}"),
            Query(f"max by (channel, entity) (groundswell_incident_severity{WITH_TOPICS})", "{{channel}} {{entity}}"),
        ),
        graph(
            "Score, and what raises an alert / 检测分数与触发阈值",
            "Thresholds differ with how much is written about a company: company/0 is the least.",
            Query(f"max by (channel, entity) (groundswell_incident_score{ALL})", "{{channel}} {{entity}}"),
            Query('max by (cohort) (groundswell_raise_at{cohort=~"company/.*"})', "raises {{cohort}}"),
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


def company() -> Dashboard:
    """The dashboard of one company, chosen among those most written about; the name of any other can be typed in."""
    chosen = choice("company", "Company / 公司", "label_values(groundswell_company_texts_per_hour, company)")
    return board("groundswell-company", "Groundswell company / 公司", ROWS, Incidents(ALL), chosen)
