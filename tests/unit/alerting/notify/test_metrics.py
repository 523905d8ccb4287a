"""Open incidents as metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from services.alerting.notify.metrics import STAYS_AT_ZERO_MS, IncidentMetrics
from services.domain.messages import IncidentRecord
from services.observability.metrics import Metrics
from tests.factories import raised, record_of
from tests.harness.relay_driver import companies, company

Series = dict[tuple[str, str, str], tuple[float, float]]


class Shown:
    """IncidentMetrics of at most `most` series, and what they show."""

    def __init__(self, most: int) -> None:
        self.registry = CollectorRegistry()
        self.gauges = IncidentMetrics(Metrics(self.registry), most)

    def show(self, now: int, *records: IncidentRecord) -> Series:
        """Series -> severity and score."""
        self.gauges.update(records, now)
        found: dict[str, dict[tuple[str, str, str], float]] = {}
        for family in self.registry.collect():
            for sample in family.samples:
                if sample.name.startswith("groundswell_incident_"):
                    key = (sample.labels["channel"], sample.labels["kind"], sample.labels["entity"])
                    found.setdefault(sample.name.removeprefix("groundswell_incident_"), {})[key] = sample.value
        return {key: (value, found["score"][key]) for key, value in found.get("severity", {}).items()}

    def open(self, channel: str) -> float | None:
        return self.registry.get_sample_value("groundswell_incidents_open", {"channel": channel})


AAPL = ("negative", "company", "AAPL")
OTHER = ("negative", "company", "other")


def test_all_channels_start_at_zero() -> None:
    shown = Shown(3)
    assert [shown.open(channel) for channel in ("negative", "volume", "rule", "market")] == [0, 0, 0, 0]


def test_an_incident_is_shown_stays_at_zero_when_over_and_is_then_removed() -> None:
    shown = Shown(3)
    assert shown.show(0, record_of(company("AAPL"))) == {AAPL: (2, 1.25)}
    assert shown.open("negative") == 1
    worse = record_of(company("AAPL"), company("AAPL", revision=1, severity=4, score=3.0))
    assert shown.show(1, worse) == {AAPL: (4, 3.0)}
    assert shown.show(2) == {AAPL: (0, 0)}
    assert shown.open("negative") == 0
    assert shown.show(1 + STAYS_AT_ZERO_MS) == {AAPL: (0, 0)}
    assert shown.show(2 + STAYS_AT_ZERO_MS) == {}


def test_one_that_is_open_again_is_not_removed() -> None:
    shown = Shown(3)
    record = record_of(company("AAPL"))
    shown.show(0, record)
    shown.show(1)
    shown.show(2, record)
    assert shown.show(STAYS_AT_ZERO_MS + 5, record) == {AAPL: (2, 1.25)}


def test_beyond_the_worst_all_share_one_series() -> None:
    shown = Shown(2)
    mild = [record_of(company(name, severity=1, score=0.5)) for name in ("B", "C")]
    found = shown.show(0, *mild, record_of(company("AAPL")), record_of(company("A")), record_of(company("D")))
    names = sorted(key[2] for key in found)
    assert (len(found), names[-1], found[OTHER]) == (3, "other", (2, 1.25))
    assert shown.open("negative") == 5


def test_one_that_is_displaced_is_not_said_to_be_over() -> None:
    shown = Shown(1)
    first = record_of(company("AAPL"))
    worse = record_of(company("MSFT", severity=4))
    shown.show(0, first)
    assert shown.show(1, first, worse) == {("negative", "company", "MSFT"): (4, 1.25), OTHER: (2, 1.25)}
    assert shown.show(2, first) == {AAPL: (2, 1.25), OTHER: (0, 0)}


def test_several_incidents_of_a_key_are_one_series_with_the_worst() -> None:
    shown = Shown(5)
    one = record_of(raised(id="a", channel="rule", rule="x", severity=1, score=0.0))
    two = record_of(raised(id="b", channel="rule", rule="y", severity=3, score=0.0))
    assert shown.show(0, one, two) == {("rule", "company", "AAPL"): (3, 0.0)}


def test_ten_thousand_come_and_go_in_a_bounded_number_of_series() -> None:
    shown = Shown(50)
    crash = [record_of(each) for each in companies(10_000)]
    assert len(shown.show(0, *crash)) == 51
    assert len(shown.show(1, *crash[:5_000])) <= 102
    assert len(shown.show(2)) <= 51
    assert shown.open("negative") == 0
    assert shown.show(2 + STAYS_AT_ZERO_MS) == {}
