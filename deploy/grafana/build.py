"""Builds the Grafana dashboards in `dashboards/` from the typed panels below.

`python deploy/grafana/build.py` writes them; with `--check` it only says whether the files are current.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).resolve().parent
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}

Unit = Literal["percentunit", "short", "reqps", "s", "none"]


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression; `legend` is Grafana's legend format, such as `{{topic}}`."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: `width` in columns of 24, `height` in rows of about 30 pixels; `note` is shown on hover."""

    kind: Literal["timeseries", "table", "stat"]
    title: str
    note: str
    queries: tuple[Query, ...]
    unit: Unit = "short"
    width: int = 12
    height: int = 8


OVERVIEW = (
    Panel(
        "stat",
        "Open surges / 未结束的激增",
        "Surges of negative opinion that are open now.",
        (Query("sum(kind:groundswell_open_surges:count)", "open"),),
        width=4,
        height=5,
    ),
    Panel(
        "stat",
        "Documents in the last hour / 最近一小时文本数",
        "Texts of all topics within the last hour of event time; a text of two topics counts twice.",
        (Query("groundswell_documents_per_hour:sum", "texts"),),
        width=5,
        height=5,
    ),
    Panel(
        "stat",
        "Watermark age / 水位线延迟",
        "Now minus the event time up to which detection is complete. It is large while history is replayed.",
        (Query("time() - min(groundswell_watermark_timestamp_seconds)", "age"),),
        unit="s",
        width=5,
        height=5,
    ),
    Panel(
        "table",
        "Model in use / 当前模型",
        "What the scoring processes serve, and on which ONNX Runtime provider.",
        (Query("max by (name, version, precision, provider) (groundswell_model_info)", ""),),
        width=10,
        height=5,
    ),
    Panel(
        "table",
        "Open surges: who and how severe / 未结束的激增：对象与严重程度",
        "Severity goes from 1 to 4.",
        (Query("max by (kind, entity) (groundswell_spike_severity) > 0", ""),),
    ),
    Panel(
        "timeseries",
        "Detector score / 检测分数",
        "An alert is raised at the score that yields the alert budget of the watchlist; groundswell_raise_at has it.",
        (Query("topk(10, max by (kind, entity) (groundswell_spike_score))", "{{kind}} {{entity}}"),),
    ),
    Panel(
        "timeseries",
        "Negative share by topic / 各主题负面占比",
        "Negative texts among a topic's texts of the last hour (event time).",
        (Query("topic:groundswell_sentiment_share_negative:max", "{{topic}}"),),
        unit="percentunit",
    ),
    Panel(
        "timeseries",
        "Documents per hour by topic / 各主题每小时文本数",
        "Texts of a topic within the last hour (event time).",
        (Query("topic:groundswell_documents_per_hour:max", "{{topic}}"),),
    ),
    Panel(
        "timeseries",
        "Texts per second, in and out / 每秒文本数（输入与输出）",
        "Read by a stage, and passed on with the delivery confirmed.",
        (
            Query("stage:groundswell_texts_in:rate5m", "{{stage}} in"),
            Query("stage:groundswell_texts_out:rate5m", "{{stage}} out"),
        ),
        unit="reqps",
    ),
    Panel(
        "timeseries",
        "Dead letters per second / 每秒死信数",
        "Records that a stage could not use, by reason; each is on the topic opinions.dead.",
        (Query("sum by (stage, reason) (rate(groundswell_texts_dead_total[5m]))", "{{stage}} {{reason}}"),),
        unit="reqps",
    ),
    Panel(
        "timeseries",
        "Lag, p50 and p99 / 延迟（p50 与 p99）",
        "Seconds from the first sight of a text to the end of a stage.",
        (
            Query("stage:groundswell_lag_seconds:p50", "{{stage}} p50"),
            Query("stage:groundswell_lag_seconds:p99", "{{stage}} p99"),
        ),
        unit="s",
    ),
    Panel(
        "timeseries",
        "Texts waiting / 等待中的文本",
        "Inside a stage, and on disk for a broker that does not take them.",
        (
            Query("sum by (stage) (groundswell_queue_texts)", "{{stage}}"),
            Query("sum(groundswell_spooled_texts)", "spooled"),
        ),
    ),
    Panel(
        "timeseries",
        "Inference seconds, p50 and p99 / 推理时间（p50 与 p99）",
        "Of one batch.",
        (
            Query("histogram_quantile(0.5, sum by (le) (rate(groundswell_inference_seconds_bucket[5m])))", "p50"),
            Query(
                "histogram_quantile(0.99, sum by (le) (rate(groundswell_inference_seconds_bucket[5m])))",
                "p99",
            ),
        ),
        unit="s",
    ),
    Panel(
        "timeseries",
        "Batch size / 批大小",
        "Texts in an inference batch, on average.",
        (
            Query(
                "sum(rate(groundswell_batch_texts_sum[5m])) / sum(rate(groundswell_batch_texts_count[5m]))",
                "texts",
            ),
        ),
    ),
)


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    """The panel as Grafana reads it, at column `x` and row `y`."""
    instant = panel.kind != "timeseries"
    body: dict[str, Any] = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.note,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": DATASOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                "instant": instant,
                "range": not instant,
                "format": "table" if panel.kind == "table" else "time_series",
            }
            for index, query in enumerate(panel.queries)
        ],
    }
    if panel.kind == "table":
        hidden = {"Time": True}
        body["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
    elif panel.kind == "stat":
        body["options"] = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    else:
        body["options"] = {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi"},
        }
    return body


def _placed(panels: tuple[Panel, ...]) -> list[dict[str, Any]]:
    """The panels from left to right, a new row where the next one does not fit into 24 columns."""
    placed, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > 24:
            x, y, row_height = 0, y + row_height, 0
        placed.append(_panel(panel, number, x, y))
        x, row_height = x + panel.width, max(row_height, panel.height)
    return placed


def dashboard(uid: str, title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """A dashboard as Grafana's file provisioning reads it."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["groundswell"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "utc",
        "panels": _placed(panels),
    }


def rendered() -> dict[Path, str]:
    """File -> content of every dashboard."""
    overview = dashboard("groundswell-overview", "Groundswell overview / 概览", OVERVIEW)
    return {
        HERE / "dashboards" / "overview.json": json.dumps(overview, indent=2, ensure_ascii=False) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Write the dashboards, or with `--check` return 1 when a file is not what would be written."""
    stale = [path for path, text in rendered().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.name} is not current: run python deploy/grafana/build.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
