"""Detection over scored texts in event-time order; what the stream does, without the stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.detector.aggregate import aggregate_day
from services.detector.budget_status import budget_status
from services.detector.close_minutes import close_minutes
from services.detector.context import Context
from services.detector.days import boundaries, start_of_day
from services.detector.incident_events import IncidentEvent
from services.detector.key_record import KeyRecord, put_text, was_applied
from services.detector.market.incidents import apply_event
from services.detector.market.messages import KeyEvent, event_order, market_event
from services.detector.market.state import MarketState
from services.detector.shared import DailyAggregate
from services.domain.event_time import DAY_MS, MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import BudgetStatus, IncidentRaised, ScoredText
from services.watchlists.followed_keys import followed_keys


@dataclass(slots=True)
class BacktestResult:
    """Messages in the order they arose, and how much was looked at."""

    messages: list[IncidentEvent] = field(default_factory=list)
    texts: int = 0
    keys: int = 0
    key_days: float = 0.0
    days_by_key: dict[MonitoredKey, float] = field(default_factory=dict)
    """How many of the `key_days` are those of each followed key."""
    start: int = 0
    end: int = 0
    """The times of the first and the last text (ms)."""
    budget_status: BudgetStatus | None = None
    """What keeps the budgets at the end; None where a threshold stands in their place."""

    @property
    def days(self) -> float:
        """From the first text to the last."""
        return (self.end - self.start) / DAY_MS

    def raised(self) -> list[IncidentRaised]:
        """The raises and escalations."""
        return [m for m in self.messages if isinstance(m, IncidentRaised)]


def run_backtest(texts: Iterable[ScoredText], context: Context) -> BacktestResult:
    """Feed scored texts, sorted by `published_at`, to the detector; the watermark is the last text's time.

    `context` is taken along through the days: afterwards it knows what the stream would know.

    :raises ValueError: when a text is older than the one before it.
    """
    run = _Run(context)
    for text in texts:
        run.add(text)
    return run.finish()


class _Run:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._result = BacktestResult()
        self._records: dict[MonitoredKey, KeyRecord] = {}
        self._active: set[MonitoredKey] = set()
        self._watermark: int | None = None
        self._aggregate: DailyAggregate | None = None
        self._market: list[KeyEvent] = []

    def add(self, text: ScoredText) -> None:
        if self._watermark is not None and text.published_at < self._watermark:
            raise ValueError(f"text {text.event_id} is out of order: {text.published_at} ms after {self._watermark} ms")
        if self._watermark is None:
            self._result.start = text.published_at
        self._advance(text.published_at)
        self._result.texts += 1
        for key in followed_keys(text, self._context.watchlists):
            record = self._records.setdefault(key, KeyRecord(partition=0))
            self._close(key, text.published_at)
            if not was_applied(record, text):
                put_text(record, key, text)
                self._active.add(key)

    def finish(self) -> BacktestResult:
        if self._watermark is not None:
            self._close_all(self._watermark + MINUTE_MS)
            self._result.end = self._watermark
            for key, record in self._records.items():
                if record.state is not None:
                    self._result.days_by_key[key] = (self._watermark - record.state.first_at) / DAY_MS
            self._result.key_days = sum(self._result.days_by_key.values())
        self._result.keys = len(self._records)
        if self._context.fixed_threshold is None:
            self._result.budget_status = budget_status(self._context)
        market = MarketState()
        for event in sorted(self._market, key=event_order):
            self._result.messages += apply_event(market, event)
        self._result.messages.sort(key=lambda m: (m.time, m.id))
        return self._result

    def _advance(self, to: int) -> None:
        """Move the watermark; at the boundaries between all keys are brought up to date and share what they know."""
        after = start_of_day(to) if self._watermark is None else self._watermark
        for boundary in boundaries(after, to):
            self._close_all(boundary.time)
            if boundary.does == "aggregate":
                known = ((key, r.state) for key, r in self._records.items() if r.state is not None)
                self._aggregate = aggregate_day(0, boundary.day, known, self._context)
            else:
                self._context.learn(boundary.day, [self._aggregate] if self._aggregate is not None else [])
        self._watermark = to

    def _close_all(self, watermark: int) -> None:
        for key in sorted(self._active):
            self._close(key, watermark)

    def _close(self, key: MonitoredKey, watermark: int) -> None:
        record = self._records[key]
        messages = close_minutes(key, record, watermark, self._context)
        self._result.messages += messages
        keys = self._context.shared.keys.get(key.kind, 0)
        self._market += [event for one in messages if (event := market_event(one, keys)) is not None]
        if not record.is_active():
            self._active.discard(key)
