"""The message to WeCom."""

from __future__ import annotations

import re

from services.alerting.receivers.chat_service import fitted
from services.alerting.receivers.wecom import WECOM
from tests.harness.notifications import HOSTILE, INCIDENT, LINK, alert, longest, message


def content(*alerts: dict[str, object], status: str = "firing") -> str:
    """The content of the message of these alerts."""
    text: str = fitted(WECOM, message(*alerts, status=status))["markdown"]["content"]
    return text


def test_the_payload() -> None:
    assert fitted(WECOM, message(alert(evidence="1. [97 % negative, news] Apple falls"))) == {
        "msgtype": "markdown",
        "markdown": {
            "content": '**<font color="warning">[CRITICAL 严重]</font> '
            "Negative opinion about Apple (AAPL) is surging**\n"
            "关于 Apple (AAPL) 的负面舆情激增\n"
            "41 weighted negative texts in 60 min, 6.2 expected; score 31.4, raises at 12.0; p 1e-9\n"
            "60 分钟内 41 条负面文本（加权），预期 6.2；得分 31.4，阈值 12.0；p 1e-9\n"
            "> 1. ［97 % negative, news］ Apple falls\n"
            f"groundswell alerts show {INCIDENT}\n"
            f"Incident 事件: {INCIDENT}\n"
            f"[Dashboard 看板]({LINK})"
        },
    }


def test_colours() -> None:
    assert content(alert(severity="info")).startswith('**<font color="comment">[INFO 提示]')
    assert content(alert("resolved"), status="resolved").startswith('**<font color="info">[OVER 已结束]')


def test_foreign_text_makes_no_markup() -> None:
    hostile = dict.fromkeys(("summary", "summary_zh", "numbers", "numbers_zh", "command", "incident", "link"), HOSTILE)
    text = content(alert(evidence=HOSTILE, **hostile))
    assert re.findall(r"<[^>]*>", text) == ['<font color="warning">', "</font>"]
    assert re.findall(r"\]\(", text) == []
    assert re.findall(r"^(#.*)", text, flags=re.M) == []
    assert "@" not in text
    assert "evil.example" not in text
    assert "\u202e" not in text
    assert [line[:4] for line in text.splitlines() if line.startswith(">")] == ["> 1.", "> ＃＃", "> ＞ "]


def test_limit_is_4096_bytes_and_says_what_is_left_out() -> None:
    long = "\n".join(f"{i}. [97 % negative, news] " + "跌" * 280 for i in range(1, 6))
    text = content(alert(evidence=long))
    assert len(text.encode()) <= 4096
    assert "\n> 4. " in text
    assert "\n> 5. " not in text
    assert "\n> … 1 more texts left out / 另有 1 条文本未显示\ngroundswell alerts show" in text


def test_the_worst_fits() -> None:
    text = fitted(WECOM, longest())["markdown"]["content"]
    assert len(text.encode()) <= 4096
    assert "… 11 more alerts left out / 另有 11 条告警未显示" in text
    assert "… 5 more texts left out" in text
