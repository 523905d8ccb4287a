"""Follows `alerts`: hands on each step as it comes, until it is interrupted or nobody reads what it writes."""

from __future__ import annotations

from collections.abc import Callable

from services.alerting.incidents.history import History, Step
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.files.output import reader_is_gone
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.follow_topic import follow_topic
from services.kafka.topic_reader import open_topics
from services.kafka.topics import ALERTS

OnStep = Callable[[Step, IncidentRaised | IncidentCleared, IncidentRecord], None]


def follow(broker: Broker, since: int | None, on_step: OnStep, say: Callable[[str], None], output: int) -> None:
    """Read `alerts` from its start, so that copies and reopenings are known as such, and hand on what is new.

    `since` (ms of event time) hands on what is there already too. `say` hears of a broker that is gone or back, and of
    records that cannot be used. Returns when the reader of the file descriptor `output` is gone.

    :raises BrokerUnavailable: when the broker does not answer at the start, or the topic is missing.
    """
    history = History()

    def take(message: IncidentRaised | IncidentCleared) -> None:
        step = history.apply(message)
        if step is not None and (since is None or message.time >= since):
            on_step(step, message, history.records[message.id])

    with open_topics(broker, [ALERTS], Codec(IncidentRaised, IncidentCleared), say) as topic:
        for message in topic.read_to_end():
            if since is None:
                history.apply(message)
            else:
                take(message)
        for message in follow_topic(topic, broker, say, lambda: not reader_is_gone(output)):
            take(message)
