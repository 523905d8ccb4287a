"""Every metric, defined once, on an injected registry."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

from services.observability.metrics_server import serve_metrics

LAG_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
SECONDS_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
SIZE_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """All metrics of all processes; a process touches only its own. Labels are bounded sets, never texts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"groundswell_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"groundswell_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"groundswell_{name}", text, labels, buckets=buckets, registry=registry)

        # Every stage (stage: ingest, scoring, monitoring).
        self.texts_in = counter("texts_in_total", "Texts read by a stage", "stage", "kind")
        self.texts_out = counter("texts_out_total", "Texts passed on by a stage, delivery confirmed", "stage", "kind")
        self.texts_dead = counter("texts_dead_total", "Records sent to the dead-letter topic", "stage", "reason")
        self.lag = histogram(
            "lag_seconds", "Seconds from first sight of a text to the end of a stage", LAG_BUCKETS, "stage"
        )
        self.event_lag = histogram(
            "event_lag_seconds", "Seconds from publication of a text to the end of a stage", LAG_BUCKETS, "stage"
        )
        self.queue = gauge("queue_texts", "Texts waiting inside a stage", "stage")
        self.last_progress = gauge("last_progress_timestamp_seconds", "When a stage last finished a record", "stage")

        # Ingest.
        self.repeated = counter("texts_repeated_total", "Texts dropped because their id was seen before", "kind")
        self.normalised = counter("texts_normalised_total", "Texts changed by a normalisation", "what")
        self.spooled = gauge("spooled_texts", "Texts on disk waiting for the broker")
        self.fetches = counter("feed_fetches_total", "Fetches of feeds", "result")
        self.sources_refused = gauge("sources_refused", "1 while a bad sources file of feeds is not taken up")

        # Scoring.
        self.texts_cut = counter("texts_cut_total", "Scored texts of which a part was not read, being too long")
        self.batch_texts = histogram("batch_texts", "Texts and sentences in an inference batch", SIZE_BUCKETS)
        self.batch_tokens = histogram(
            "batch_tokens", "Tokens in an inference batch, padding included", (128, 512, 1024, 2048, 4096, 8192, 16384)
        )
        self.inference_seconds = histogram("inference_seconds", "Seconds of one inference batch", SECONDS_BUCKETS)
        self.model_info = gauge("model_info", "The model in use, always 1", "name", "version", "precision", "provider")
        self.model_reloads = counter(
            "model_reloads_total", "Changes of the model in use, and those refused because it is broken", "result"
        )
        self.model_created = gauge("model_created_timestamp_seconds", "When the model in use was made")

        # Monitoring.
        self.sentiment = counter("sentiment_texts_total", "Scored texts per topic and sentiment", "topic", "sentiment")
        self.sentiment_share = gauge(
            "sentiment_share",
            "Share of a sentiment among a topic's texts of the last hour (event time)",
            "topic",
            "sentiment",
        )
        self.documents_per_hour = gauge("documents_per_hour", "Texts of a topic in the last hour (event time)", "topic")
        self.company_texts = gauge(
            "company_texts_per_hour", "Texts of a company in the last hour (event time); the busiest only", "company"
        )
        self.company_negative = gauge(
            "company_negative_share", "Share of negative ones among a company's texts of the last hour", "company"
        )
        self.alerts = counter("alerts_total", "Alerts sent", "what", "kind")
        self.alerts_of_day = gauge("alerts_of_day", "Alerts raised in the last day of event time", "kind")
        self.budget = gauge("alert_budget_per_day", "Alerts a day that a watchlist may raise", "watchlist")
        self.raise_at = gauge("raise_at", "Score that raises an alert at one alert in 100 key-days", "cohort")
        self.key_days = gauge("tail_key_days", "Key-days behind the score that raises an alert", "cohort")
        self.watchlists_refused = gauge("watchlists_refused", "1 while a bad watchlist file is not taken up")
        self.late = counter("texts_late_total", "Texts too late for detection", "kind")
        self.unsupported = counter(
            "texts_unsupported_total", "Texts in a language the model does not know, left out of detection", "kind"
        )
        self.watermark = gauge(
            "watermark_timestamp_seconds", "Event time up to which detection is complete", "partition"
        )
        self.keys = gauge("followed_keys", "Companies and topics with state in this process", "kind")

        # The relay.
        self.incident_severity = gauge(
            "incident_severity", "Severity 1-4 of an open incident, 0 when just over", "channel", "kind", "entity"
        )
        self.incident_score = gauge("incident_score", "Detector score of an open incident", "channel", "kind", "entity")
        self.incidents_open = gauge("incidents_open", "Open incidents, those without a series included", "channel")
        self.relay_delivers = gauge("relay_delivers", "1 when an Alertmanager is set and takes what the relay posts")
        self.relay_posts = counter("relay_posts_total", "Posts to an Alertmanager", "alertmanager", "result")
        self.relay_waiting = gauge("relay_waiting_seconds", "Age of the oldest alert no Alertmanager has taken, or 0")
        self.relay_seconds = histogram(
            "relay_seconds", "Seconds from an alert on the topic to an Alertmanager that has it", LAG_BUCKETS
        )

        # The adapter.
        self.adapter_messages = counter("adapter_messages_total", "Messages to chat services", "receiver", "result")

    def serve(self, host: str, port: int) -> int:
        """Serve `/metrics` in a background thread; returns the port (a free one when `port` is 0).

        :raises PortTaken: when something else listens there.
        """
        return serve_metrics(self.registry, host, port)
