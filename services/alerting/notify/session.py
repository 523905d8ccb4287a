"""What the relay knows from one assignment of the partition of `alerts` to the next."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from services.alerting.incidents.read import read_records
from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alertmanager import alertmanager_urls
from services.alerting.notify.state import RelayState
from services.kafka.broker import broker_of
from services.kafka.group_consumer import GroupConsumer
from services.kafka.topics import ALERTS
from services.settings import Settings

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """Without an Alertmanager there is no `state`, and nothing waits for one."""

    incidents: IncidentStore
    state: RelayState | None
    next_offset: int = 0
    """Of the first message that is not read."""
    committed: int = 0
    committed_at: int = 0
    """When it was tried last (ms)."""

    def offset_to_commit(self) -> int:
        """Below it every message is delivered to an Alertmanager."""
        pending = None if self.state is None else self.state.first_pending()
        return self.next_offset if pending is None else min(pending, self.next_offset)


def start_session(settings: Settings, consumer: GroupConsumer) -> Session | None:
    """Begin from the records of `incidents`, where the group stands; None when the partition is another relay's.

    :raises BrokerUnavailable: when the broker does not answer.
    """
    start = consumer.start_over()
    if start is None:
        log.info("stands by: %s is not assigned to this relay now", ALERTS.name)
        return None
    incidents = IncidentStore(read_records(broker_of(settings), log.error))
    log.info("%d incidents are open", len(incidents.open))
    if not alertmanager_urls(settings.notification.alertmanagers):
        return Session(incidents, None)
    return Session(
        incidents,
        RelayState(
            incidents,
            first_start=start.first_ever,
            grafana=settings.notification.grafana,
            times=settings.display.times,
        ),
    )
