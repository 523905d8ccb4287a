"""Detection over scored texts in event-time order; what the stream does, without the stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.common.follow import keys_of
from services.common.messages import ScoredText, SpikeCleared, SpikeRaised
from services.monitoring.detector.params import DAY_MS, MINUTE_MS, Params
from services.monitoring.records import KeyRecord, accept, applied, close_minutes


@dataclass(slots=True)
class BacktestResult:
    """Messages in the order they arose, and how much was looked at."""

    messages: list[SpikeRaised | SpikeCleared] = field(default_factory=list)
    texts: int = 0
    keys: int = 0
    key_days: float = 0.0

    def raised(self) -> list[SpikeRaised]:
        """The raises and escalations."""
        return [m for m in self.messages if isinstance(m, SpikeRaised)]


def run_backtest(texts: Iterable[ScoredText], params: Params) -> BacktestResult:
    """Feed scored texts, sorted by `published_at`, to the detector; the watermark is the last text's time.

    :raises ValueError: when a text is older than the one before it.
    """
    result = BacktestResult()
    records: dict[str, KeyRecord] = {}
    watermark: int | None = None
    for text in texts:
        if watermark is not None and text.published_at < watermark:
            raise ValueError(f"text {text.event_id} is out of order: {text.published_at} ms after {watermark} ms")
        watermark = text.published_at
        result.texts += 1
        for key in keys_of(text):
            record = records.setdefault(key, KeyRecord(partition=0))
            result.messages += close_minutes(key, record, watermark, params)
            if not applied(record, text):
                accept(record, key, text)
    if watermark is None:
        return result
    for key, record in records.items():
        result.messages += close_minutes(key, record, watermark + MINUTE_MS, params)
        if record.state is not None:
            result.key_days += (watermark - record.state.first_at) / DAY_MS
    result.keys = len(records)
    result.messages.sort(key=lambda m: (m.time, m.id))
    return result
