"""Who is told of what and when: escalation, end, quiet, inhibition, silence, and receivers that are not there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.harness.alertmanagers import (
    ALERTMANAGER,
    AMTOOL,
    NOT_INSTALLED,
    alertmanager,
    configuration,
    post_alerts,
    run_amtool,
    states,
)
from tests.harness.ports import free_port
from tests.harness.receiver_chain import ADAPTER_HOOK, TOKEN, Chain, adapter, ended, new_entity, receiver_chain, surge
from tests.harness.receivers import HttpReceivers, Received, taken
from tests.harness.support import wait_until

pytestmark = pytest.mark.skipif(ALERTMANAGER is None or AMTOOL is None, reason=NOT_INSTALLED)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The whole chain, for all tests here."""
    with receiver_chain(tmp_path_factory.mktemp("receivers")) as running:
        yield running


def test_an_escalation_and_the_end(chain: Chain) -> None:
    entity = new_entity()
    low, high = surge(entity, "warning"), surge(entity, "critical")
    post_alerts(chain.alertmanager, low)
    chain.wait_for("/wecom", entity)
    chain.wait_for("/slack", entity)
    post_alerts(chain.alertmanager, ended(low), high)
    assert len(chain.wait_for(f"/bot{TOKEN}", entity)) == 1
    chain.wait_for("/wecom", entity, 2)
    chain.wait_for("/slack", entity, 2)
    post_alerts(chain.alertmanager, ended(high))
    slack = [request.body["attachments"][0] for request in chain.wait_for("/slack", entity, 3)]
    wecom = [request.body["markdown"]["content"] for request in chain.wait_for("/wecom", entity, 3)]
    telegram = [request.body["text"] for request in chain.wait_for(f"/bot{TOKEN}", entity, 2)]

    words = ["[WARNING 警告]", "[CRITICAL 严重]", "[OVER 已结束]"]
    assert [one["title"].split(" AAPL")[0] for one in slack] == words
    assert [one["color"] for one in slack] == ["warning", "danger", "good"]
    assert [re.findall(r"\[[A-Z]+ \S+\]", one["title"] + one["text"]) for one in slack] == [[word] for word in words]
    assert [re.findall(r"\[[A-Z]+ \S+\]", one) for one in wecom] == [[word] for word in words]
    assert [re.findall(r"\[[A-Z]+ \S+\]", one) for one in telegram] == [[word] for word in words[1:]]


def test_a_service_that_is_down_and_then_says_no_gets_the_message_in_the_end(chain: Chain) -> None:
    entity = new_entity()
    said = iter([(500, ""), (502, "<html>"), (200, {"errcode": 93000, "errmsg": "invalid webhook url"})])
    tries: list[Received] = []

    def unwilling(request: Received) -> tuple[int, object]:
        if request.path.startswith("/wecom") and entity in str(request.body):
            tries.append(request)
            return next(said, taken(request))
        return taken(request)

    chain.http.answer = unwilling
    post_alerts(chain.alertmanager, surge(entity))
    wait_until(lambda: len(tries) >= 4, 120, "the fourth try")
    chain.http.answer = taken
    log = chain.adapter.log.read_text(encoding="utf-8")
    assert "wecom: refused: errcode 93000: invalid webhook url" in log
    assert "wecom: refused: an answer without errcode (HTTP status 502)" in log
    assert "key=k1" not in log
    assert "d1" not in [word.strip("'\"=&?") for word in log.split()]
    assert {try_.body["markdown"]["content"] for try_ in tries} == {tries[0].body["markdown"]["content"]}


def test_a_service_that_nobody_reaches_gets_the_message_once_it_is_there(tmp_path: Path) -> None:
    port = free_port()
    with adapter(tmp_path / "adapter", dingtalk_url=f"http://127.0.0.1:{port}/dingtalk?access_token=d1") as (
        child,
        url,
    ):
        config = {
            "route": {"receiver": "dingtalk", "group_wait": "0s", "group_interval": "1s"},
            "receivers": [{"name": "dingtalk", "webhook_configs": [{"url": f"{url}/dingtalk", **ADAPTER_HOOK}]}],
        }
        with alertmanager(tmp_path, config) as server:
            post_alerts(server.url, surge("fraud|AAPL"))
            why = "dingtalk: unreachable: cannot be reached (ConnectError)"
            wait_until(lambda: child.log.read_text(encoding="utf-8").count(why) >= 2, 60, "it is tried again")
            with HttpReceivers().running(port) as http:
                found = wait_until(lambda: http.at("/dingtalk"), 120, "the message")
    assert len(found) == 1
    assert "Incident 事件: fraud|AAPL@2026-01-05T09:30:00Z" in found[0].body["markdown"]["text"]


def test_the_default_file_tells_both_webhooks(chain: Chain, tmp_path: Path) -> None:
    assert ALERTMANAGER is not None
    secrets = {f"alertmanager_{name}_url": f"{chain.http.url}/default-{name}" for name in ("webhook", "watchdog")}
    entity, quiet = new_entity(), new_entity()
    with alertmanager(tmp_path, configuration("alertmanager.yml", ALERTMANAGER, tmp_path, secrets)) as server:
        post_alerts(server.url, surge(quiet, quiet="yes"))
        wait_until(lambda: states(server.url).get(quiet) == "active", 60, "the quiet alert is routed")
        post_alerts(server.url, surge(entity), {"labels": {"alertname": "Watchdog", "severity": "none"}})
        chain.wait_for("/default-webhook", entity)
        chain.wait_for("/default-watchdog", "Watchdog")
    assert chain.about("/default-webhook", quiet) == []


