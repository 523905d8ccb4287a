"""A Faust app of ours, the raw topics that it reads and writes, and where an event of it was read."""

from __future__ import annotations

from typing import Any

import faust

from services.domain.messages import Origin
from services.kafka.assignor import ListedAssignor
from services.kafka.broker import Broker, broker_of
from services.kafka.raw_table import RawTable
from services.kafka.read_record import ReadRecord
from services.kafka.recovery import OrderedTableManager
from services.kafka.security import faust_options
from services.kafka.stream_consumer import StreamTransport
from services.kafka.topics import Topic, prefixed
from services.settings import Settings


class App(faust.App):
    """A Faust app that knows its broker as our other clients do."""

    def __init__(self, app_id: str, known_broker: Broker, **options: Any) -> None:
        super().__init__(app_id, **faust_options(known_broker), **options)
        self.known_broker = known_broker

    def _new_transport(self) -> StreamTransport:
        return StreamTransport(self.conf.broker_consumer, self)


def make_app(app_id: str, settings: Settings) -> Any:
    """A Faust app without its web server: our own topics, quick sessions, batched sends. `app_id` is prefixed.

    :raises InvalidInput: when the broker's settings are wrong.
    """
    return App(
        prefixed(app_id),
        broker_of(settings),
        datadir=str(settings.state.folder / prefixed(app_id)),
        store="rocksdb://" if settings.state.store == "rocksdb" else "memory://",
        Table=RawTable,
        TableManager=OrderedTableManager,
        PartitionAssignor=ListedAssignor,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_replication_factor=settings.broker.replication,
        broker_session_timeout=settings.broker.session_timeout_seconds,
        broker_heartbeat_interval=settings.broker.session_timeout_seconds / 4,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        producer_linger=0.005,
        producer_max_request_size=1_100_000,
        stream_wait_empty=False,
    )


def raw_topic(app: Any, *topics: Topic) -> Any:
    """A Faust topic of raw bytes over one or more of our topics."""
    return app.topic(
        *(topic.name for topic in topics),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        partitions=topics[0].partitions,
        allow_empty=True,
    )


def record_of(event: Any) -> ReadRecord:
    """A Faust event as a record."""
    return ReadRecord(origin_of(event), event.value)


def origin_of(event: Any) -> Origin:
    """Topic, partition and offset of a Faust event."""
    return Origin(topic=event.message.topic, partition=event.message.partition, offset=event.message.offset)
