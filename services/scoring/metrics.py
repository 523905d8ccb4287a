"""What scoring shows of itself."""

from __future__ import annotations

from collections.abc import Iterable

from services.domain.errors import InvalidMessage
from services.domain.event_time import parse_iso_ms
from services.domain.messages import ScoredText, Stage, WatermarkUpdate
from services.inference.classifier import Classifier
from services.observability.metrics import Metrics

STAGE: Stage = "scoring"


def count_results(metrics: Metrics, results: Iterable[ScoredText | WatermarkUpdate | InvalidMessage], now: int) -> None:
    """A batch has been delivered, at `now` (ms)."""
    for result in results:
        if isinstance(result, InvalidMessage):
            metrics.texts_dead.labels(STAGE, result.reason).inc()
        elif isinstance(result, ScoredText):
            metrics.texts_out.labels(STAGE, result.kind).inc()
            metrics.texts_cut.inc(result.cut)
            metrics.lag.labels(STAGE).observe(max(now - result.first_seen_at, 0) / 1000)
            metrics.event_lag.labels(STAGE).observe(max(now - result.published_at, 0) / 1000)
    metrics.last_progress.labels(STAGE).set_to_current_time()


def observe_inference(metrics: Metrics, texts: int, tokens: int, seconds: float) -> None:
    """The model has run once: texts, padded tokens and seconds."""
    metrics.batch_texts.observe(texts)
    metrics.batch_tokens.observe(tokens)
    metrics.inference_seconds.observe(seconds)


def show_model(metrics: Metrics, model: Classifier) -> None:
    """Which model is in use."""
    manifest = model.bundle.manifest
    metrics.model_info.clear()
    metrics.model_info.labels(manifest.name, manifest.version, manifest.precision, model.provider).set(1)
    metrics.model_created.set(parse_iso_ms(manifest.created_at) / 1000)
