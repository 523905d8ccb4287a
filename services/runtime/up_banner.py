"""What `up` says to the person at its terminal: where everything is, who is told of alerts, what ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.domain.redact import redact
from services.repository import PROMETHEUS_RULES
from services.runtime.stack import Stack
from services.settings import Settings

_PACKAGES = {"alertmanager": "prometheus-alertmanager", "prometheus": "prometheus"}


def banner(
    stack: Stack, settings: Settings, own_broker: bool, http_port: int | None, told: str | None, logs: Path
) -> Iterator[str]:
    """The lines at the start. `http_port`: of HTTP ingest, if it runs; `told`: whom Alertmanager tells, if anybody."""
    kind = "yours" if own_broker else "embedded, in memory: what it holds ends with it"
    yield f"broker    {stack.broker} ({kind})"
    for name, url in stack.metrics_urls().items():
        yield f"{name:<9} metrics on {url}"
    if http_port is None:
        yield "texts     GROUNDSWELL_AUTHOR_KEY=... groundswell ingest ...  in another terminal;"
        yield "          over HTTP: set GROUNDSWELL_HTTP_TOKEN and GROUNDSWELL_AUTHOR_KEY first"
    else:
        yield f"texts     POST http://127.0.0.1:{http_port}/v1/texts with your token"
    yield "alerts    are printed here; all of them: groundswell alerts list"
    yield from _told(settings, told)
    for name in ("alertmanager", "adapter", "prometheus"):
        there = stack.pages.get(name)
        if there is not None:
            yield f"          {name} on {there}"
        elif name == "prometheus" and not PROMETHEUS_RULES.is_dir():
            yield "          no prometheus: its rules are in a clone of the repository only"
        elif name == "prometheus" or (name == "alertmanager" and not settings.notification.alertmanagers):
            yield f"          no {name}: none is installed (Debian: apt-get install {_PACKAGES[name]})"
    yield f"logs      {logs}"
    yield "Ctrl-C stops everything"


def farewell(own_broker: bool) -> str:
    """The last line."""
    if own_broker:
        return "stopped; no process is left"
    return (
        "stopped; no process is left. The texts and alerts of this run were in the memory of the\n"
        "embedded broker and are gone; with --broker they stay in a Kafka of your own"
    )


def _told(settings: Settings, told: str | None) -> Iterator[str]:
    if settings.notification.alertmanagers:
        yield f"          told: the Alertmanagers {redact(settings.notification.alertmanagers)}"
    elif told:
        yield f"          told: {told}"
    else:
        yield "          nobody else is told. To tell a chat, set GROUNDSWELL_WECOM_URL,"
        yield "          GROUNDSWELL_FEISHU_URL or GROUNDSWELL_DINGTALK_URL; for others give"
        yield "          --alertmanager-config FILE (docs/adding-a-receiver.md)"
