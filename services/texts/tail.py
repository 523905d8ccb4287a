"""Follows `opinions.scored`: hands on each text as it is scored, until it is interrupted or nobody reads it."""

from __future__ import annotations

from collections.abc import Callable

from services.domain.messages import PartitionIdle, ScoredText, WatermarkUpdate
from services.files.output import reader_is_gone
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.follow_topic import follow_topic
from services.kafka.topic_reader import open_topics
from services.kafka.topics import SCORED


def tail(broker: Broker, on_text: Callable[[ScoredText], None], say: Callable[[str], None], output: int) -> None:
    """Hand on what is scored from now on; `say` hears of a broker that is gone or back, and of records that cannot be
    used. Returns when the reader of the file descriptor `output` is gone.

    :raises BrokerUnavailable: when the broker does not answer at the start, or the topic is missing.
    """
    with open_topics(broker, [SCORED], Codec(ScoredText, WatermarkUpdate, PartitionIdle), say, at_end=True) as topic:
        for message in follow_topic(topic, broker, say, lambda: not reader_is_gone(output)):
            if isinstance(message, ScoredText):
                on_text(message)
