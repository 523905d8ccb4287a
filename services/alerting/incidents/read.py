"""What the topics hold of all incidents."""

from __future__ import annotations

from collections.abc import Callable

from services.alerting.incidents.history import History
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topic_reader import open_topics
from services.kafka.topics import ALERTS, INCIDENTS


def read_records(broker: Broker, left_out: Callable[[str], None]) -> list[IncidentRecord]:
    """All records of `incidents`, the latest of an incident last; `left_out` hears of those that cannot be used.

    :raises BrokerUnavailable: when the broker does not answer, or the topic is missing.
    """
    with open_topics(broker, [INCIDENTS], Codec(IncidentRecord), left_out) as topic:
        return list(topic.read_to_end())


def read_history(broker: Broker, left_out: Callable[[str], None]) -> History:
    """All of `incidents`, which Kafka never deletes, then all of `alerts`: right with a relay or without one.

    :raises BrokerUnavailable: when the broker does not answer, or a topic is missing.
    """
    history = History()
    for record in read_records(broker, left_out):
        history.load(record)
    with open_topics(broker, [ALERTS], Codec(IncidentRaised, IncidentCleared), left_out) as topic:
        for message in topic.read_to_end():
            history.apply(message)
    return history
