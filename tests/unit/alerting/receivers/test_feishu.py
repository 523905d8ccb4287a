"""The card for Feishu and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from services.alerting.receivers.chat_service import ChatRequest, body_bytes, fitted
from services.alerting.receivers.feishu import FEISHU, sign
from tests.harness.notifications import HOSTILE, INCIDENT, LINK, alert, longest, message

NOW = 1_767_605_400_123


def plain(content: str) -> dict[str, Any]:
    """An element of plain text."""
    return {"tag": "div", "text": {"tag": "plain_text", "content": content}}


def tags(node: Any) -> Iterator[str]:
    """Every tag in a card."""
    if isinstance(node, dict):
        yield from ([node["tag"]] if "tag" in node else [])
        for child in node.values():
            yield from tags(child)
    if isinstance(node, list):
        for child in node:
            yield from tags(child)


def test_the_payload() -> None:
    assert fitted(FEISHU, message(alert(evidence="1. [97 % negative, news] Apple <falls>\n2. b"))) == {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {
                "title": {
                    "tag": "plain_text",
                    "content": "[CRITICAL 严重] Negative opinion about Apple (AAPL) is surging",
                },
                "template": "red",
            },
            "elements": [
                plain(
                    "关于 Apple (AAPL) 的负面舆情激增\n"
                    "41 weighted negative texts in 60 min, 6.2 expected; score 31.4, raises at 12.0; p 1e-9\n"
                    "60 分钟内 41 条负面文本（加权），预期 6.2；得分 31.4，阈值 12.0；p 1e-9"
                ),
                plain("1. [97 % negative, news] Apple <falls>\n2. b"),
                plain(f"groundswell alerts show {INCIDENT}\nIncident 事件: {INCIDENT}"),
                {
                    "tag": "action",
                    "actions": [
                        {
                            "tag": "button",
                            "type": "default",
                            "text": {"tag": "plain_text", "content": "Dashboard 看板"},
                            "url": LINK,
                        }
                    ],
                },
            ],
        },
    }


def test_more_alerts_have_headings() -> None:
    two = [alert(incident=i, summary=i, evidence="", link="") for i in "ab"]
    elements = fitted(FEISHU, message(*two, truncatedAlerts=1))["card"]["elements"]
    assert elements[2] == {"tag": "hr"}
    assert elements[3]["text"]["content"].startswith("[CRITICAL 严重] b\n关于")
    assert elements[-1] == plain("… 1 more alerts left out / 另有 1 条告警未显示")


def test_the_end_is_green() -> None:
    header = fitted(FEISHU, message(alert("resolved"), status="resolved"))["card"]["header"]
    assert (header["template"], header["title"]["content"][:12]) == ("green", "[OVER 已结束] N")


def test_foreign_text_is_plain_text() -> None:
    hostile = dict.fromkeys(("summary", "summary_zh", "numbers", "numbers_zh", "command", "incident", "link"), HOSTILE)
    card = fitted(FEISHU, message(alert(evidence=HOSTILE, **hostile)))["card"]
    assert set(tags(card)) == {"div", "plain_text"}
    texts = card["elements"][1]["text"]["content"].splitlines()
    assert "<at id=all></at> [click](https:／／evil．example/x)" in texts[0]
    assert "\u202e" not in texts[0]


def test_the_worst_fits() -> None:
    payload = fitted(FEISHU, longest())
    assert body_bytes(sign(ChatRequest("", payload), "secret", NOW).payload) <= 20 * 1024
    assert "more alerts left out" in payload["card"]["elements"][-1]["text"]["content"]


def test_signature() -> None:
    signed = sign(
        ChatRequest("https://open.feishu.cn/open-apis/bot/v2/hook/abc", {"msg_type": "interactive"}), "demo", NOW
    )

    mac = hmac.new(b"1767605400\ndemo", b"", hashlib.sha256).digest()
    assert signed.url == "https://open.feishu.cn/open-apis/bot/v2/hook/abc"
    assert signed.payload == {
        "timestamp": "1767605400",
        "sign": base64.b64encode(mac).decode(),
        "msg_type": "interactive",
    }
    assert signed.payload["sign"] == "vWV0dfk5sXp3LsmTjh01qm6/oG73JMs1cJtrmUh/R+c="
