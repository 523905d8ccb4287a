"""Feishu (飞书) and Lark: a custom bot's card. All foreign text stands in `plain_text`, which knows no markup.

Source: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (a request of at most 20 KB, 100 a minute and 5 a
second; timestamp in seconds, at most an hour off, and signature in the body).
"""

from __future__ import annotations

from services.alerting.receivers.chat_service import ChatRequest, ChatService, Payload, body_bytes, hmac_base64
from services.alerting.receivers.digest import Digest, Item, items_note, texts_note
from services.alerting.receivers.plain_text import cut, link, unlinked
from services.domain.severity import CRITICAL, HIGH, INFO, WARNING
from services.text.untrusted import one_line

LINE_BYTES = 1_500
TITLE_BYTES = 300
COLOURS = {CRITICAL.name: "red", HIGH.name: "orange", WARNING.name: "yellow", INFO.name: "blue"}


def render(message: Digest) -> Payload:
    """`{"msg_type": "interactive", "card": {...}}`."""
    first = message.items[0]
    elements: list[Payload] = []
    for number, item in enumerate(message.items):
        elements += [{"tag": "hr"}] if number else []
        elements += _elements(item, with_heading=number > 0)
    if note := items_note(message):
        elements.append(_text(note))
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {
                "title": {"tag": "plain_text", "content": cut(_heading(first), TITLE_BYTES)},
                "template": "green" if message.resolved else COLOURS.get(message.severity, "grey"),
            },
            "elements": elements,
        },
    }


def _elements(item: Item, with_heading: bool) -> list[Payload]:
    lines = [_heading(item)] if with_heading else []
    lines += map(_line, item.lines)
    texts = [*map(_line, item.texts), *([note] if (note := texts_note(item)) else [])]
    ids = [cut(one_line(item.command), LINE_BYTES)] if item.command else []
    ids += [f"Incident 事件: {cut(one_line(item.incident), LINE_BYTES)}"] if item.incident else []
    elements = [_text("\n".join(block)) for block in (lines, texts, ids) if block]
    if address := link(item.link):
        button = {"tag": "button", "type": "default", "text": _plain("Dashboard 看板"), "url": address}
        elements.append({"tag": "action", "actions": [button]})
    return elements


def _heading(item: Item) -> str:
    return f"[{item.state}] {_line(item.heading)}"


def _line(text: str) -> str:
    return cut(unlinked(text), LINE_BYTES)


def _text(content: str) -> Payload:
    return {"tag": "div", "text": _plain(content)}


def _plain(content: str) -> Payload:
    return {"tag": "plain_text", "content": content}


def sign(request: ChatRequest, secret: str, now_ms: int) -> ChatRequest:
    """HMAC-SHA256 of nothing with `timestamp "\\n" secret` as its key, in the body."""
    timestamp = str(now_ms // 1000)
    signature = hmac_base64(f"{timestamp}\n{secret}", "")
    return ChatRequest(request.url, {"timestamp": timestamp, "sign": signature, **request.payload})


FEISHU = ChatService(
    render=render,
    size=body_bytes,
    limit=20_000,  # of 20,480; the signature takes 80
    sign=sign,
    code="code",
    reason="msg",
    too_fast=frozenset({11232, 99991400}),
)
