"""All that the topics know of one text: as it came, scored, the keys that it counted for, dead letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.domain.messages import (
    DeadLetter,
    DeadLetterRetried,
    Heartbeat,
    KeyedText,
    PartitionIdle,
    RawText,
    ScoredText,
)
from services.domain.messages import WatermarkUpdate as Watermark
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topic_reader import Placed, open_topics
from services.kafka.topics import BY_KEY, COMMENTS_RAW, DEAD, NEWS_RAW, SCORED
from services.texts.dead.letters import Buried, fold

TOPICS = (NEWS_RAW, COMMENTS_RAW, SCORED, BY_KEY)


@dataclass(slots=True)
class Known:
    """What was found, each list in the order in which it was read; a text that came twice is there twice."""

    raw: list[Placed] = field(default_factory=list)
    scored: list[Placed] = field(default_factory=list)
    keyed: list[Placed] = field(default_factory=list)
    dead: list[Buried] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.raw or self.scored or self.keyed or self.dead)

    def add(self, placed: Placed) -> None:
        """Take in a message about the text."""
        match placed.message:
            case RawText():
                self.raw.append(placed)
            case ScoredText():
                self.scored.append(placed)
            case KeyedText():
                self.keyed.append(placed)


class Sieve(Codec):
    """Decodes only records in which the id stands: a topic holds millions of others."""

    def __init__(self, event_id: str) -> None:
        super().__init__(RawText, Heartbeat, ScoredText, KeyedText, PartitionIdle, Watermark)
        self._id = event_id
        self._written = msgspec.json.encode(event_id)

    def decode(self, data: bytes | None, now: int | None = None) -> Any:
        """The message about the text; None for one about another.

        :raises InvalidMessage: as `Codec.decode` does.
        """
        if data is None or self._written not in data:
            return None
        message = super().decode(data, now)
        return message if self._id == _event_id(message) else None


def find_text(broker: Broker, event_id: str, left_out: Callable[[str], None]) -> Known:
    """What the topics hold of a text; `left_out` hears of records that cannot be used.

    :raises BrokerUnavailable: when the broker does not answer, or a topic is missing.
    """
    known = Known()
    with open_topics(broker, TOPICS, Sieve(event_id), left_out) as topics:
        for placed in topics.read_placed_to_end():
            known.add(placed)
    places = {placed.origin for placed in (*known.raw, *known.scored, *known.keyed)}
    with open_topics(broker, [DEAD], Codec(DeadLetter, DeadLetterRetried), left_out) as topic:
        for buried in fold(topic.read_placed_to_end()).values():
            if buried.letter.origin in places or msgspec.json.encode(event_id) in buried.letter.payload:
                known.dead.append(buried)
    return known


def _event_id(message: Any) -> str | None:
    text = message.text if isinstance(message, KeyedText) else message
    return getattr(text, "event_id", None)
