"""What the topics tell of all incidents."""

from __future__ import annotations

from collections.abc import Callable

from services.alerting.incidents.history import History
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.kafka.codec import Codec
from services.kafka.topic_reader import open_topics
from services.kafka.topics import ALERTS, INCIDENTS


def read_incidents(broker: str, left_out: Callable[[str], None]) -> History:
    """All of `incidents`, which the relay keeps for ever, then all of `alerts`: right with a relay or without one.

    :raises BrokerUnavailable: when the broker does not answer, or a topic is missing.
    """
    history = History()
    with open_topics(broker, [INCIDENTS], Codec(IncidentRecord), left_out) as topic:
        for record in topic.read_to_end():
            history.keep(record)
    with open_topics(broker, [ALERTS], Codec(IncidentRaised, IncidentCleared), left_out) as topic:
        for message in topic.read_to_end():
            history.take(message)
    return history
