"""What both Faust workers share: settings of the app, confirmed sends, dead letters, and the crash-only rule."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Iterable, Iterator
from typing import Any

import faust

from services.clock import now_ms
from services.domain.dead_letter import dead_letter
from services.domain.errors import CRASHED, InvalidMessage
from services.domain.messages import Origin, Stage
from services.kafka.addresses import addresses
from services.kafka.codec import encode
from services.kafka.recovery import OrderedTableManager
from services.kafka.topics import Topic
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.settings import Settings

log = logging.getLogger(__name__)


class RawTable(faust.Table[bytes, bytes]):
    """A table of bytes; Faust would store keys and values as JSON, its changelog reader too.

    It keeps the deliveries of its changelog records: Faust commits the offset of a source record without waiting for
    what that record wrote to the changelog, and a crash in between would lose it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deliveries: list[Awaitable[Any]] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> Any:
        """Queue one record for the changelog topic; returns its delivery."""
        delivery = super().send_changelog(*args, **kwargs)
        self._deliveries.append(delivery)
        return delivery

    def take_deliveries(self) -> list[Awaitable[Any]]:
        """The deliveries of what was written since the last call; await them before the source is acknowledged."""
        taken, self._deliveries = self._deliveries, []
        return taken

    def _serializer_from_type(self, typ: Any) -> str:
        return "raw"


def make_app(app_id: str, settings: Settings) -> Any:
    """A Faust app without its web server: our own topics, quick sessions, batched sends."""
    return faust.App(
        app_id,
        broker=[f"kafka://{address}" for address in addresses(settings.broker)],
        datadir=str(settings.state_dir / app_id),
        store="rocksdb://" if settings.store == "rocksdb" else "memory://",
        Table=RawTable,
        TableManager=OrderedTableManager,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_replication_factor=settings.replication,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
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


def origin_of(event: Any) -> Origin:
    """Topic, partition and offset of a Faust event."""
    return Origin(topic=event.message.topic, partition=event.message.partition, offset=event.message.offset)


async def confirm(sends: Iterable[Awaitable[Awaitable[Any]]]) -> None:
    """Queue all sends, then wait until the broker has confirmed each; `send` alone only queues."""
    deliveries = [await send for send in sends]
    await asyncio.gather(*deliveries)


def dead_letter_send(
    dead: Any, stage: Stage, error: InvalidMessage, payload: bytes | None, origin: Origin
) -> Awaitable[Awaitable[Any]]:
    """The send of one unusable record to the dead-letter topic."""
    letter = dead_letter(stage, error.reason, error.detail, payload, now_ms(), origin)
    send: Awaitable[Awaitable[Any]] = dead.send(key=error.reason.encode(), value=encode(letter), force=True)
    return send


@contextlib.contextmanager
def crash_only(what: str) -> Iterator[None]:
    """Body of an agent: the unexpected is logged and ends the process, so that no offset is committed past it."""
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException:
        log.critical("%s met the unexpected; the process ends and is started again", what, exc_info=True)
        os._exit(CRASHED)


def run_worker(app: Any, settings: Settings, metrics: Metrics, what: str) -> None:
    """Serve metrics, wait for the broker, then run the app until SIGTERM or SIGINT; does not return.

    :raises PortTaken: when the metrics port is in use.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    log.info("%s: metrics on http://%s:%d/metrics", what, settings.metrics_host, port)
    wait_for_broker(settings.broker)
    faust.Worker(app, override_logging=False, quiet=True, loglevel=settings.log_level).execute_from_commandline()
