"""Models: what is in use, how fast it is, and whether what it says drifts."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from boards.board import board, figures, row
from boards.incidents import Incidents
from boards.panels import graph, stat, table
from boards.severity import GREEN, RED, YELLOW, limits
from boards.source import Query, quantile

DAY = 86_400


ROWS = (
    figures(
        stat(
            "Age of the model / 模型年龄",
            "Since it was made; an alert reminds at 60 days.",
            "groundswell_model_age_seconds:max",
            "s",
        ).thresholds(limits(GREEN, (60 * DAY, YELLOW))),
        stat(
            "Made on / 生成时间",
            "The oldest one in use.",
            "1000 * min(groundswell_model_created_timestamp_seconds > 0)",
            "dateTimeAsIso",
        ),
        stat(
            "Texts scored per second / 每秒评分文本数",
            "By all scoring processes.",
            'sum(rate(groundswell_texts_out_total{stage="scoring"}[5m]))',
            "reqps",
        ),
        stat(
            "Models refused in 24 hours / 24 小时内被拒模型数",
            "A new bundle that is broken is not taken up; the one before stays in use.",
            'sum(increase(groundswell_model_reloads_total{result="refused"}[1d])) or vector(0)',
        )
        .decimals(0)
        .thresholds(limits(GREEN, (1, RED))),
    ),
    row(
        table(
            "Model in use / 当前模型",
            "What the scoring processes serve, and on which ONNX Runtime provider.",
            "max by (name, version, precision, provider) (groundswell_model_info)",
            "",
        ),
        graph(
            "Changes of the model / 模型更换",
            "Within an hour: taken up, or refused because it is broken.",
            Query("sum by (result) (increase(groundswell_model_reloads_total[1h]))", "{{result}}"),
        ),
    ),
    row(
        graph(
            "Inference seconds, p50 and p99 / 推理时间（p50 与 p99）",
            "Of one batch.",
            Query(quantile(0.5, "inference_seconds"), "p50"),
            Query(quantile(0.99, "inference_seconds"), "p99"),
            unit="s",
        ),
        graph(
            "Inference seconds of one text or sentence / 单条文本或句子推理时间",
            "On average, within its batch.",
            Query(
                "sum(rate(groundswell_inference_seconds_sum[5m])) / sum(rate(groundswell_batch_texts_sum[5m]))", "text"
            ),
            unit="s",
        ),
    ),
    row(
        graph(
            "Texts and sentences in a batch / 每批文本与句子数",
            "On average.",
            Query("sum(rate(groundswell_batch_texts_sum[5m])) / sum(rate(groundswell_batch_texts_count[5m]))", "texts"),
        ),
        graph(
            "Tokens in a batch / 每批词元数",
            "On average, padding included.",
            Query(
                "sum(rate(groundswell_batch_tokens_sum[5m])) / sum(rate(groundswell_batch_tokens_count[5m]))", "tokens"
            ),
        ),
    ),
    row(
        graph(
            "Negative share of the last hour, and its mean of seven days / 最近一小时负面占比与七天均值",
            "Of all texts with a topic, as they are worked on.",
            Query("groundswell_sentiment_negative:share1h", "last hour"),
            Query("groundswell_sentiment_negative:share1h - groundswell_sentiment_drift:share1h_less_7d", "seven days"),
            unit="percentunit",
        ),
        graph(
            "Drift (a placeholder) / 漂移（占位指标）",
            "How far the negative share is away from its mean of seven days, until retraining brings a real measure.",
            Query("abs(groundswell_sentiment_drift:share1h_less_7d)", "away from the mean"),
            unit="percentunit",
        ),
    ),
    row(
        graph(
            "Texts in other languages per second / 每秒其他语言文本数",
            "The model does not know them; they are left out of detection.",
            Query("sum by (kind) (rate(groundswell_texts_unsupported_total[5m]))", "{{kind}}"),
            unit="reqps",
        ),
        graph(
            "Texts read in part, in the last hour / 最近一小时只读了一部分的文本",
            "Longer than a text may be, or of more sentences than GROUNDSWELL_MOST_SENTENCES.",
            Query("sum(increase(groundswell_texts_cut_total[1h]))", "texts"),
        ),
        graph(
            "Negative share by topic / 各主题负面占比",
            "A model that goes wrong shows on all topics at once.",
            Query("topic:groundswell_sentiment_share_negative:max", "{{topic}}"),
            unit="percentunit",
        ),
    ),
)


def models() -> Dashboard:
    """The dashboard of the model in use."""
    return board("groundswell-models", "Groundswell models / 模型", ROWS, Incidents())
