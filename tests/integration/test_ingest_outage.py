"""No broker, then one: nothing is lost, nothing comes twice, whatever happens to ingest meanwhile."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from tests.harness.brokers import embedded_broker
from tests.harness.ingest_process import TOKEN, ingest, post, texts, wait_for_end, wait_for_log
from tests.harness.ports import free_port
from tests.harness.processes import send
from tests.harness.support import wait_until

pytestmark = pytest.mark.slow
BATCH = 50


def _batch(number: int) -> list[dict[str, str]]:
    return [{"id": f"{number}-{item}", "text": f"text {item}", "source": "outage"} for item in range(BATCH)]


def _ids(*numbers: int) -> list[str]:
    return [f"{number}-{item}" for number in numbers for item in range(BATCH)]


def test_texts_wait_on_disk_through_an_outage_and_a_kill(tmp_path: Path) -> None:
    port = free_port()
    broker = f"127.0.0.1:{port}"
    options = ("http", "--port", "0")
    with ingest(tmp_path, broker, *options, http_token=TOKEN) as child:
        http = int(wait_for_log(child, r"POST http://127\.0\.0\.1:(\d+)/v1/texts")[1])
        assert post(http, _batch(1)) == (202, {"accepted": BATCH, "repeated": 0, "rejected": []})
        wait_for_log(child, rf"Kafka broker {broker}: nobody answers .*; {BATCH} texts wait in .*spool")
        send(child, signal.SIGKILL)
        assert wait_until(child.poll, 10) == -signal.SIGKILL
    child.log.unlink()
    with ingest(tmp_path, broker, *options, http_token=TOKEN) as child:
        http = int(wait_for_log(child, r"POST http://127\.0\.0\.1:(\d+)/v1/texts")[1])
        assert post(http, _batch(2))[0] == 202
        with embedded_broker(tmp_path / "first", port):
            create_topics(Broker(broker), replication=1)
            wait_until(lambda: len(texts(broker, "comments.raw", "outage")) >= 2 * BATCH, 120)
            assert post(http, _batch(3))[0] == 202
            wait_until(lambda: len(texts(broker, "comments.raw", "outage")) >= 3 * BATCH, 120)
            arrived = texts(broker, "comments.raw", "outage")
            assert [text.event_id for text in arrived] == _ids(1, 2, 3)
        assert post(http, _batch(4))[0] == 202
        with embedded_broker(tmp_path / "second", port):  # a memory-only broker has forgotten everything
            create_topics(Broker(broker), replication=1)
            wait_until(lambda: len(texts(broker, "comments.raw", "outage")) >= BATCH, 120)
            assert post(http, _batch(5))[0] == 202
            wait_until(lambda: len(texts(broker, "comments.raw", "outage")) >= 2 * BATCH, 120)
            arrived = texts(broker, "comments.raw", "outage")
            assert [text.event_id for text in arrived] == _ids(4, 5)
            child.ask_to_stop()
            assert wait_for_end(child)[0] == 0


def test_missing_topics_are_named(tmp_path: Path) -> None:
    with (
        embedded_broker(tmp_path) as broker,
        ingest(tmp_path, broker, "http", "--port", "0", http_token=TOKEN) as child,
    ):
        wait_for_log(
            child, r"missing topics: comments\.raw, news\.raw, opinions\.dead; create them: groundswell topics"
        )


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    with ingest(tmp_path, f"127.0.0.1:{free_port()}", "http", "--port", "0") as child:
        assert wait_for_end(child)[0] == 1
    assert "setting GROUNDSWELL_HTTP_TOKEN: expected a token" in child.last_log_line()
