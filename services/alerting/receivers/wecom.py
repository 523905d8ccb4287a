"""WeCom (企业微信): a group robot's markdown message.

Source: developer.work.weixin.qq.com/document/path/91770 (content of at most 4096 bytes of UTF-8, 20 messages a minute;
the key in the address is the only credential).
"""

from __future__ import annotations

from services.alerting.receivers.chat_service import ChatService, Payload, unsigned
from services.alerting.receivers.digest import Digest, Item, items_note, texts_note
from services.alerting.receivers.plain_text import command, cut, inert, link
from services.domain.severity import CRITICAL, HIGH, WARNING

LINE_BYTES = 500
COLOURS = {CRITICAL.name: "warning", HIGH.name: "warning", WARNING.name: "warning"}


def render(message: Digest) -> Payload:
    """`{"msgtype": "markdown", "markdown": {"content": ...}}`."""
    colour = "info" if message.resolved else COLOURS.get(message.severity, "comment")
    parts = [_section(item, colour) for item in message.items]
    note = items_note(message)
    return {"msgtype": "markdown", "markdown": {"content": "\n\n".join([*parts, note] if note else parts)}}


def _section(item: Item, colour: str) -> str:
    lines = [f'**<font color="{colour}">[{item.state}]</font> {_line(item.heading)}**', *map(_line, item.lines)]
    lines += [f"> {_line(text, 3 * LINE_BYTES)}" for text in item.texts]
    lines += [f"> {note}"] if (note := texts_note(item)) else []
    lines += [cut(command(item.command), LINE_BYTES)] if item.command else []
    lines += [f"Incident 事件: {cut(command(item.incident), LINE_BYTES)}"] if item.incident else []
    lines += [f"[Dashboard 看板]({address})"] if (address := link(item.link)) else []
    return "\n".join(lines)


def _line(text: str, limit: int = LINE_BYTES) -> str:
    return cut(inert(text), limit)


def _content_bytes(payload: Payload) -> int:
    return len(payload["markdown"]["content"].encode())


WECOM = ChatService(
    render=render,
    size=_content_bytes,
    limit=4096,
    sign=unsigned,
    code="errcode",
    reason="errmsg",
    too_fast=frozenset({45009, 45033}),
)
