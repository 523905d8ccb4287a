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
from services.kafka.app import raw_topic
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.session_lease import SessionLease
from services.kafka.topics import ALERTS, MARKET, MARKET_TABLE
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics

STATE_KEY = b"market"
market_codec = Codec(KeyOpened, KeyClosed, PartitionPassed)
_decoder = msgspec.msgpack.Decoder(MarketState)


class MarketAgent:
    """Reads the one partition of `monitor.market`; each record is acknowledged once its state is in the changelog."""

    def __init__(
        self,
        app: Any,
        options: dict[str, Any],
        dead_letters: DeadLetters,
        metrics: MonitoringMetrics,
        lease: SessionLease,
        partitions: int,
    ) -> None:
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._lease = lease
        self._partitions = partitions
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
                try:
                    message = market_codec.decode(event.value, now_ms())
                except InvalidMessage as error:
                    await confirm([self._dead_letters.send(error, event)])
                else:
                    await self._apply(message)
                await manual.ack(event)

    async def _apply(self, message: KeyEvent | PartitionPassed) -> None:
        self._lease.check()
        if not self._is_mine:
            self._is_mine = True
            self._table.take_over(0)
        packed = self._table.get(STATE_KEY)
        state = MarketState() if packed is None else _decoder.decode(packed)
        events = receive(state, message, self._partitions)
        await confirm(self._alerts.send(key=e.id.encode(), value=encode(e), force=True) for e in events)
        for event in events:
            self._metrics.sent(event)
        self._table[STATE_KEY] = msgspec.msgpack.encode(state)
        for delivery in self._table.take_deliveries():
            await delivery

    async def _forget(self, *_: Any, **__: Any) -> None:
        """After a rebalance the partition may have been another worker's."""
        self._is_mine = False
