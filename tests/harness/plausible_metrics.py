"""Metrics of each process with plausible values; every scrape finds them a little further on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

from services.observability.metrics import Metrics

TOPICS = ("earnings", "lawsuit", "outage")
COMPANIES = ("AAPL", "MSFT", "600519.SH")
INCIDENT = ("negative", "company", "AAPL")
"""Channel, kind and entity of the incident that `open_incident` opens."""
OTHERS = (("negative", "topic", "earnings"), ("volume", "pair", "earnings|AAPL"))
"""Those that stay open."""


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
    metrics.sources_refused.set(0)


def scoring(metrics: Metrics) -> None:
    """One step of a scoring process."""
    _every_stage(metrics, "scoring")
    metrics.texts_cut.inc(0)
    metrics.batch_texts.observe(32)
    metrics.batch_tokens.observe(2048)
    metrics.inference_seconds.observe(0.08)
    metrics.model_info.labels("zh-en-base", "1", "int8", "CPUExecutionProvider").set(1)
    metrics.model_created.set(time() - 86_400)
    for result in ("swapped", "refused"):
        metrics.model_reloads.labels(result).inc(0)


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
    for number, company in enumerate(COMPANIES, start=1):
        metrics.company_texts.labels(company).set(12 * number)
        metrics.company_negative.labels(company).set(0.25 * number)
    metrics.alerts.labels("raised", "company").inc(0)
    metrics.alerts_of_day.labels("company").set(0)
    metrics.late.labels("news").inc(0)
    metrics.unsupported.labels("comment").inc(0)
    metrics.watermark.labels("0").set(time() - 5)
    metrics.keys.labels("company").set(87)
    metrics.budget.labels("all").set(0.4)
    for cohort in ("company/4", "topic/6"):
        metrics.raise_at.labels(cohort).set(1.1)
        metrics.key_days.labels(cohort).set(900)


def relay(metrics: Metrics) -> None:
    """One step of a relay."""
    for number, incident in enumerate(OTHERS, start=1):
        metrics.incident_severity.labels(*incident).set(number)
        metrics.incident_score.labels(*incident).set(1.2 * number)
    for channel in ("negative", "volume"):
        metrics.incidents_open.labels(channel).set(1)
    metrics.relay_posts.labels("http://alertmanager:9093", "taken").inc()
    metrics.relay_waiting.set(0)
    metrics.relay_seconds.observe(0.07)


def adapter(metrics: Metrics) -> None:
    """One step of an adapter."""
    metrics.adapter_messages.labels("wecom", "sent").inc()
    metrics.adapter_messages.labels("wecom", "limited").inc(0)


def open_incident(metrics: Metrics, severity: int) -> None:
    """Open `INCIDENT` with this severity (1 to 4), or end it (0)."""
    metrics.incident_severity.labels(*INCIDENT).set(severity)
    metrics.incident_score.labels(*INCIDENT).set(0.9 * severity)


PROCESSES: dict[str, Callable[[Metrics], None]] = {
    "ingest": ingest,
    "scoring": scoring,
    "monitoring": monitoring,
    "relay": relay,
    "adapter": adapter,
}
"""By job of deploy/prometheus/prometheus.yml."""


class _Stepping(Collector):
    """Registered before the metrics, so that each scrape takes one step first."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        self._step()
        return iter(())


def process_metrics(job: str) -> Metrics:
    """The metrics of one process, which take a step at every scrape."""
    registry = CollectorRegistry()
    registry.register(_Stepping(lambda: PROCESSES[job](metrics)))
    metrics = Metrics(registry)
    return metrics
