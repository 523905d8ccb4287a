"""What is known of the times of texts decides alike in the stream, in a backtest, and in a backtest of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.domain.event_time import format_iso
from services.domain.messages import IncidentRaised, RawText, ScoredText
from services.files.jsonl import GoodLine
from services.ingest.history import load_texts
from services.ingest.normalise import SourceDefaults
from services.watchlists.model import EVERYTHING, Watchlists
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, START
from tests.harness.monitoring_cluster import Cluster, end_of, spread
from tests.harness.pipeline_bench import PipelineBench, pipeline_bench
from tests.harness.sentences import sentence
from tests.harness.streams import as_raw, in_order, quiet

DEFAULTS = SourceDefaults("feed", "comment", b"key")
WATCHLISTS = Watchlists((EVERYTHING,))
COMPANY = "INTC"
THEN = START + 12 * DAY + 15 * HOUR


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PipelineBench]:
    with pipeline_bench(tmp_path) as bench:
        yield bench


def _record(number: int, date: object) -> dict[str, Any]:
    return {
        "id": f"new-{number}",
        "text": sentence(50_000 + number),
        "author": f"someone-{number}",
        "tickers": [COMPANY],
        "sentiment": NEGATIVE,
        "created_at": date,
    }


def _scored(raws: Sequence[RawText]) -> list[ScoredText]:
    calm = [as_raw(text) for text in quiet(14, company=COMPANY, first=1_000)]
    found = score_texts([*calm, *raws], None, default_linker(), 1_000, lambda _done: None)
    return in_order(found)


def _backtest(texts: Sequence[ScoredText]) -> list[IncidentEvent]:
    return [m for m in run_backtest(texts, Context(WATCHLISTS)).messages if m.time <= texts[-1].published_at]


def _stream(texts: Sequence[ScoredText]) -> list[IncidentEvent]:
    cluster = Cluster(1, WATCHLISTS, 1)
    for part in spread(texts):
        cluster.route(part)
    cluster.route(end_of(texts))
    cluster.drain()
    return [m for m in cluster.messages() if m.time <= texts[-1].published_at]


def _archived(raws: Sequence[RawText]) -> list[RawText]:
    records = [msgspec.to_builtins(raw) | {"id": raw.event_id} for raw in raws]
    lines = [GoodLine(number, record) for number, record in enumerate(records, 1)]
    loaded = load_texts(lines, DEFAULTS, THEN + 30 * DAY)
    assert loaded.dead == ()
    return list(loaded.texts)


def _raised(messages: Sequence[IncidentEvent]) -> list[str]:
    return [m.entity for m in messages if isinstance(m, IncidentRaised) and m.channel == "negative" and m.revision == 0]


def test_a_first_fetch_of_undated_texts_raises_nothing(bench: PipelineBench) -> None:
    bench.pipeline.take_fetch([_record(number, None) for number in range(40)], DEFAULTS, "feed", THEN)
    raws = bench.texts()
    texts = _scored(raws)
    assert _raised(_backtest(texts)) == []
    assert _stream(texts) == _backtest(texts) == _backtest(_scored(_archived(raws)))
    counted = [msgspec.structs.replace(text, in_detection=True) for text in texts]
    assert _raised(_backtest(counted)) == [COMPANY]


def test_texts_that_are_dated_to_the_day_count_as_of_when_they_came(bench: PipelineBench) -> None:
    for number in range(24):
        bench.pipeline.take(_record(number, format_iso(THEN)[:10]), DEFAULTS, "here", THEN + 5 * number * MINUTE)
    raws = bench.texts()
    assert {raw.precision for raw in raws} == {"day"}
    texts = _scored(raws)
    assert _raised(_backtest(texts)) == [COMPANY]
    assert _stream(texts) == _backtest(texts) == _backtest(_scored(_archived(raws)))


def test_a_first_fetch_of_texts_of_the_last_hour_is_news(bench: PipelineBench) -> None:
    entries = [_record(number, THEN - number * MINUTE) for number in range(40)]
    bench.pipeline.take_fetch(entries, DEFAULTS, "feed", THEN)
    assert _raised(_backtest(_scored(bench.texts()))) == [COMPANY]
