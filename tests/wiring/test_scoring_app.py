"""The scoring agent on a stream and topics of the test's own: what is acknowledged, when, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from services.backtest.score import score_texts
from services.companies import CompanyLinker
from services.domain.messages import DeadLetter, Heartbeat, Origin, ScoredText, WatermarkUpdate
from services.inference.classifier import Classifier
from services.kafka.codec import Codec, encode
from services.kafka.read_record import ReadRecord
from services.observability.metrics import Metrics
from services.scoring.metrics import show_model
from services.scoring.model_reloader import ModelReloader
from services.scoring.worker import PendingRecord, ScoringWorker
from services.settings import load_settings
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists
from tests.factories import raw_text
from tests.harness.agent_stream import FakeStream, FakeTopic, until
from tests.harness.tiny_bundle import add_topic, tiny_bundle

scored_codec = Codec(ScoredText, WatermarkUpdate)


def raw(text: str) -> bytes:
    return encode(raw_text(text))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


@pytest.fixture
def scorer(tmp_path: Path, metrics: Metrics) -> ScoringWorker:
    tiny_bundle(tmp_path)
    reloader = ModelReloader(
        tmp_path,
        "tiny",
        load=lambda bundle: Classifier(bundle, threads=1),
        changed=lambda model: show_model(metrics, model),
    )
    each = ScoringWorker(
        load_settings(batch_wait_seconds=0.01, state_dir=tmp_path), metrics, reloader, CompanyLinker([])
    )
    each.dead = FakeTopic(at_once=True)
    return each


async def test_nothing_is_acknowledged_before_it_is_delivered(scorer: ScoringWorker) -> None:
    scorer.scored = FakeTopic(at_once=False)
    stream = FakeStream([raw("bad one"), b"nonsense", encode(Heartbeat(source="source", time=9)), raw("good two")])
    task = asyncio.create_task(scorer._score(stream))
    await until(lambda: len(scorer.scored.sent) == 3)
    for delivery in reversed(scorer.scored.deliveries):
        assert stream.acked == []
        delivery.set_result(None)
    await until(lambda: stream.acked)
    assert stream.acked == [0, 1, 2, 3]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_outputs_keep_order_key_and_partition(scorer: ScoringWorker, metrics: Metrics) -> None:
    scorer.scored = FakeTopic(at_once=True)
    texts = [f"{'bad' if n % 2 else 'good'} {'x ' * (n % 7)}{n}" for n in range(300)]
    values = [raw(text) for text in texts]
    values.insert(100, b"\xff")
    stream = FakeStream(values)
    task = asyncio.create_task(scorer._score(stream))
    await until(lambda: len(stream.acked) == 301)
    task.cancel()
    messages = [scored_codec.decode(record["value"]) for record in scorer.scored.sent]
    assert [message.text for message in messages] == texts
    assert [message.origin.offset for message in messages] == [n for n in range(301) if n != 100]
    assert [message.sentiment[0] > 0.5 for message in messages] == [bool(n % 2) for n in range(300)]
    assert {(record["key"], record["partition"]) for record in scorer.scored.sent} == {(b"source", 2)}
    assert [record["key"] for record in scorer.dead.sent] == [b"invalid_utf8"]
    assert stream.acked == list(range(301))
    value = metrics.registry.get_sample_value
    assert value("groundswell_texts_in_total", {"stage": "scoring", "kind": "news"}) == 300
    assert value("groundswell_texts_out_total", {"stage": "scoring", "kind": "news"}) == 300
    assert value("groundswell_texts_dead_total", {"stage": "scoring", "reason": "invalid_utf8"}) == 1
    assert value("groundswell_batch_texts_sum") == 300


@pytest.mark.parametrize("fault", ["delivery", "model"])
async def test_the_unexpected_ends_the_process_and_acknowledges_nothing(
    scorer: ScoringWorker, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses: list[int] = []
    monkeypatch.setattr("os._exit", statuses.append)
    scorer.scored = FakeTopic(at_once=False)
    if fault == "model":
        monkeypatch.setattr(scorer.reloader.model, "score", lambda *_: 1 / 0)
    stream = FakeStream([raw("bad one"), raw("good two")])
    task = asyncio.create_task(scorer._score(stream))
    if fault == "delivery":
        await until(lambda: len(scorer.scored.sent) == 2)
        scorer.scored.deliveries[1].set_exception(RuntimeError("the broker refused it"))
    await until(lambda: statuses)
    task.cancel()
    assert statuses == [70]
    assert stream.acked == []


@pytest.mark.parametrize("error", [ZeroDivisionError, RecursionError, BaseException])
async def test_what_crashes_the_model_twice_is_buried_and_the_rest_is_scored(
    scorer: ScoringWorker, metrics: Metrics, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses: list[int] = []
    monkeypatch.setattr("os._exit", statuses.append)
    score = scorer.reloader.model.score

    def crashes(texts: Sequence[str], *given: Any, **named: Any) -> Any:
        if "bad poison" in texts:
            raise error("the model cannot")
        return score(texts, *given, **named)

    monkeypatch.setattr(scorer.reloader.model, "score", crashes)

    def has_ended(times: int) -> bool:
        return len(statuses) == times

    texts = [f"good {number}" if number != 7 else "bad poison" for number in range(20)]
    stream = FakeStream([raw(text) for text in texts])
    for crashed in (1, 2):
        worker = ScoringWorker(scorer.settings, metrics, scorer.reloader, CompanyLinker([]))
        worker.scored = worker.dead = FakeTopic(at_once=True)
        await_end = asyncio.create_task(worker._score(stream))
        await until(partial(has_ended, crashed))
        await_end.cancel()
    worker = ScoringWorker(scorer.settings, metrics, scorer.reloader, CompanyLinker([]))
    worker.scored, worker.dead = FakeTopic(at_once=True), FakeTopic(at_once=True)
    stream.acked.clear()
    task = asyncio.create_task(worker._score(stream))
    await until(lambda: len(stream.acked) == 20)
    task.cancel()
    (letter,) = [Codec(DeadLetter).decode(record["value"]) for record in worker.dead.sent]
    assert (letter.reason, letter.origin.offset) == ("poison", 7)
    assert letter.detail == f"it ended this worker 2 times: {error.__name__}: the model cannot"
    scored = [scored_codec.decode(record["value"]).text for record in worker.scored.sent]
    assert scored == [text for text in texts if text != "bad poison"]
    assert statuses == [70, 70]


async def test_the_model_in_the_metrics_is_the_one_in_use(
    scorer: ScoringWorker, metrics: Metrics, tmp_path: Path
) -> None:
    def shown(version: str) -> float | None:
        labels = {"name": "tiny", "version": version, "precision": "fp32", "provider": "CPUExecutionProvider"}
        return metrics.registry.get_sample_value("groundswell_model_info", labels)

    assert shown("1") == 1
    tiny_bundle(tmp_path, "2")
    await scorer._poll_model()
    assert (shown("1"), shown("2")) == (None, 1)
    (tmp_path / "tiny" / "CURRENT").write_text("9", encoding="utf-8")
    await scorer._poll_model()
    assert shown("2") == 1
    reloads = [
        metrics.registry.get_sample_value("groundswell_model_reloads_total", {"result": result})
        for result in ("swapped", "refused")
    ]
    assert reloads == [1, 1]


def test_followed_negative_texts_are_explained_where_that_is_set(scorer: ScoringWorker) -> None:
    contents: list[str | Heartbeat] = ["bad earnings", Heartbeat(source="source", time=9), "bad", "good earnings"]
    pending = [
        PendingRecord(
            None,
            ReadRecord(Origin(topic="news.raw", partition=0, offset=at), b""),
            one if isinstance(one, Heartbeat) else raw_text(one),
        )
        for at, one in enumerate(contents)
    ]
    plain = scorer.run(pending)
    scorer.settings = load_settings(explain=True)
    explained = scorer.run(pending)
    texts = [one for one in explained if isinstance(one, ScoredText)]
    assert [[each.text for each in one.highlights] for one in texts] == [["bad"], [], []]
    assert [type(one) for one in explained] == [type(one) for one in plain]
    assert all(one.highlights == () for one in plain if isinstance(one, ScoredText))


def test_an_added_topic_is_followed_and_scored_as_in_a_backtest(scorer: ScoringWorker) -> None:
    add_topic(scorer.reloader.model.bundle)
    assert scorer.reloader.refresh() is True
    raws = [raw_text(text) for text in ("bad bad earnings", "earnings", "bad")]
    scored = scorer.run(
        [
            PendingRecord(None, ReadRecord(Origin(topic="news.raw", partition=0, offset=at), b""), raw)
            for at, raw in enumerate(raws)
        ]
    )
    texts = [one for one in scored if isinstance(one, ScoredText)]
    assert [list(text.topics) for text in texts] == [["earnings"], ["earnings", "profits"], []]
    followed = [list(map(str, followed_keys(text, Watchlists()))) for text in texts]
    assert followed == [["topic:earnings"], ["topic:earnings", "topic:profits"], []]
    again = score_texts(raws, scorer.reloader.model, CompanyLinker([]), 8192, lambda _: None)
    plain = [msgspec.structs.replace(text, origin=None, scored_at=text.first_seen_at) for text in texts]
    assert plain == list(again)
