"""Labels of an alert, by kind and channel."""

from __future__ import annotations

import pytest

from services.alerting.notify.labels import group_labels, labels_of
from tests.factories import raised, record_of


def test_a_company() -> None:
    assert labels_of(record_of(raised(watchlists=("risk", "all"), quiet=True))) == {
        "alertname": "OpinionSurge",
        "channel": "negative",
        "kind": "company",
        "entity": "AAPL",
        "severity": "warning",
        "watchlists": "all,risk",
        "quiet": "yes",
        "company": "AAPL",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "topic", "entity": "earnings"}, {"topic": "earnings"}),
        ({"kind": "pair", "entity": "fraud|600519.SH"}, {"topic": "fraud", "company": "600519.SH"}),
        ({"channel": "rule", "rule": "fraud_talk"}, {"company": "AAPL", "rule": "fraud_talk"}),
        ({"channel": "market", "kind": "market", "entity": "topic"}, {}),
    ],
)
def test_other_kinds(changes: dict[str, str], expected: dict[str, str]) -> None:
    labels = labels_of(record_of(raised(**changes)))
    assert {name: labels[name] for name in ("company", "topic", "rule") if name in labels} == expected
    assert labels["entity"] == changes.get("entity", "AAPL")


def test_empty_labels_are_left_out_and_long_or_hidden_ones_are_bounded() -> None:
    labels = labels_of(record_of(raised(watchlists=(), entity="A\n\u202e" + "B" * 500)))
    assert "watchlists" not in labels
    assert labels["entity"] == labels["company"] == "A " + "B" * 117 + "…"


def test_severities_have_names() -> None:
    assert [labels_of(record_of(raised(severity=number)))["severity"] for number in (0, 1, 2, 3, 4, 9)] == [
        *("info", "info", "warning", "high", "critical", "critical")
    ]


def test_a_storm() -> None:
    assert group_labels("company") == {
        "alertname": "OpinionStorm",
        "channel": "storm",
        "kind": "company",
        "severity": "critical",
        "quiet": "no",
    }
