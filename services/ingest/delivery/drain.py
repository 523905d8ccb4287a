"""Sends what waits on disk, oldest first."""

from __future__ import annotations

from functools import partial

from services.domain.errors import BrokerUnavailable, GroundswellError
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.spool import Spool
from services.kafka.connection import BrokerConnection
from services.kafka.errors import RecordRefused

DRAIN_GROUP = 500
FLUSH_SECONDS = 4.0


def drain_group(spool: Spool, connection: BrokerConnection, callbacks: DeliveryCallbacks) -> None:
    """Send the oldest records of the spool, `DRAIN_GROUP` at most, and forget those up to the first that failed.

    :raises BrokerUnavailable: when one failed.
    """
    records = spool.peek(DRAIN_GROUP)
    if not records:
        return
    silence = BrokerUnavailable(connection.broker, f"no answer within {FLUSH_SECONDS:.0f} s")
    answers: dict[int, GroundswellError | None] = {}
    for index, record in enumerate(records):
        connection.send(record, partial(answers.__setitem__, index))
    connection.flush(FLUSH_SECONDS)
    done = 0
    for index, record in enumerate(records):
        answer = answers.get(index, silence)
        if isinstance(answer, RecordRefused):
            letter = callbacks.refused(record, answer)
            if letter is not None:
                spool.append([letter])
        elif answer is not None:
            break
        else:
            callbacks.delivered(record)
        done += 1
    spool.advance(done)
    callbacks.spooled(len(spool))
    if done < len(records):
        failure = answers.get(done, silence)
        raise failure if isinstance(failure, BrokerUnavailable) else silence
