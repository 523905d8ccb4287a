"""What processes write, with a secret in every setting and address that can hold one: none of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from services.kafka.codec import encode
from services.kafka.topics import ALERTS
from services.runtime.child import Child
from tests.factories import raised
from tests.harness.ports import free_port
from tests.harness.receiver_chain import ADAPTER_HEADERS, ADAPTER_TOKEN
from tests.harness.support import produce, wait_until

SECRET = "s3cret0123456789abcdef"
FEED = f"http://127.0.0.1:9/feed/{SECRET}.xml?token={SECRET}#{SECRET}"
ROBOT = f"http://127.0.0.1:9/hook/{SECRET}?key={SECRET}"
EVERYWHERE = {
    "GROUNDSWELL_HTTP_TOKEN": SECRET,
    "GROUNDSWELL_AUTHOR_KEY": SECRET,
    "GROUNDSWELL_ADAPTER_TOKEN": ADAPTER_TOKEN,
    "GROUNDSWELL_ALERTMANAGERS": f"http://anna:{SECRET}@127.0.0.1:9,http://anna:{SECRET}@127.0.0.1:8",
    "GROUNDSWELL_WECOM_URL": ROBOT,
    "GROUNDSWELL_FEISHU_URL": ROBOT,
    "GROUNDSWELL_FEISHU_SECRET": SECRET,
    "GROUNDSWELL_DINGTALK_URL": ROBOT,
    "GROUNDSWELL_DINGTALK_SECRET": SECRET,
    "GROUNDSWELL_ALLOW_PRIVATE_FEEDS": "true",
    "GROUNDSWELL_LOG_LEVEL": "DEBUG",
}


def process(folder: Path, name: str, *arguments: str, **changes: str) -> Child:
    command = [sys.executable, "-m", "services.cli", *arguments]
    child = Child(name, command, folder, EVERYWHERE | {"GROUNDSWELL_STATE_DIR": str(folder / name)} | changes)
    child.start()
    return child


def output(child: Child) -> str:
    return child.log.read_text(encoding="utf-8") + child.out.read_text(encoding="utf-8")


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_no_process_says_a_secret(broker: str, tmp_path: Path) -> None:
    produce(broker, ALERTS.name, [(b"k", encode(raised()))])
    port, ingest_port = free_port(), free_port()
    metrics_ports = [free_port() for _ in range(4)]
    commands = {
        "rss": ["ingest", "rss", FEED, "--broker", broker],
        "http": ["ingest", "http", "--port", str(ingest_port), "--broker", broker],
        "relay": ["relay", "--broker", broker],
        "adapter": ["adapter", "--port", str(port)],
    }
    children = {
        name: process(tmp_path, name, *arguments, GROUNDSWELL_METRICS_PORT=str(metrics_port))
        for (name, arguments), metrics_port in zip(commands.items(), metrics_ports, strict=True)
    }
    try:
        wait_until(lambda: "next try in" in output(children["rss"]), 120, "the feed is not reached")
        wait_until(lambda: "the relay tries again" in output(children["relay"]), 120, "nobody is told")
        wait_until(lambda: "POST http://" in output(children["adapter"]), 120, "the adapter listens")
        wait_until(lambda: "POST http://" in output(children["http"]), 120, "HTTP ingest listens")
        body = {"version": "4", "status": "firing", "alerts": [{"status": "firing", "labels": {}}]}
        answers = [httpx.post(f"http://127.0.0.1:{port}/{name}", json=body, headers=ADAPTER_HEADERS).text
                   for name in ("wecom", "feishu", "dingtalk")]  # fmt: skip
        answers.append(httpx.post(f"http://127.0.0.1:{ingest_port}/v1/texts", json=body).text)
        metrics = [httpx.get(f"http://127.0.0.1:{each}/metrics").text for each in metrics_ports]
        said = {name: output(child) for name, child in children.items()}
        for text in (*said.values(), *answers, *metrics):
            assert SECRET not in text
            assert ADAPTER_TOKEN not in text
        assert "http://127.0.0.1:9/feed/***?***" in said["rss"]
        assert 'groundswell_relay_posts_total{alertmanager="127.0.0.1:9",result="failed"}' in metrics[2]
    finally:
        for child in children.values():
            child.ask_to_stop()
        for child in children.values():
            child.wait()


@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        (["relay"], {"GROUNDSWELL_ALERTMANAGERS": f"anna:{SECRET}@am:9093"}, "GROUNDSWELL_ALERTMANAGERS: expected"),
        (["relay"], {"GROUNDSWELL_ALERTMANAGERS": f"ftp://anna:{SECRET}@am"}, "GROUNDSWELL_ALERTMANAGERS: expected"),
        (["adapter"], {"GROUNDSWELL_WECOM_URL": SECRET}, "GROUNDSWELL_WECOM_URL: expected an http or https address"),
        (["ingest", "rss", f"http://anna:{SECRET}@example.org/"], {}, "http://***@example.org/"),
        (["ingest", "rss", FEED], {"GROUNDSWELL_AUTHOR_KEY": SECRET[:9]}, "GROUNDSWELL_AUTHOR_KEY: expected at least"),
    ],
)  # fmt: skip
def test_a_refused_setting_is_not_shown(
    tmp_path: Path, arguments: Sequence[str], changes: dict[str, str], said: str
) -> None:
    child = process(tmp_path, "refused", *arguments, **({"GROUNDSWELL_BROKER": "127.0.0.1:9"} | changes))
    wait_until(lambda: child.poll() is not None, 120, "it ends")
    assert child.poll() == 1
    assert said in child.last_log_line()
    assert SECRET[:9] not in output(child)
