"""The message to DingTalk and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import parse_qs, urlsplit

from services.alerting.receivers.chat_service import ChatRequest, body_bytes, fitted
from services.alerting.receivers.dingtalk import DINGTALK, sign
from tests.harness.notifications import HOSTILE, INCIDENT, LINK, alert, longest, message

NOW = 1_767_605_400_123


def test_the_payload() -> None:
    assert fitted(DINGTALK, message(alert(evidence="1. [97 % negative, news] Apple falls"))) == {
        "msgtype": "markdown",
        "markdown": {
            "title": "[CRITICAL 严重] Negative opinion about Apple (AAPL) is surging",
            "text": "### [CRITICAL 严重] Negative opinion about Apple (AAPL) is surging\n\n"
            "关于 Apple (AAPL) 的负面舆情激增\n\n"
            "41 weighted negative texts in 60 min, 6.2 expected; score 31.4, raises at 12.0; p 1e-9\n\n"
            "60 分钟内 41 条负面文本（加权），预期 6.2；得分 31.4，阈值 12.0；p 1e-9\n\n"
            "> 1. ［97 % negative, news］ Apple falls\n\n"
            f"groundswell alerts show {INCIDENT}\n\n"
            f"Incident 事件: {INCIDENT}\n\n"
            f"[Dashboard 看板]({LINK})",
        },
    }


def test_foreign_text_makes_no_markup() -> None:
    hostile = dict.fromkeys(("summary", "summary_zh", "numbers", "numbers_zh", "command", "incident", "link"), HOSTILE)
    payload = fitted(DINGTALK, message(alert(evidence=HOSTILE, **hostile)))
    assert "at" not in payload
    for text in payload["markdown"].values():
        assert not set(text) & set("<*_`~@\\&")
        assert re.findall(r"\]\(|!\[", text) == []
        assert "evil.example" not in text
    headings = re.findall(r"^#.*", payload["markdown"]["text"], flags=re.M)
    assert [heading[:12] for heading in headings] == ["### [CRITICA"]


def test_the_worst_fits() -> None:
    payload = fitted(DINGTALK, longest())
    assert body_bytes(payload) <= 20_000
    assert "more alerts left out" in payload["markdown"]["text"]


def test_signature() -> None:
    secret = "SEC0123456789abcdef"
    signed = sign(
        ChatRequest("https://oapi.dingtalk.com/robot/send?access_token=abc", {"msgtype": "markdown"}), secret, NOW
    )

    assert signed.payload == {"msgtype": "markdown"}
    parts = urlsplit(signed.url)
    query = parse_qs(parts.query, strict_parsing=True)
    mac = hmac.new(secret.encode(), f"{NOW}\n{secret}".encode(), hashlib.sha256).digest()
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://oapi.dingtalk.com/robot/send"
    assert query == {
        "access_token": ["abc"],
        "timestamp": [str(NOW)],
        "sign": [base64.b64encode(mac).decode()],
    }
    assert query["sign"] == ["ucMC0NU1UpvUToK7hMZRVr+hgh/iSRce5uwoRxOU31w="]


def test_signature_is_the_first_parameter_where_there_is_none() -> None:
    assert sign(ChatRequest("https://gateway.example/ding", {}), "s", 1).url.startswith(
        "https://gateway.example/ding?timestamp=1&sign="
    )
