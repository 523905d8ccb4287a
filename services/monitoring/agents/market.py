"""The Faust wiring of the market-wide rule: openings and clearings of all partitions in, market-wide alerts out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from services.clock import now_ms
from services.detector.market import KeyClosed, KeyOpened, MarketState, PartitionPassed, market_event, take
from services.detector.params import BIN_MS
from services.domain.messages import IncidentCleared, IncidentRaised
from services.kafka.app import raw_topic
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.topics import ALERTS, BY_KEY, MARKET, MARKET_TABLE

STATE_KEY = b"market"
market_codec = Codec(KeyOpened, KeyClosed, PartitionPassed)
_decoder = msgspec.msgpack.Decoder(MarketState)


class MarketAgent:
    """Reads the one partition of `monitor.market`; each record is acknowledged once its state is in the changelog."""

    def __init__(
        self, app: Any, options: dict[str, Any], sent: Callable[[IncidentRaised | IncidentCleared], None]
    ) -> None:
        self._topic = raw_topic(app, MARKET)
        self._alerts = raw_topic(app, ALERTS)
        self._sent = sent
        self._told: dict[int, int] = {}
        self._table = app.Table(
            MARKET_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=MARKET.partitions,
            options=options,
            help="state of the market-wide rule",
        )
        app.agent(self._topic, concurrency=1, name="market")(self._read)

    async def tell(self, alerts: list[IncidentRaised | IncidentCleared], keys: int) -> None:
        """Tell the rule of alerts that were sent; `keys` are followed of their kind."""
        events = [event for alert in alerts if (event := market_event(alert, keys)) is not None]
        await confirm(self._topic.send(key=e.key.encode(), value=encode(e), partition=0, force=True) for e in events)

    async def passed(self, partition: int, time: int) -> None:
        """Tell it, once in five minutes of event time, that all before `time` (ms) was told. The next one makes up for
        one that is lost, so its delivery is not awaited.
        """
        if time // BIN_MS > self._told.get(partition, 0):
            self._told[partition] = time // BIN_MS
            value = encode(PartitionPassed(partition=partition, time=time))
            await self._topic.send(key=b"", value=value, partition=0, force=True)

    async def _read(self, stream: Any) -> None:
        with crash_only("the market-wide rule"):
            manual = stream.noack()
            async for event in manual.events():
                message = market_codec.decode(event.value, now_ms())
                packed = self._table.get(STATE_KEY)
                state = MarketState() if packed is None else _decoder.decode(packed)
                alerts = take(state, message, BY_KEY.partitions)
                await confirm(self._alerts.send(key=a.id.encode(), value=encode(a), force=True) for a in alerts)
                for alert in alerts:
                    self._sent(alert)
                self._table[STATE_KEY] = msgspec.msgpack.encode(state)
                for delivery in self._table.take_deliveries():
                    await delivery
                await manual.ack(event)
