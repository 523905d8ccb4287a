"""The agent over `monitor.market`: openings and clearings of all partitions in, market-wide incidents out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.clock import now_ms
from services.detector.incident_events import IncidentEvent
from services.detector.market.messages import KeyClosed, KeyEvent, KeyOpened, PartitionPassed, market_event
from services.detector.market.receive import receive
from services.detector.market.state import MarketState
from services.detector.params import BIN_MS
from services.domain.errors import InvalidMessage
from services.kafka.app import raw_topic, record_of
from services.kafka.border import Border
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.partition_counts import PartitionCounts
from services.kafka.read_record import ReadRecord
from services.kafka.session_lease import SessionLease
from services.kafka.topics import ALERTS, BY_KEY, MARKET, MARKET_TABLE
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.origins import OriginChecks
from services.settings import Settings

STATE_KEY = b"market"
market_codec = Codec(KeyOpened, KeyClosed, PartitionPassed)
_decoder = msgspec.msgpack.Decoder(MarketState)


class MarketAgent:
    """Reads the one partition of `monitor.market`; each record is acknowledged once its state is in the changelog."""

    def __init__(
        self,
        app: Any,
        options: dict[str, Any],
        settings: Settings,
        dead_letters: DeadLetters,
        metrics: MonitoringMetrics,
        lease: SessionLease,
        counts: PartitionCounts,
    ) -> None:
        self._border = Border("market", market_codec, settings, OriginChecks(counts).market)
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._lease = lease
        self._partitions = counts.of(BY_KEY)
        """Of `opinions.by_key`."""
        self._is_mine = False
        """Whether the state is written with an epoch of our own; not after a rebalance."""
        self._topic = raw_topic(app, MARKET)
        self._alerts = raw_topic(app, ALERTS)
        self._passed: dict[int, int] = {}
        """The last five minutes that were sent of each partition."""
        self._table = app.Table(
            MARKET_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=MARKET.partitions,
            options=options,
            help="state of the market-wide rule",
        )
        app.agent(self._topic, concurrency=1, name="market")(self._read)
        app.on_partitions_revoked.connect(self._forget)

    async def send_events(self, events: Sequence[IncidentEvent], keys: int) -> None:
        """Send the rule what happened to a key; `keys` are followed of its kind."""
        messages = [message for event in events if (message := market_event(event, keys)) is not None]
        await confirm(self._topic.send(key=m.key.encode(), value=encode(m), partition=0, force=True) for m in messages)

    async def send_passed(self, partition: int, time: int) -> None:
        """Send, once in five minutes of event time, that all before `time` (ms) was sent. The next one makes up for
        one that is lost, so its delivery is not awaited.
        """
        if time // BIN_MS > self._passed.get(partition, 0):
            self._passed[partition] = time // BIN_MS
            value = encode(PartitionPassed(partition=partition, time=time))
            await self._topic.send(key=b"", value=value, partition=0, force=True)

    async def _read(self, stream: Any) -> None:
        with crash_only("the market-wide rule"):
            manual = stream.noack()
            async for event in manual.events():
                record = record_of(event)
                message = self._border.read(record, now_ms())
                if isinstance(message, InvalidMessage):
                    await confirm([self._dead_letters.send(message, event)])
                    self._border.buried(message, record)
                else:
                    await self._apply(message, record)
                await manual.ack(event)

    async def _apply(self, message: KeyEvent | PartitionPassed, record: ReadRecord) -> None:
        self._lease.check()
        if not self._is_mine:
            self._is_mine = True
            self._table.take_over(0)
        packed = self._table.get(STATE_KEY)
        state = MarketState() if packed is None else _decoder.decode(packed)
        with self._border.in_hand([record]):
            events = receive(state, message, self._partitions)
            records = [(event.id.encode(), encode(event)) for event in events]
            after = msgspec.msgpack.encode(state)
        self._border.finished([record])
        await confirm(self._alerts.send(key=key, value=value, force=True) for key, value in records)
        for event in events:
            self._metrics.sent(event)
        self._table[STATE_KEY] = after
        for delivery in self._table.take_deliveries():
            await delivery

    async def _forget(self, *_: Any, **__: Any) -> None:
        """After a rebalance the partition may have been another worker's."""
        self._is_mine = False
