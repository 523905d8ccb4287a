"""The rows of the pipeline's dashboard about alerts on their way to people."""

from __future__ import annotations

from boards.board import row
from boards.panels import graph, table
from boards.source import Query, quantile

PIPELINE_ALERTS = 'ALERTS{alertstate="firing", alertname!~"Watchdog|OpinionSurge"}'

DELIVERY = (
    row(
        graph(
            "From the topic to Alertmanager, p50 and p99 / 从主题到 Alertmanager（p50 与 p99）",
            "Seconds from an alert on the topic to an Alertmanager that has it.",
            Query(quantile(0.5, "relay_seconds"), "p50"),
            Query(quantile(0.99, "relay_seconds"), "p99"),
            Query("max(groundswell_relay_waiting_seconds)", "oldest that waits"),
            unit="s",
        ),
        graph(
            "Posts to Alertmanager per second / 每秒向 Alertmanager 发送数",
            "By Alertmanager and result.",
            Query(
                "sum by (alertmanager, result) (rate(groundswell_relay_posts_total[5m]))", "{{alertmanager}} {{result}}"
            ),
            unit="reqps",
        ),
    ),
    row(
        graph(
            "Messages to chat services in an hour / 一小时内聊天消息数",
            "Of the adapter, by receiver and result.",
            Query(
                "sum by (receiver, result) (increase(groundswell_adapter_messages_total[1h]))",
                "{{receiver}} {{result}}",
            ),
        ),
        table(
            "Alerts that fire / 正在触发的警报",
            "Of the pipeline; what each means is in deploy/runbook.md.",
            f"count by (alertname, severity, stage, receiver) ({PIPELINE_ALERTS})",
            "",
        ),
    ),
    row(
        graph(
            "Alerts of 24 hours against the budget / 24 小时警报数与预算",
            "Mere volume has no budget.",
            Query('sum(kind:groundswell_alerts_raised:increase1d{kind!="volume"})', "raised"),
            Query("sum(max by (watchlist) (groundswell_alert_budget_per_day))", "budget"),
        ),
        graph(
            "Score that raises an alert / 触发警报的分数",
            "By kind and by how much is written about a key; at one alert in 100 days of a key.",
            Query("max by (cohort) (groundswell_raise_at)", "{{cohort}}"),
        ),
    ),
)
