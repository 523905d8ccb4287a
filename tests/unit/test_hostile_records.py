"""Whatever is written onto a topic is refused with a reason or can be processed, and what comes of it can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.annotations import annotations_of
from services.alerting.notify.consume_loop import alerts_codec
from services.alerting.notify.labels import labels_of
from services.alerting.notify.state import RelayState
from services.alerting.terminal.list import listing
from services.companies import default_linker
from services.detector.context import Context
from services.detector.market.receive import receive
from services.detector.market.state import MarketState
from services.detector.shared import DailyAggregate
from services.domain.errors import DEAD_REASONS, InvalidMessage
from services.domain.messages import (
    BudgetStatus,
    DeadLetter,
    Heartbeat,
    IncidentRecord,
    KeyedText,
    PartitionIdle,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.inference.classifier import Classifier
from services.kafka.codec import Codec, encode
from services.kafka.partition_counts import PartitionCounts
from services.monitoring.agents.detector import by_key_codec
from services.monitoring.agents.market import market_codec
from services.monitoring.agents.router import scored_codec
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.origins import OriginChecks
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.routing import Router
from services.monitoring.steps import KeyUpdate
from services.monitoring.watermark import Watermark
from services.observability.metrics import Metrics
from services.scoring.score_batch import Effort, score_batch
from services.scoring.score_text import pass_on
from services.scoring.worker import raw_codec
from services.watchlists.model import Watchlists
from tests.factories import DAY, HOUR, START, TIME, keyed_text, watermark_update
from tests.harness.hostile_records import AGGREGATE, MESSAGES, origin, records
from tests.harness.terminal import printed
from tests.harness.tiny_bundle import tiny_bundle

NOW = TIME + DAY
"""The present, as far as these records go."""
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
CHECKS = OriginChecks(PartitionCounts.of_table())
others_codec = Codec(IncidentRecord, DeadLetter, BudgetStatus)


def read(codec: Codec, data: bytes, now: int, check: Callable[[Any], None] = lambda _: None) -> Any:
    """The message, or None for one that is refused; nothing else may come of it."""
    try:
        message = codec.decode(data, now)
        check(message)
    except InvalidMessage as error:
        assert error.reason in DEAD_REASONS  # noqa: PT017
        return None
    return message


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(tiny_bundle(tmp_path_factory.mktemp("models")), threads=1)


@pytest.mark.parametrize(
    ("topic", "codec"),
    [
        ("raw", raw_codec),
        ("scored", scored_codec),
        ("by_key", by_key_codec),
        ("market", market_codec),
        ("alerts", alerts_codec),
        ("others", others_codec),
    ],
)
def test_messages_that_are_right_come_in(topic: str, codec: Codec) -> None:
    for message in MESSAGES[topic]:
        assert codec.decode(encode(message), NOW) == message


@EXAMPLES
@given(data=records("raw"))
def test_scoring(classifier: Classifier, data: bytes) -> None:
    message = read(raw_codec, data, NOW)
    made: list[Any] = [pass_on(message, origin(7), NOW)] if isinstance(message, Heartbeat) else []
    if isinstance(message, RawText):
        made = score_batch(
            [message], [origin(7)], classifier, default_linker(), 512, lambda _: NOW, effort=Effort(explain=True)
        )
    for one in made:
        again = scored_codec.decode(encode(one), NOW)
        assert again == one
        CHECKS.scored(again)


@EXAMPLES
@given(data=records("scored"))
def test_the_router(data: bytes) -> None:
    message = read(scored_codec, data, NOW, CHECKS.scored)
    if message is None:
        return
    routed = Router().route([message], Watchlists())
    assert len(routed.texts) <= 125
    for one in (*routed.texts, *routed.watermarks, *routed.idle):
        again = by_key_codec.decode(encode(one), NOW)
        assert again == one
        CHECKS.by_key(again)
    if isinstance(message, ScoredText):
        metrics = MonitoringMetrics(Metrics(CollectorRegistry()), companies=2)
        metrics.routed(message)
        metrics.show_trends()


@EXAMPLES
@given(found=st.lists(records("by_key"), min_size=1, max_size=3))
def test_the_detector(found: list[bytes]) -> None:
    now = START + 2 * DAY
    table: dict[bytes, bytes] = {}
    processor = _begun(table)
    metrics = MonitoringMetrics(Metrics(CollectorRegistry()), companies=2)
    for data in found:
        message = read(by_key_codec, data, now, CHECKS.by_key)
        if isinstance(message, KeyedText):
            metrics.put(message, in_time=processor.put(message))
        elif isinstance(message, DailyAggregate):
            processor.receive(message)
            _run(processor, processor.resume())
        elif isinstance(message, WatermarkUpdate | PartitionIdle):
            _run(processor, processor.advance(message))
    _run(processor, processor.advance(watermark_update(now)))
    metrics.show_companies()
    metrics.show_budget(processor.context)
    _begun(table)


def _begun(table: dict[bytes, bytes]) -> PartitionProcessor:
    """A partition that has begun, and has learned a day."""
    watermark = Watermark(["comments.raw/0"])
    processor = PartitionProcessor(0, 1, table, watermark, Context(), HOUR)
    processor.put(keyed_text(1, START))
    _run(processor, processor.advance(watermark_update(START + HOUR)))
    return processor


def _run(processor: PartitionProcessor, steps: Any) -> None:
    for step in steps:
        if isinstance(step, KeyUpdate):
            for event in step.events:
                assert alerts_codec.decode(encode(event), NOW) == event
            processor.store(step)
        else:
            assert by_key_codec.decode(encode(step), NOW) == step
            processor.receive(step)


@EXAMPLES
@given(found=st.lists(records("market"), min_size=1, max_size=8))
def test_the_market_wide_rule(found: list[bytes]) -> None:
    state = MarketState()
    for data in found:
        message = read(market_codec, data, NOW, CHECKS.market)
        if message is not None:
            for event in receive(state, message, 1):
                assert alerts_codec.decode(encode(event), NOW) == event
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=MarketState)


@EXAMPLES
@given(found=st.lists(records("alerts"), min_size=1, max_size=4))
def test_the_relay(found: list[bytes]) -> None:
    incidents = IncidentStore()
    state = RelayState(incidents, first_start=False, grafana="http://grafana.example")
    state.caught_up(NOW)
    state.adopt([], NOW)
    for offset, data in enumerate(found):
        message = read(alerts_codec, data, NOW)
        change = None if message is None else incidents.apply(message, offset, NOW)
        if change is not None:
            assert others_codec.decode(encode(change.record), NOW) == change.record
            state.apply(change, NOW)
            assert annotations_of(change.record, "http://grafana.example")
            assert labels_of(change.record)
    for seconds in (0, 5, 120, 3_600):
        state.tick(NOW + 1_000 * seconds)
        state.alerts.due("http://am.example", NOW + 1_000 * seconds)
    printed(listing(list(incidents.open.values()), 0), 200)


@EXAMPLES
@given(data=records("others"))
def test_what_commands_read(data: bytes) -> None:
    read(others_codec, data, NOW)


def test_an_aggregate_that_is_right_is_learned() -> None:
    processor = _begun({})
    processor.receive(by_key_codec.decode(encode(AGGREGATE), NOW))
    _run(processor, processor.advance(watermark_update(START + 2 * DAY)))
    assert processor.context.shared.keys == {"company": 3}
