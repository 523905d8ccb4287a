"""What the stream's parts raise equals what the backtest raises: partitions, portions, redelivery, crashes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from services.backtest.run import run_backtest
from services.common.messages import Mention, Origin, Progress, ScoredText, SpikeCleared, SpikeRaised
from services.monitoring.detector.params import MINUTE_MS, Params
from services.monitoring.keeper import Keeper
from services.monitoring.router import Router
from services.monitoring.watermark import Watermark
from tests.unit.monitoring.streams import DAY, HOUR, MINUTE, START, in_order, quiet, scored, wave

PARAMS = Params()
ORIGINS = ["comments.raw/0", "comments.raw/1"]


def _spread(texts: Sequence[ScoredText]) -> list[list[ScoredText]]:
    """The texts over two raw partitions, with offsets of their own."""
    parts: list[list[ScoredText]] = [[], []]
    for number, text in enumerate(texts):
        partition = number % 2
        origin = Origin(topic="comments.raw", partition=partition, offset=len(parts[partition]))
        parts[partition].append(_with_origin(text, origin))
    return parts


def _with_origin(text: ScoredText, origin: Origin) -> ScoredText:
    import msgspec

    return msgspec.structs.replace(text, origin=origin)


def _stream(parts: list[list[ScoredText]], seed: int, redeliver: bool) -> list[SpikeRaised | SpikeCleared]:
    """Run router and keeper with portions of random size; now and then the worker starts again from its table."""
    source = random.Random(seed)
    table: dict[bytes, bytes] = {}
    router, messages, at = Router(), [], [0, 0]
    end = max(part[-1].published_at for part in parts) + MINUTE_MS

    def keeper() -> Keeper:
        return Keeper(0, table, Watermark(ORIGINS, 10.0, 0.0), PARAMS, HOUR)

    mine = keeper()
    while any(at[i] < len(parts[i]) for i in (0, 1)):
        which = source.choice([i for i in (0, 1) if at[i] < len(parts[i])])
        size = source.randrange(1, 60)
        batch: list[ScoredText | Progress] = list(parts[which][at[which] : at[which] + size])
        at[which] += size
        times = source.choice([1, 2]) if redeliver else 1
        if redeliver and source.random() < 0.1:
            mine, router = keeper(), Router()
        for _ in range(times):
            messages += _through(router, mine, batch)
    for partition in (0, 1):
        origin = Origin(topic="comments.raw", partition=partition, offset=10**6)
        messages += _through(router, mine, [Progress(origin=origin, time=end)])
    return sorted(messages, key=lambda m: (m.time, m.id))


def _through(router: Router, keeper: Keeper, batch: list[ScoredText | Progress]) -> list[SpikeRaised | SpikeCleared]:
    routed = router.route(batch)
    for mention in routed.mentions:
        assert isinstance(mention, Mention)
        assert keeper.mention(mention)
    messages = []
    for progress in routed.progress:
        for key, record, alerts in keeper.progress(progress, wall=0.0):
            messages += alerts
            keeper.keep(key, record)
    return messages


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("redeliver", [False, True])
def test_partitions_portions_and_redelivery_change_nothing(seed: int, redeliver: bool) -> None:
    texts = in_order(
        quiet(14, seed=seed),
        quiet(14, company="OTHER", seed=seed + 50, first=50_000),
        wave(14, START + 9 * DAY + seed * HOUR),
    )
    expected = run_backtest(texts, PARAMS).messages
    got = _stream(_spread(texts), seed, redeliver)
    assert [m for m in got if m.time <= texts[-1].published_at] == [
        m for m in expected if m.time <= texts[-1].published_at
    ]
    assert expected != []


def test_a_text_later_than_the_lateness_is_left_out_and_said() -> None:
    keeper = Keeper(0, {}, Watermark(ORIGINS[:1], 10.0, 0.0), PARAMS, HOUR)
    origin = Origin(topic="comments.raw", partition=0, offset=5)
    keeper.progress(Progress(origin=origin, time=START + 3 * HOUR), wall=0.0)
    assert not keeper.mention(Mention(key="company:ACME", text=scored(6, START + 2 * HOUR - MINUTE)))
    assert keeper.mention(Mention(key="company:ACME", text=scored(7, START + 2 * HOUR + MINUTE)))


def test_the_smallest_partition_counts_and_a_silent_one_is_left_out() -> None:
    watermark = Watermark(ORIGINS, idle_seconds=10.0, wall=0.0)
    watermark.observe(ORIGINS[0], 5_000, wall=1.0)
    assert watermark.value(wall=2.0) is None
    watermark.observe(ORIGINS[1], 3_000, wall=2.0)
    assert watermark.value(wall=2.0) == 3_000
    watermark.observe(ORIGINS[0], 9_000, wall=11.5)
    assert watermark.value(wall=11.9) == 3_000
    assert watermark.value(wall=12.1) == 9_000
    watermark.observe(ORIGINS[1], 4_000, wall=13.0)
    assert watermark.value(wall=13.0) == 9_000
