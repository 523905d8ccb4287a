"""Notifications as Alertmanager posts them, for tests of the adapter."""

from __future__ import annotations

from typing import Any

import msgspec

from services.alerting.receivers.digest import Digest, digest
from services.alerting.receivers.notification import decode

INCIDENT = "c:AAPL@2026-01-05T09:30:00Z"
LINK = "http://grafana.example:3000/d/company?var-company=AAPL&from=1767605400000"

HOSTILE = (
    "1. [97 % negative, seen 3 times, forum] <font color=red>x</font> <@all> @all <at id=all></at> "
    "[click](https://evil.example/x) ![i](http://evil.example/i.png) # head **bold** `code` "
    "www.evil.example {{ .Labels }} &lt;b&gt; \u202etxt\u200b\r\n## heading\n> quote"
)


def alert(status: str = "firing", severity: str = "critical", **annotations: str) -> dict[str, Any]:
    """One alert; annotations can be replaced, or taken away with ""."""
    said = {
        "incident": INCIDENT,
        "name": "Apple",
        "summary": "Negative opinion about Apple (AAPL) is surging",
        "summary_zh": "关于 Apple (AAPL) 的负面舆情激增",
        "numbers": "41 weighted negative texts in 60 min, 6.2 expected; score 31.4, raises at 12.0; p 1e-9",
        "numbers_zh": "60 分钟内 41 条负面文本（加权），预期 6.2；得分 31.4，阈值 12.0；p 1e-9",
        "evidence": "\n".join(f"{i}. [9{i} % negative, {i} times, news] Apple falls, part {i}" for i in range(1, 6)),
        "command": f"groundswell alerts show {INCIDENT}",
        "link": LINK,
    } | annotations
    return {
        "status": status,
        "labels": {
            "alertname": "OpinionSurge",
            "channel": "negative",
            "kind": "company",
            "entity": "AAPL",
            "severity": severity,
            "watchlists": "all,risk",
            "quiet": "no",
        },
        "annotations": {name: text for name, text in said.items() if text},
        "startsAt": "2026-01-05T09:30:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "0123456789abcdef",
    }


def body(*alerts: dict[str, Any], status: str = "firing", **fields: Any) -> bytes:
    """A request's body with these alerts."""
    return msgspec.json.encode({"version": "4", "status": status, "alerts": alerts or (alert(),), **fields})


def message(*alerts: dict[str, Any], status: str = "firing", **fields: Any) -> Digest:
    """The digest of such a request."""
    return digest(decode(body(*alerts, status=status, **fields)))


def longest() -> Digest:
    """Ten alerts with the longest and worst of everything."""
    worst = '<"\\[*_危😀' * 2_000
    said = dict.fromkeys(("summary", "summary_zh", "numbers", "numbers_zh", "command"), worst)
    link = "http://grafana.example/" + "x" * 400
    evidence = "\n".join(f"{i}. {worst}" for i in range(5))
    return message(
        *(alert(**{**said, "evidence": evidence, "link": link, "incident": f"{i}{worst}"}) for i in range(12))
    )
