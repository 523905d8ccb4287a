"""What is taken for a notification of Alertmanager."""

from __future__ import annotations

import pytest

from services.alerting.receivers.notification import decode
from services.domain.errors import InvalidInput
from tests.harness.notifications import alert, body


def test_a_notification() -> None:
    notification = decode(body(alert(), receiver="risk", groupKey="{}", truncatedAlerts=3, externalURL="http://a"))
    assert (notification.status, len(notification.alerts), notification.truncated_alerts) == ("firing", 1, 3)
    assert notification.alerts[0].labels["entity"] == "AAPL"
    assert notification.alerts[0].annotations["name"] == "Apple"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff", "JSON"),
        (b"[]", "Expected `object`"),
        (b"[" * 100_000, "JSON"),
        (b'{"version": "3", "status": "firing", "alerts": []}', "Invalid enum value '3'"),
        (b'{"version": "4", "status": "firing", "alerts": 1}', "Expected `array`"),
        (b'{"version": "4", "status": "firing", "alerts": []}', "at least one alert"),
        (
            b'{"version": "4", "status": "firing", "alerts": [{"status": "resolved", "labels": 1}]}',
            "Expected `object`",
        ),
    ],
)
def test_anything_else_is_named(given: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match="expected Alertmanager's webhook JSON") as raised:
        decode(given)
    assert said in str(raised.value)
