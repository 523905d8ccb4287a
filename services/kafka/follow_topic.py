"""Messages of topics as they come, and a word when the broker is gone or back: silence alone does not say which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from services.kafka.broker import Broker
from services.kafka.topic_reader import TopicReader

READ_SECONDS = 1.0
ASK_SECONDS = 3.0
"""After so long a silence the broker is asked whether it is still there."""


def follow_topic(
    topic: TopicReader, broker: Broker, say: Callable[[str], None], goes_on: Callable[[], bool]
) -> Iterator[Any]:
    """What comes, as long as `goes_on` says so, which is asked about once a second."""
    heard, there = monotonic(), True
    while goes_on():
        messages = topic.read(READ_SECONDS)
        yield from messages
        if messages or monotonic() - heard >= ASK_SECONDS:
            answers = bool(messages) or topic.answers()
            if answers != there:
                say(f"Kafka broker {broker} " + ("answers again" if answers else "does not answer; trying again"))
            heard, there = monotonic(), answers