def test_a_quiet_alert_wakes_nobody(chain: Chain) -> None:
    quiet, loud = new_entity(), new_entity()
    post_alerts(chain.alertmanager, surge(quiet, quiet="yes"))
    wait_until(lambda: states(chain.alertmanager).get(quiet) == "active", 60, "the quiet alert is routed")
    post_alerts(chain.alertmanager, surge(loud))
    for path in ("/slack", "/record", f"/bot{TOKEN}", "/wecom", "/feishu", "/dingtalk"):
        chain.wait_for(path, loud)
        assert chain.about(path, quiet) == []


def test_a_market_wide_alert_inhibits_those_of_its_kind(chain: Chain) -> None:
    market = surge("company", channel="market", kind="market", topic="", company="")
    post_alerts(chain.alertmanager, market)
    wait_until(lambda: states(chain.alertmanager).get("company") == "active", 60, "market-wide")
    storm = surge("storm", alertname="OpinionStorm", channel="storm", kind="company")
    single, rule, topic = surge("SINGLE", kind="company"), surge("RULE", kind="company", channel="rule"), surge("earn")
    post_alerts(chain.alertmanager, storm, single, rule, topic | {"labels": topic["labels"] | {"kind": "topic"}})
    expected = {"storm": "suppressed", "SINGLE": "suppressed", "RULE": "active", "earn": "active"}
    wait_until(lambda: expected.items() <= states(chain.alertmanager).items(), 60, "single ones are inhibited")
    chain.wait_for("/record", "RULE")
    chain.wait_for("/record", "earn")
    assert chain.about("/record", "SINGLE") == []
    post_alerts(chain.alertmanager, ended(market))
    chain.wait_for("/record", "SINGLE")


def test_a_silence_by_amtool(chain: Chain) -> None:
    entity = new_entity()
    identifier = run_amtool(
        *("silence", "add", f"--alertmanager.url={chain.alertmanager}", "--author=me", "--comment=known"),
        *("--duration=2h", 'alertname="OpinionSurge"', f'entity="{entity}"'),
    ).strip()
    post_alerts(chain.alertmanager, surge(entity))
    wait_until(lambda: states(chain.alertmanager).get(entity) == "suppressed", 60, "the alert is silenced")
    assert identifier in run_amtool("silence", "query", f"--alertmanager.url={chain.alertmanager}")
    assert chain.about("/record", entity) == []
    run_amtool("silence", "expire", f"--alertmanager.url={chain.alertmanager}", identifier)
    chain.wait_for("/record", entity)


def test_a_secret_is_missed_only_when_its_receiver_is_told(chain: Chain, tmp_path: Path) -> None:
    assert ALERTMANAGER is not None
    there = ("alertmanager_webhook_url", "alertmanager_watchdog_url", "alertmanager_telegram_token")
    secrets = dict.fromkeys(there, f"{chain.http.url}/few")
    config = configuration("teams.example.yml", ALERTMANAGER, tmp_path, secrets)
    config["route"]["routes"][1]["group_interval"] = "1s"
    entity = new_entity()
    with alertmanager(tmp_path, config) as server:
        post_alerts(server.url, surge(entity, "warning", watchlists="", topic=""))
        chain.wait_for("/few", entity)
        log = tmp_path / "alertmanager.log"
        wait_until(lambda: "alertmanager_slack_url: no such file" in log.read_text(), 60, "it says what is missing")
        (tmp_path / "alertmanager_slack_url").write_text(f"{chain.http.url}/slack-later\n", encoding="utf-8")
        chain.wait_for("/slack-later", entity)


def test_a_receiver_that_is_not_configured_is_seen_in_both_logs(tmp_path: Path) -> None:
    with adapter(tmp_path / "adapter") as (child, adapter_url):
        config = {
            "route": {"receiver": "feishu", "group_wait": "0s"},
            "receivers": [{"name": "feishu", "webhook_configs": [{"url": f"{adapter_url}/feishu", **ADAPTER_HOOK}]}],
        }
        with alertmanager(tmp_path, config) as server:
            post_alerts(server.url, surge("fraud|AAPL"))
            why = "feishu: not configured; write the robot's address into the secret groundswell_feishu_url"
            log = tmp_path / "alertmanager.log"
            wait_until(lambda: why in log.read_text(encoding="utf-8"), 60, "Alertmanager says why")
        assert "none is configured, each answers 503" in child.log.read_text(encoding="utf-8")


def test_the_adapter_ends_cleanly(tmp_path: Path) -> None:
    with adapter(tmp_path / "adapter", wecom_url="http://127.0.0.1:9/") as (child, url):
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok", "receivers": ["wecom"]}
        child.ask_to_stop()
        assert wait_until(lambda: None if child.poll() is None else [child.poll()], 60, "it ends") == [0]


def test_without_a_token_it_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "adapter", "--port", "0"], env={}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "setting GROUNDSWELL_ADAPTER_TOKEN: expected the token that Alertmanager sends" in done.stderr
    assert done.stderr.endswith("got none; make one: openssl rand -hex 32\n")


def test_a_bad_address_is_named_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / "groundswell_wecom_url").write_text("qyapi.example?key=secret", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "adapter", "--port", "0"],
        env={"GROUNDSWELL_SECRETS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "groundswell: setting GROUNDSWELL_WECOM_URL: expected an http or https address"
