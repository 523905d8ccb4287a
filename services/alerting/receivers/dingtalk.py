"""DingTalk (钉钉): a custom robot's markdown message.

Source: open.dingtalk.com/document/robots/custom-robot-access and .../customize-robot-security-settings (a message of at
most 20,000 bytes, 20 a minute; timestamp in ms, at most an hour off, and signature in the address).
"""

from __future__ import annotations

from urllib.parse import urlencode

from services.alerting.receivers.chat_service import ChatRequest, ChatService, Payload, body_bytes, hmac_base64
from services.alerting.receivers.digest import Digest, Item, items_note, texts_note
from services.alerting.receivers.plain_text import command, cut, inert, link

LINE_BYTES = 1_500
TITLE_BYTES = 150


def render(message: Digest) -> Payload:
    """`{"msgtype": "markdown", "markdown": {"title": ..., "text": ...}}`."""
    first = message.items[0]
    parts = [_section(item) for item in message.items]
    note = items_note(message)
    return {
        "msgtype": "markdown",
        "markdown": {
            "title": cut(f"[{first.state}] {inert(first.heading)}", TITLE_BYTES),
            "text": "\n\n".join([*parts, note] if note else parts),
        },
    }


def _section(item: Item) -> str:
    """A line break of its own needs an empty line between."""
    lines = [f"### [{item.state}] {_line(item.heading)}", *map(_line, item.lines)]
    lines += [f"> {_line(text)}" for text in item.texts]
    lines += [f"> {note}"] if (note := texts_note(item)) else []
    lines += [cut(command(item.command), LINE_BYTES)] if item.command else []
    lines += [f"Incident 事件: {cut(command(item.incident), LINE_BYTES)}"] if item.incident else []
    lines += [f"[Dashboard 看板]({address})"] if (address := link(item.link)) else []
    return "\n\n".join(lines)


def _line(text: str) -> str:
    return cut(inert(text), LINE_BYTES)


def sign(request: ChatRequest, secret: str, now_ms: int) -> ChatRequest:
    """HMAC-SHA256 of `timestamp "\\n" secret` with the secret as its key, in the address."""
    query = urlencode({"timestamp": now_ms, "sign": hmac_base64(secret, f"{now_ms}\n{secret}")})
    return ChatRequest(f"{request.url}{'&' if '?' in request.url else '?'}{query}", request.payload)


DINGTALK = ChatService(
    render=render,
    size=body_bytes,
    limit=20_000,
    sign=sign,
    code="errcode",
    reason="errmsg",
    too_fast=frozenset({130101, 410100}),
    unfit=frozenset({430101, 430102, 430103, 430104}),
)
