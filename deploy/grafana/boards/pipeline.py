"""Pipeline: is every text scored, soon, and does every alert reach somebody?"""

from __future__ import annotations

from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode

from boards.board import board, figures, row
from boards.delivery import DELIVERY, PIPELINE_ALERTS
from boards.incidents import Incidents
from boards.panels import graph, stat
from boards.severity import BLUE, GREEN, ORANGE, RED, YELLOW, YES_NO, limits
from boards.source import Query, quantile

OURS = '{job=~"ingest|scoring|monitoring|relay|adapter"}'
BUDGET = "0.01"
"""The share of texts that may take longer than 5 s."""


HEALTH = figures(
    stat(
        "Processes that answer / 响应的进程",
        "Of ingest, scoring, monitoring, relay and adapter.",
        f"sum(up{OURS})",
    ),
    stat(
        "Pipeline alerts / 流水线警报",
        "That fire now; what each means is in deploy/runbook.md.",
        f"count({PIPELINE_ALERTS}) or vector(0)",
    ).thresholds(limits(GREEN, (1, RED))),
    stat(
        "Scored within 5 s, three days / 三天内 5 秒完成评分",
        "The objective is 99 %.",
        "1 - slo:groundswell_scoring_slow:ratio_rate3d",
        "percentunit",
    ).thresholds(limits(RED, (0.95, YELLOW), (0.99, GREEN))),
    stat(
        "Dead letters in an hour / 一小时死信数",
        "Records that a stage could not use; each is on the topic opinions.dead.",
        "sum(increase(groundswell_texts_dead_total[1h]))",
    )
    .decimals(0)
    .thresholds(limits(GREEN, (1, YELLOW))),
    stat(
        "The relay delivers / 转发正常",
        "An Alertmanager takes what the relay posts.",
        "max(groundswell_relay_delivers)",
    ).mappings([YES_NO]),
    stat(
        "Watermark age / 水位线延迟",
        "How far the event time up to which detection is complete is behind the clock.",
        "groundswell_watermark_age_seconds:max",
        "s",
    ),
)

OBJECTIVE = row(
    graph(
        "How fast the error budget burns / 错误预算消耗速度",
        "At 1 a month's budget lasts a month. Alerts: 14.4 over an hour, 6 over six, 3 over a day, 1 over three.",
        *(
            Query(f"slo:groundswell_scoring_slow:ratio_rate{window} / {BUDGET}", window)
            for window in ("5m", "1h", "6h", "1d", "3d")
        ),
    )
    .thresholds(limits(GREEN, (1, BLUE), (3, YELLOW), (6, ORANGE), (14.4, RED)))
    .thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)),
    graph(
        "Lag, p50 and p99 / 延迟（p50 与 p99）",
        "Seconds from the first sight of a text to the end of a stage.",
        Query("stage:groundswell_lag_seconds:p50", "{{stage}} p50"),
        Query("stage:groundswell_lag_seconds:p99", "{{stage}} p99"),
        unit="s",
    ),
)

FLOW = (
    row(
        graph(
            "Texts per second, in and out / 每秒文本数（输入与输出）",
            "Read by a stage, and passed on with the delivery confirmed.",
            Query("stage:groundswell_texts_in:rate5m", "{{stage}} in"),
            Query("stage:groundswell_texts_out:rate5m", "{{stage}} out"),
            unit="reqps",
        ),
        graph(
            "Texts waiting / 等待中的文本",
            "Inside a stage, and on disk for a broker that does not take them.",
            Query("sum by (stage) (groundswell_queue_texts)", "{{stage}}"),
            Query("sum(groundswell_spooled_texts)", "spooled"),
        ),
    ),
    row(
        graph(
            "Seconds since the last record / 距上一条记录的时间",
            "By stage. A quiet night is no fault; a stage that stands alone is.",
            Query("stage:groundswell_progress_age_seconds:min", "{{stage}}"),
            unit="s",
        ),
        graph(
            "Watermark age by partition / 各分区水位线延迟",
            "How far event time is behind the clock. Large while history is replayed.",
            Query("time() - max by (partition) (groundswell_watermark_timestamp_seconds)", "partition {{partition}}"),
            unit="s",
        ),
    ),
    row(
        graph(
            "Dead letters per second / 每秒死信数",
            "Records that a stage could not use, by reason; each is on the topic opinions.dead.",
            Query("stage_reason:groundswell_texts_dead:rate5m", "{{stage}} {{reason}}"),
            unit="reqps",
        ),
        graph(
            "Texts left out per second / 每秒未计入文本数",
            "Seen before, too late for detection, or in a language that the model does not know.",
            Query("sum(rate(groundswell_texts_repeated_total[5m]))", "repeated"),
            Query("sum(rate(groundswell_texts_late_total[5m]))", "late"),
            Query("sum(rate(groundswell_texts_unsupported_total[5m]))", "other language"),
            unit="reqps",
        ),
    ),
    row(
        graph(
            "From publication to the end of a stage, p50 / 发布到阶段结束（p50）",
            "Feeds bring texts late: this is what a reader waits, not what the pipeline takes.",
            Query(quantile(0.5, "event_lag_seconds", "stage, le"), "{{stage}}"),
            unit="s",
        ),
        graph(
            "Fetches of feeds per second / 每秒订阅源抓取数",
            "By result.",
            Query("sum by (result) (rate(groundswell_feed_fetches_total[5m]))", "{{result}}"),
            unit="reqps",
        ),
    ),
)

MACHINES = (
    row(
        graph(
            "Followed keys / 跟踪对象数",
            "Companies, topics and pairs of them that the detector has state of.",
            Query("sum by (kind) (groundswell_followed_keys)", "{{kind}}"),
        ),
        graph(
            "Processes by service / 各服务进程数",
            "Those that answer.",
            Query(f"sum by (job) (up{OURS})", "{{job}}"),
        ),
    ),
    row(
        graph(
            "Memory / 内存",
            "Resident, of each process.",
            Query(f"sum by (job, instance) (process_resident_memory_bytes{OURS})", "{{job}} {{instance}}"),
            unit="bytes",
        ),
        graph(
            "Processor / 处理器",
            "Cores in use by each process.",
            Query(f"sum by (job, instance) (rate(process_cpu_seconds_total{OURS}[5m]))", "{{job}} {{instance}}"),
        ),
    ),
)


def pipeline() -> Dashboard:
    """The dashboard of the pipeline's health."""
    rows = (HEALTH, OBJECTIVE, *FLOW, *DELIVERY, *MACHINES)
    return board("groundswell-pipeline", "Groundswell pipeline / 流水线", rows, Incidents())
