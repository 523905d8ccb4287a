"""The chain from Alertmanager to people: the teams example, the adapter, and receivers that keep what they get."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from services.clock import now_ms
from services.domain.event_time import format_iso
from services.runtime.child import Child
from tests.harness.alertmanagers import ALERTMANAGER, alertmanager, configuration
from tests.harness.ports import answers, free_port
from tests.harness.receivers import HttpReceivers, MailReceiver, Received
from tests.harness.support import wait_until

TOKEN = "123456:telegram-token"
PASSWORD = "mail-password"
ADAPTER_TOKEN = "token-of-the-adapter-0123456789"
ADAPTER_HOOK = {"http_config": {"authorization": {"credentials": ADAPTER_TOKEN}}}
"""What a webhook of the adapter has beside its address."""
ADAPTER_HEADERS = {"Authorization": f"Bearer {ADAPTER_TOKEN}"}
FEISHU_SECRET = "feishu-secret"
DINGTALK_SECRET = "SECding"
HOSTILE = (
    "<!channel> <https://evil.example|click> <b>x</b></pre><script>alert(1)</script> @all [a](http://evil.example) "
    '``` {{ .Labels }} {{ template "x" }} & &lt; " \' # **b** _i_'
)
SUMMARY = "AAPL & Co <#C1|general> 'quoted' \"x\" {{ .Status }}\r\nBcc: evil@example.org"
EVIDENCE = "\n".join(f"{i}. [9{i} % negative, seen 1 time, forum] {HOSTILE} 负面{i}" for i in range(1, 6))
LINK = "http://grafana.example/d/groundswell-company?var-company=AAPL"

_entities = count(1)


def surge(entity: str, severity: str = "critical", **labels: str) -> dict[str, Any]:
    """An alert as the relay posts it."""
    incident = f"{entity}@2026-01-05T09:30:00Z"
    return {
        "labels": {
            "alertname": "OpinionSurge",
            "channel": "negative",
            "kind": "pair",
            "entity": entity,
            "topic": "fraud",
            "company": "AAPL",
            "severity": severity,
            "watchlists": "all,risk",
            "quiet": "no",
        }
        | labels,
        "annotations": {
            "incident": incident,
            "name": "Apple",
            "summary": SUMMARY,
            "summary_zh": "苹果：60 分钟内 41 条负面文本",
            "numbers": "observed 41, expected 6.2; p = 1e-09 < 0.01",
            "numbers_zh": "观测 41，预期 6.2",
            "evidence": EVIDENCE,
            "command": f"groundswell alerts show '{incident}'",
            "link": LINK,
            "runbook": "deploy/runbook.md#opinionsurge",
        },
        "startsAt": format_iso(now_ms() - 60_000),
        "endsAt": format_iso(now_ms() + 3_600_000),
    }


def new_entity() -> str:
    """An entity that no other test has."""
    return f"fraud|A{next(_entities):03d}"


def ended(alert: dict[str, Any]) -> dict[str, Any]:
    """The same alert, over."""
    return alert | {"endsAt": format_iso(now_ms() - 1_000)}


@dataclass
class Chain:
    """Alertmanager with the teams example, the adapter, and all that they talk to."""

    alertmanager: str
    http: HttpReceivers
    mail: MailReceiver
    adapter: Child

    def about(self, path: str, entity: str) -> list[Received]:
        """What came to a receiver about an entity."""
        return [request for request in self.http.at(path) if entity in str(request.body)]

    def wait_for(self, path: str, entity: str, number: int = 1) -> list[Received]:
        """The messages about an entity at a receiver, once there are so many."""
        return wait_until(
            lambda: found if len(found := self.about(path, entity)) >= number else [], 60, f"{number} at {path}"
        )


@contextmanager
def adapter(folder: Path, **secrets: str) -> Iterator[tuple[Child, str]]:
    """A running `groundswell adapter` and its address."""
    folder.mkdir()
    for name, value in ({"adapter_token": ADAPTER_TOKEN} | secrets).items():
        (folder / f"groundswell_{name}").write_text(value + "\n", encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "services.cli", "adapter", "--port", str(port)]
    child = Child("adapter", command, folder, {"GROUNDSWELL_SECRETS_DIR": str(folder)})
    child.start()
    try:
        wait_until(lambda: answers("127.0.0.1", port), 60, "the adapter listens")
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.ask_to_stop()
        child.wait()


def short_configuration(folder: Path, http: HttpReceivers, mail: MailReceiver, adapter_url: str) -> dict[str, Any]:
    """The teams example with our addresses and short waits."""
    assert ALERTMANAGER is not None
    secrets = {
        "alertmanager_webhook_url": f"{http.url}/record",
        "alertmanager_watchdog_url": f"{http.url}/watchdog",
        "alertmanager_slack_url": f"{http.url}/slack",
        "alertmanager_telegram_token": TOKEN,
        "alertmanager_smtp_password": PASSWORD,
        "groundswell_adapter_token": ADAPTER_TOKEN,
    }
    config = configuration("teams.example.yml", ALERTMANAGER, folder, secrets)
    config["global"] |= {"smtp_smarthost": mail.address, "smtp_require_tls": False}
    config["route"]["group_wait"] = "0s"
    for route in config["route"]["routes"]:
        route["group_interval"] = "1s"
    for receiver in config["receivers"]:
        for telegram in receiver.get("telegram_configs", []):
            telegram["api_url"] = http.url
        for hook in receiver.get("webhook_configs", []):
            if "url" in hook:
                hook["url"] = hook["url"].replace("http://adapter:9105", adapter_url)
    return config


@contextmanager
def receiver_chain(folder: Path) -> Iterator[Chain]:
    """The whole chain, running."""
    with ExitStack() as stack:
        http = stack.enter_context(HttpReceivers().running())
        mail = stack.enter_context(MailReceiver().running())
        child, adapter_url = stack.enter_context(
            adapter(
                folder / "adapter",
                wecom_url=f"{http.url}/wecom?key=k1",
                feishu_url=f"{http.url}/feishu/hook/f1",
                feishu_secret=FEISHU_SECRET,
                dingtalk_url=f"{http.url}/dingtalk?access_token=d1",
                dingtalk_secret=DINGTALK_SECRET,
            )
        )
        url = stack.enter_context(alertmanager(folder, short_configuration(folder, http, mail, adapter_url))).url
        yield Chain(url, http, mail, child)
