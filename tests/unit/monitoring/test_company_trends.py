"""Which companies have series of their own, and what these show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.domain.event_time import MINUTE_MS
from services.monitoring.company_trends import MINUTES, HourOfCompanies

HOUR = MINUTES * MINUTE_MS
START = 1_700_000_040_000
"""The start of a minute."""


def with_texts(hour: HourOfCompanies, counts: dict[str, int], time: int = START) -> HourOfCompanies:
    """The same, after so many neutral texts about each company."""
    for company, count in counts.items():
        for _ in range(count):
            hour.add(time, company, "neutral")
    return hour


def test_texts_and_the_share_of_negative_ones_within_the_hour() -> None:
    hour = HourOfCompanies(most=5)
    for time, sentiment in ((0, "negative"), (HOUR - 1, "negative"), (HOUR, "neutral"), (HOUR + 1, "positive")):
        hour.add(START + time, "AAPL", sentiment)
    assert hour.shown() == {"AAPL": (3, 1 / 3)}


def test_a_late_text_counts_within_its_hour_only() -> None:
    hour = HourOfCompanies(most=5)
    hour.add(START + HOUR, "AAPL", "neutral")
    hour.add(START + MINUTE_MS, "AAPL", "negative")
    hour.add(START + MINUTE_MS - 1, "AAPL", "negative")
    assert hour.shown() == {"AAPL": (2, 0.5)}


def test_the_most_written_about_are_shown() -> None:
    hour = with_texts(HourOfCompanies(most=2), {"AAPL": 3, "MSFT": 1, "TSLA": 2})
    assert list(hour.shown()) == ["AAPL", "TSLA"]


def test_a_company_keeps_its_place_until_another_has_more_than_twice_its_texts() -> None:
    hour = with_texts(HourOfCompanies(most=1), {"AAPL": 3})
    assert list(hour.shown()) == ["AAPL"]
    assert list(with_texts(hour, {"MSFT": 5}).shown()) == ["AAPL"]
    assert list(with_texts(hour, {"MSFT": 2}).shown()) == ["MSFT"]
    assert list(with_texts(hour, {"AAPL": 2}).shown()) == ["MSFT"]


def test_a_company_with_an_incident_comes_first_until_an_hour_without_a_text() -> None:
    hour = with_texts(HourOfCompanies(most=1), {"AAPL": 9, "600519.SH": 1})
    hour.raised("600519.SH")
    assert hour.shown() == {"600519.SH": (1, 0.0)}
    assert list(with_texts(hour, {"AAPL": 1}, START + MINUTE_MS).shown()) == ["600519.SH"]
    assert list(with_texts(hour, {"AAPL": 1}, START + HOUR).shown()) == ["AAPL"]
    assert list(with_texts(hour, {"600519.SH": 1}, START + HOUR).shown()) == ["AAPL"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * HOUR), st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["negative", "neutral"])
        ),
        max_size=60,
    )
)
def test_counts_are_those_of_a_plain_count(texts: list[tuple[int, str, str]]) -> None:
    hour = HourOfCompanies(most=3)
    for time, company, sentiment in texts:
        hour.add(START + time, company, sentiment)
        assert len(hour.shown()) <= 3
    newest = max(((START + time) // MINUTE_MS for time, _, _ in texts), default=0)
    for company, (count, share) in hour.shown().items():
        within = [s for time, c, s in texts if c == company and (START + time) // MINUTE_MS > newest - MINUTES]
        assert count == len(within)
        assert share == within.count("negative") / len(within)
