"""What a message says, the same for every service: a notification as headings, lines and texts, and how it shrinks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.alerting.receivers.notification import Alert, Notification
from services.domain.severity import SEVERITY_BY_NAME

MAX_ALERTS = 10
MAX_TEXTS = 10
MAX_CHARS = 1_000
"""Of one line or text; the relay sends far less."""

_LINES = {"summary_zh": "", "numbers": "", "numbers_zh": "", "time": "Time 时间: "}
"""Annotations that are shown as lines, and what stands before them."""
OVER = "OVER 已结束"
OF_NO_SEVERITY = "ALERT 告警"


@dataclass(frozen=True, slots=True)
class Item:
    """One alert. All its strings are foreign but `state`."""

    state: str
    heading: str
    lines: tuple[str, ...]
    texts: tuple[str, ...]
    command: str
    incident: str
    link: str
    texts_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """One message: the alerts of a group, the worst first."""

    resolved: bool
    severity: str
    items: tuple[Item, ...]
    items_left_out: int = 0


def digest(notification: Notification) -> Digest:
    """The message of a notification.

    While the group fires, only what fires is shown: an escalation ends the alert of the lower severity, which is not
    the end of the incident. An incident whose alerts end together is shown once.
    """
    resolved = notification.status == "resolved"
    alerts = [alert for alert in notification.alerts if alert.status == notification.status] or notification.alerts
    alerts = _once_an_incident(sorted(alerts, key=_level, reverse=True))
    shown = alerts[:MAX_ALERTS]
    return Digest(
        resolved=resolved,
        severity=shown[0].labels.get("severity", ""),
        items=tuple(_item(alert, resolved) for alert in shown),
        items_left_out=len(alerts) - len(shown) + notification.truncated_alerts,
    )


def shorter(message: Digest) -> Digest | None:
    """`message` with one text less, or without texts one alert less; None when only one alert's lines are left."""
    for place, item in reversed(list(enumerate(message.items))):
        if item.texts:
            less = replace(item, texts=item.texts[:-1], texts_left_out=item.texts_left_out + 1)
            return replace(message, items=(*message.items[:place], less, *message.items[place + 1 :]))
    if len(message.items) > 1:
        return replace(message, items=message.items[:-1], items_left_out=message.items_left_out + 1)
    return None


def without_texts(message: Digest) -> Digest:
    """`message` without the foreign texts, for a service that refuses their content."""
    return replace(
        message,
        items=tuple(
            replace(item, texts=(), texts_left_out=item.texts_left_out + len(item.texts)) for item in message.items
        ),
    )


def texts_note(item: Item) -> str:
    """What stands where texts were left out; empty when all are there."""
    if not item.texts_left_out:
        return ""
    return f"… {item.texts_left_out} more texts left out / 另有 {item.texts_left_out} 条文本未显示"


def items_note(message: Digest) -> str:
    """What stands where alerts were left out; empty when all are there."""
    if not message.items_left_out:
        return ""
    return f"… {message.items_left_out} more alerts left out / 另有 {message.items_left_out} 条告警未显示"


def _level(alert: Alert) -> int:
    """The level of its severity; 0 where that is none of ours."""
    severity = SEVERITY_BY_NAME.get(alert.labels.get("severity", ""))
    return severity.level if severity else 0


def _state(alert: Alert) -> str:
    severity = SEVERITY_BY_NAME.get(alert.labels.get("severity", ""))
    return f"{severity.en.upper()} {severity.zh}" if severity else OF_NO_SEVERITY


def _once_an_incident(alerts: list[Alert]) -> list[Alert]:
    seen: set[str] = set()
    first = []
    for alert in alerts:
        incident = alert.annotations.get("incident", "")
        if incident and incident in seen:
            continue
        seen.add(incident)
        first.append(alert)
    return first


def _item(alert: Alert, resolved: bool) -> Item:
    said = alert.annotations
    texts = [line[:MAX_CHARS] for line in said.get("evidence", "").splitlines() if line.strip()]
    return Item(
        state=OVER if resolved else _state(alert),
        heading=(said.get("summary") or alert.labels.get("alertname", ""))[:MAX_CHARS],
        lines=tuple(f"{label}{said[name][:MAX_CHARS]}" for name, label in _LINES.items() if said.get(name)),
        texts=tuple(texts[:MAX_TEXTS]),
        texts_left_out=max(0, len(texts) - MAX_TEXTS),
        command=(said.get("command") or said.get("runbook", ""))[:MAX_CHARS],
        incident=said.get("incident", "")[:MAX_CHARS],
        link=said.get("link", ""),
    )
