"""What must come of a stream, computed offline, and what came of it, read from the topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.backtest.run import BacktestResult, run_backtest
from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.domain.errors import InvalidMessage
from services.domain.incident import reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.messages import (
    DeadLetter,
    DeadLetterRetried,
    IncidentCleared,
    IncidentRaised,
    IncidentRecord,
    KeyedText,
    PartitionIdle,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.inference.classifier import Classifier
from services.kafka.codec import Codec
from services.kafka.topics import ALERTS, BY_KEY, DEAD, INCIDENTS, SCORED, Topic
from tests.harness.support import consume
from tests.harness.tiny_bundle import tiny_bundle

READ_SECONDS = 120.0
_CODEC = Codec(
    ScoredText, WatermarkUpdate, PartitionIdle, KeyedText, DailyAggregate, IncidentRaised, IncidentCleared,
    DeadLetter, DeadLetterRetried,
)  # fmt: skip


def backtest(texts: Iterable[RawText]) -> BacktestResult:
    """What the detector finds in texts, which may come in any order."""
    ordered = sorted(texts, key=lambda text: (text.published_at, text.event_id))
    with TemporaryDirectory() as folder:
        classifier = Classifier(tiny_bundle(Path(folder)), threads=1)
    return run_backtest(score_texts(ordered, classifier, default_linker(), 4096, lambda n: None), Context())


@dataclass(frozen=True, slots=True)
class Found:
    """What the topics hold."""

    scored: set[str]
    """The ids of the texts on `opinions.scored`."""
    keyed: set[str]
    """Those on `opinions.by_key`."""
    copies: int
    """Records beyond one a raw record on `opinions.scored`, and beyond one an event on `alerts`."""
    alerts: list[Any]
    """As a person reads them, copies folded."""
    dead: Counter[str]
    """Dead letters by their reason, one a record."""

    def lost(self, sent: Iterable[str]) -> int:
        """How many of these texts got stuck before the detector."""
        return len(set(sent) - (self.scored & self.keyed))


def read_topics_of_stream(broker: str) -> Found:
    """Read all that scoring and monitoring have made."""
    scored = [message for message in _messages(broker, SCORED) if isinstance(message, ScoredText)]
    events = _messages(broker, ALERTS)
    letters = {
        (letter.origin, letter.payload): letter.reason
        for letter in _messages(broker, DEAD)
        if isinstance(letter, DeadLetter)
    }
    return Found(
        scored={text.event_id for text in scored},
        keyed={message.text.event_id for message in _messages(broker, BY_KEY) if isinstance(message, KeyedText)},
        copies=_beyond_one(text.origin for text in scored) + _beyond_one(map(_identity, events)),
        alerts=_folded(events),
        dead=Counter(letters.values()),
    )


def alerts_of(result: BacktestResult) -> list[Any]:
    """Those of a backtest, as a person reads them."""
    return _folded(result.messages)


def alerts_on(broker: str) -> list[Any]:
    """Those on the topic, copies folded."""
    return _folded(_messages(broker, ALERTS))


def incidents_of(result: BacktestResult) -> list[Any]:
    """Those of a backtest with what their ends say of them, as the relay keeps them."""
    return [incident_json(record) for record in reduce_incidents(result.messages)]


def incidents_on(broker: str) -> list[Any]:
    """Those that the relay keeps on `incidents`, in the order in which alerts stand."""
    latest = {record.key: record.value for record in consume(broker, INCIDENTS.name, 0, READ_SECONDS)}
    records = [Codec(IncidentRecord).decode(value) for value in latest.values() if value is not None]
    return [incident_json(record) for record in sorted(records, key=lambda record: (record.first_at, record.raised.id))]


def _folded(events: Iterable[object]) -> list[Any]:
    raised = [event for event in events if isinstance(event, IncidentRaised)]
    return [incident_json(record) for record in reduce_incidents(raised)]


def _identity(event: IncidentRaised | IncidentCleared) -> tuple[str, int]:
    return event.id, event.revision if isinstance(event, IncidentRaised) else -1


def _beyond_one(names: Iterable[object]) -> int:
    counts = Counter(names)
    return counts.total() - len(counts)


def _messages(broker: str, topic: Topic) -> Sequence[Any]:
    """Those that can be read; rows put others on the topics."""
    found = []
    for record in consume(broker, topic.name, 0, READ_SECONDS):
        try:
            found.append(_CODEC.decode(record.value))
        except InvalidMessage:
            continue
    return found
