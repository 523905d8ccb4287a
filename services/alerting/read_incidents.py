"""What the topics tell of all incidents."""

from __future__ import annotations

from collections.abc import Callable

from services.alerting.history import History
from services.alerting.read_topic import open_topic
from services.common.codec import Codec
from services.common.messages import IncidentRecord, SpikeCleared, SpikeRaised
from services.common.topics import ALERTS, INCIDENTS


def read_incidents(broker: str, left_out: Callable[[str], None]) -> History:
    """All of `incidents`, which the relay keeps for ever, then all of `alerts`: right with a relay or without one.

    :raises BrokerUnavailable: when the broker does not answer, or a topic is missing.
    """
    history = History()
    with open_topic(broker, INCIDENTS, Codec(IncidentRecord), left_out) as topic:
        for record in topic.read_to_end():
            history.keep(record)
    with open_topic(broker, ALERTS, Codec(SpikeRaised, SpikeCleared), left_out) as topic:
        for message in topic.read_to_end():
            history.take(message)
    return history
