"""What the stream's parts raise equals what the backtest raises: partitions, portions, redelivery, crashes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.shared import SharedStatistics
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentRaised, Origin, ScoredText, WatermarkUpdate
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.watermark import Watermark
from services.watchlists.model import EVERYTHING, Label, Rule, Watchlist, Watchlists
from tests.factories import DAY, HOUR, MINUTE, START, daily_aggregate, keyed_text
from tests.harness.monitoring_cluster import ORIGINS, Cluster, end_of, spread
from tests.harness.streams import in_order, quiet, wave

pytestmark = pytest.mark.slow
SEEDS = pytest.mark.parametrize("seed", [1, 2])
COMPANIES = ["ACME", "BOLT", "CORE", "DUNE", "ECHO", "FLUX", "GALE", "HALO"]
DAYS = 26
WATCHLISTS = Watchlists(
    (
        EVERYTHING,
        Watchlist(
            name="two",
            label=Label("Two", "两家"),
            companies=frozenset({"BOLT", "CORE"}),
            topics=frozenset({"earnings"}),
            pairs=frozenset({MonitoredKey.of_pair("earnings", "ACME")}),
            alerts_per_day=0.05,
            volume_alerts_per_100_keys=20.0,
        ),
    ),
    (
        Rule(
            name="bad-earnings",
            label=Label("Bad earnings", "业绩不佳"),
            topics=frozenset({"earnings"}),
            companies=None,
            negative=0.8,
            sources=1,
            within_minutes=90,
            severity=2,
        ),
    ),
)


@cache
def _texts(seed: int) -> tuple[ScoredText, ...]:
    """Companies of very different volume, waves against each and then against most at once, some texts of a topic."""
    calm = [
        quiet(DAYS, per_day=2 + 3 * n, company=company, seed=seed * 100 + n, first=10_000 * n)
        for n, company in enumerate(COMPANIES)
    ]
    waves = [
        wave(
            12 + 3 * n, START + (6 + 2 * n) * DAY + (5 * n + seed) % 24 * HOUR, company=company, first=200_000 + 100 * n
        )
        for n, company in enumerate(COMPANIES)
    ]
    at_once = [
        wave(30, START + 23 * DAY + 14 * HOUR + 3 * n * MINUTE, company=company, first=400_000 + 100 * n)
        for n, company in enumerate(COMPANIES[:7])
    ]
    late = wave(20, START + (DAYS - 2) * DAY + 23 * HOUR + 20 * MINUTE, company="DUNE", first=300_000)
    return tuple(
        msgspec.structs.replace(text, topics={"earnings": 0.9}) if number % 5 == 0 else text
        for number, text in enumerate(in_order(*calm, *waves, *at_once, late))
    )


@cache
def _expected(seed: int) -> tuple[list[IncidentEvent], SharedStatistics]:
    context = Context(WATCHLISTS)
    messages = run_backtest(_texts(seed), context).messages
    return [m for m in messages if m.time <= _texts(seed)[-1].published_at], context.shared


def _stream(texts: Sequence[ScoredText], cluster: Cluster, seed: int, crashes: float) -> list[IncidentEvent]:
    """Portions of random size of either raw partition, some of them routed twice when there are crashes."""
    source = random.Random(seed)
    parts, at = spread(texts), [0, 0]
    while any(at[i] < len(parts[i]) for i in (0, 1)):
        which = source.choice([i for i in (0, 1) if at[i] < len(parts[i])])
        size = source.choice([1, 3, 20, 150])
        for _ in range(2 if source.random() < 5 * crashes else 1):
            cluster.route(parts[which][at[which] : at[which] + size])
        at[which] += size
        cluster.work(source.randrange(4 * size), crashes=crashes)
    cluster.route(end_of(texts))
    cluster.drain()
    return [m for m in cluster.messages() if m.time <= texts[-1].published_at]


@pytest.mark.parametrize("partitions", [pytest.param(1, marks=pytest.mark.slow), 2, 4])
@pytest.mark.parametrize("crashes", [0.0, 0.02], ids=["calm", "crashes"])
@SEEDS
def test_partitions_portions_redelivery_and_crashes_change_nothing(seed: int, crashes: float, partitions: int) -> None:
    expected, shared = _expected(seed)
    cluster = Cluster(partitions, WATCHLISTS, seed)
    assert _stream(_texts(seed), cluster, seed + partitions, crashes) == expected
    assert [worker.processor.context.shared == shared for worker in cluster.workers] == [True] * partitions


@SEEDS
def test_the_example_has_incidents_that_depend_on_what_keys_share(seed: int) -> None:
    expected, shared = _expected(seed)
    assert {m.channel for m in expected} == {"negative", "rule", "volume", "market"}
    raised = [m for m in expected if isinstance(m, IncidentRaised) and m.channel == "negative"]
    assert len({m.entity for m in raised}) >= 6
    assert len({m.threshold for m in raised}) >= 6
    assert shared.day == START // DAY + DAYS - 2


def test_a_worker_killed_while_it_waits_for_aggregates_goes_on_where_it_stood() -> None:
    expected, shared = _expected(1)
    texts = _texts(1)
    cluster = Cluster(2, WATCHLISTS, 1)
    killed = 0
    for part in zip(*(_portions(part) for part in spread(texts)), strict=True):
        for portion in part:
            cluster.route(portion)
        ahead, behind = cluster.workers
        while ahead.has_more():
            ahead.take_one()
        if ahead.processor.blocked:
            stood = ahead.processor.applied_watermark or 0
            killed += 1
            ahead.start(again=killed % 8)
            while ahead.has_more():
                ahead.take_one()
            assert ahead.processor.applied_watermark == stood
        while behind.has_more():
            behind.take_one()
    cluster.route(end_of(texts))
    cluster.drain()
    assert [m for m in cluster.messages() if m.time <= texts[-1].published_at] == expected
    assert all(worker.processor.context.shared == shared for worker in cluster.workers)
    assert killed >= 15


def _portions(texts: list[ScoredText]) -> list[list[ScoredText]]:
    """Twenty of one size."""
    size = -(-len(texts) // 20)
    return [texts[at : at + size] for at in range(0, len(texts), size)]


def test_a_text_later_than_the_lateness_is_left_out_and_said() -> None:
    one = PartitionProcessor(0, 1, {}, Watermark(ORIGINS[:1]), Context(), HOUR)
    origin = Origin(topic="comments.raw", partition=0, offset=5)
    list(one.advance(WatermarkUpdate(origin=origin, time=START + 3 * HOUR)))
    assert one.applied_watermark == START
    one.receive(daily_aggregate(day=START // DAY - 1))
    list(one.resume())
    assert one.applied_watermark == START + 3 * HOUR
    assert not one.put(keyed_text(6, START + 2 * HOUR - MINUTE))
    assert one.put(keyed_text(7, START + 2 * HOUR + MINUTE))
