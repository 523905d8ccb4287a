"""Texts of a key by the hour, the day or the week."""

from __future__ import annotations

from services.backtest.report.timeline import bin_width, timelines
from services.domain.key import MonitoredKey
from services.watchlists.model import Watchlists
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, START, scored

ACME = MonitoredKey.of_company("ACME")


def test_texts_are_counted_in_their_bin_by_sentiment_towards_the_key() -> None:
    texts = [
        scored(1, START, NEGATIVE),
        scored(2, START + MINUTE),
        scored(3, START + HOUR - 1, NEGATIVE),
        scored(4, START + HOUR),
        scored(5, START + 3 * HOUR, NEGATIVE),
        scored(6, START, NEGATIVE, company="OTHER"),
    ]
    found = timelines(texts, [ACME], Watchlists(), HOUR)
    assert list(found) == [ACME]
    assert found[ACME].bins() == [(START, 2, 1), (START + HOUR, 0, 1), (START + 3 * HOUR, 1, 0)]


def test_a_longer_span_has_wider_bins() -> None:
    spans = (0, 14 * DAY, 14 * DAY + 1, 730 * DAY, 731 * DAY)
    assert [bin_width(span) for span in spans] == [HOUR, HOUR, DAY, DAY, 7 * DAY]
