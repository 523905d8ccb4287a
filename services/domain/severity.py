"""The four severities of an incident, and what each is called wherever people meet it."""

from __future__ import annotations

from typing import NamedTuple


class Severity(NamedTuple):
    """`name` is the label at Prometheus and Alertmanager; `en` and `zh` stand before people."""

    level: int
    name: str
    en: str
    zh: str


INFO = Severity(1, "info", "info", "提示")
WARNING = Severity(2, "warning", "warning", "警告")
HIGH = Severity(3, "high", "high", "高")
CRITICAL = Severity(4, "critical", "critical", "严重")
SEVERITIES = (INFO, WARNING, HIGH, CRITICAL)
"""The least first."""
SEVERITY_BY_NAME = {severity.name: severity for severity in SEVERITIES}


def severity_of_level(level: int) -> Severity:
    """The severity of a level; what lies below 1 or above 4 is the nearest."""
    return SEVERITIES[min(max(level, INFO.level), CRITICAL.level) - 1]
