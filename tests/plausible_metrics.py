"""Metrics of each stage with plausible values; every scrape finds them a little further on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

from services.common.metrics import Metrics

TOPICS = ("earnings", "lawsuit", "outage")
SURGE = ("company", "AAPL")


def _every_stage(metrics: Metrics, stage: str) -> None:
    for kind, texts in (("news", 3), ("comment", 12)):
        metrics.texts_in.labels(stage, kind).inc(texts)
        metrics.texts_out.labels(stage, kind).inc(texts)
    metrics.texts_dead.labels(stage, "invalid_json").inc()
    metrics.lag.labels(stage).observe(0.4)
    metrics.event_lag.labels(stage).observe(20)
    metrics.queue.labels(stage).set(7)
    metrics.last_progress.labels(stage).set(time())


def ingest(metrics: Metrics) -> None:
    """One step of an ingest process."""
    _every_stage(metrics, "ingest")
    metrics.repeated.labels("news").inc()
    metrics.normalised.labels("html").inc(2)
    metrics.spooled.set(0)
    metrics.fetches.labels("ok").inc()


def scoring(metrics: Metrics) -> None:
    """One step of a scoring process."""
    _every_stage(metrics, "scoring")
    metrics.batch_texts.observe(32)
    metrics.batch_tokens.observe(2048)
    metrics.inference_seconds.observe(0.08)
    metrics.model_info.labels("zh-en-base", "1", "int8", "CPUExecutionProvider").set(1)
    metrics.model_created.set(time() - 86_400)
    metrics.model_reloads.labels("swapped").inc(0)


def monitoring(metrics: Metrics) -> None:
    """One step of a monitoring process."""
    _every_stage(metrics, "monitoring")
    for number, topic in enumerate(TOPICS, start=1):
        for sentiment, share in (
            ("negative", 0.2 * number),
            ("neutral", 0.1),
            ("positive", 0.9 - 0.2 * number),
        ):
            metrics.sentiment.labels(topic, sentiment).inc()
            metrics.sentiment_share.labels(topic, sentiment).set(share)
        metrics.documents_per_hour.labels(topic).set(40 * number)
    metrics.spike_score.labels(*SURGE).set(0.93)
    metrics.spike_score.labels("topic", "earnings").set(0.2)
    metrics.spike_last.labels(*SURGE).set(time() - 60)
    metrics.alerts.labels("raised", "company").inc(0)
    metrics.late.labels("news").inc(0)
    metrics.unsupported.labels("comment").inc(0)
    metrics.watermark.labels("0").set(time() - 5)
    metrics.keys.labels("company").set(87)
    metrics.budget.labels("all").set(0.4)
    metrics.raise_at.labels("company/4").set(1.1)
    metrics.key_days.labels("company/4").set(900)
    metrics.spike_active.labels("topic", "earnings").set(0)
    metrics.spike_severity.labels("topic", "earnings").set(0)


def open_surge(metrics: Metrics, severity: int) -> None:
    """Open the surge `SURGE` with this severity (1 to 4), or end it (0)."""
    metrics.spike_active.labels(*SURGE).set(1 if severity else 0)
    metrics.spike_severity.labels(*SURGE).set(severity)


STAGES: dict[str, Callable[[Metrics], None]] = {
    "ingest": ingest,
    "scoring": scoring,
    "monitoring": monitoring,
}


class _Stepping(Collector):
    """Registered before the metrics, so that each scrape takes one step first."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        self._step()
        return iter(())


def stage_metrics(stage: str) -> Metrics:
    """The metrics of one stage, which take a step at every scrape."""
    registry = CollectorRegistry()
    registry.register(_Stepping(lambda: STAGES[stage](metrics)))
    metrics = Metrics(registry)
    return metrics
