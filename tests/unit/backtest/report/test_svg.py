"""Scales, ticks and the two pictures."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

import pytest
from defusedxml.ElementTree import fromstring

from services.backtest.budget import Setting, around
from services.backtest.curve import point, reference_of_alerts
from services.backtest.incidents import alerts_of
from services.backtest.report.charts import decision_chart, timeline_chart
from services.backtest.report.markup import element
from services.backtest.report.svg import Scale, ticks, time_ticks
from services.backtest.report.timeline import timelines
from services.domain.key import MonitoredKey
from services.watchlists.model import Watchlists
from tests.harness.backtests import EVERYTHING, cleared, raised, result
from tests.harness.streams import DAY, HOUR, MINUTE, NEGATIVE, START, scored

SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture: Element) -> Element:
    found: Element = fromstring(tostring(picture, encoding="unicode"))
    return found


def of_class(picture: Element, tag: str, kind: str) -> list[Element]:
    return [one for one in picture.iter(SVG + tag) if kind in (one.get("class") or "").split()]


def test_a_scale_turns_values_into_places() -> None:
    assert [Scale(0, 10, 200, 100).at(value) for value in (0, 5, 10)] == [200, 150, 100]


@pytest.mark.parametrize(
    ("high", "expected"),
    [(1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (23, [0, 5, 10, 15, 20]), (1400, [0, 500, 1000])],
)
def test_ticks_are_round_and_whole(high: float, expected: list[float]) -> None:
    assert ticks(high) == expected


def test_time_ticks_are_hours_days_or_months() -> None:
    assert [label for _, label in time_ticks(START + MINUTE, START + 6 * HOUR)] == [
        f"08-01 0{hour}:00" for hour in range(1, 7)
    ]
    assert [label for _, label in time_ticks(START + HOUR, START + 3 * DAY)] == [
        *("08-01 12:00", "08-02 00:00", "08-02 12:00", "08-03 00:00", "08-03 12:00", "08-04 00:00"),
    ]
    assert [label for _, label in time_ticks(START, START + 200 * DAY)] == [
        *("2014-08", "2014-09", "2014-10", "2014-11", "2014-12", "2015-01", "2015-02"),
    ]
    assert [label for _, label in time_ticks(START, START + 4000 * DAY)] == [
        *("2016-01", "2018-01", "2020-01", "2022-01", "2024-01"),
    ]


def test_the_decision_curve_parses_and_marks_the_chosen_budget() -> None:
    severe = raised(START + DAY, severity=2)
    reference = reference_of_alerts(alerts_of([severe]))
    late = raised(START + DAY + 30 * MINUTE, severity=2)
    runs = [(), (), (), (late,), (severe,), (severe,), (severe,)]
    points = [point(one, result(*run), reference) for one, run in zip(around(EVERYTHING), runs, strict=True)]
    picture = parsed(decision_chart(points))
    (band,) = of_class(picture, "rect", "chosen")
    middle = float(band.get("x", "")) + float(band.get("width", "")) / 2
    seen = of_class(picture, "circle", "seen")
    assert [one.findtext(SVG + "title") for one in seen][2:5] == [
        "0 alerts a day: 0 seen, 1 missed, median delay – min",
        "0.1 alerts a day: 1 seen, 0 missed, median delay 30 min",
        "0.1 alerts a day: 1 seen, 0 missed, median delay 0 min",
    ]
    assert float(seen[3].get("cx", "")) == pytest.approx(middle, abs=0.02)
    assert [float(one.get("cy", "")) for one in seen] == [220, 220, 220, 50, 50, 50, 50]
    assert len(of_class(picture, "circle", "late")) == 4
    assert {"budget × 1/8", "budget × 1", "budget × 8", "chosen 所选"} <= {t.text for t in picture.iter(SVG + "text")}


def test_the_curve_of_thresholds_names_them() -> None:
    settings = around(Setting(Watchlists(), threshold=0.8))
    picture = parsed(decision_chart([point(one, result(), reference_of_alerts([])) for one in settings]))
    assert {"score 1.60", "score 0.80", "score 0.40"} <= {t.text for t in picture.iter(SVG + "text")}


def test_a_timeline_has_a_bar_a_bin_and_a_marker_an_alert() -> None:
    texts = [scored(1, START, NEGATIVE), scored(2, START + MINUTE), scored(3, START + 2 * HOUR)]
    (timeline,) = timelines(texts, [MonitoredKey.of_company("ACME")], Watchlists(), HOUR).values()
    alert = raised(START + HOUR, severity=3, p_value=2e-4)
    alerts = alerts_of([alert, cleared(alert, START + 2 * HOUR)])
    picture = parsed(timeline_chart(timeline, alerts, START, START + 3 * HOUR))
    assert [float(one.get("height", "")) for one in of_class(picture, "rect", "negative")] == [60]
    assert [float(one.get("height", "")) for one in of_class(picture, "rect", "other")] == [60, 60]
    (mark,) = of_class(picture, "polygon", "severity3")
    assert mark.findtext(SVG + "title") == "2014-08-01T01:00:00Z: severity 3, p = 0.0002"
    (band,) = of_class(picture, "rect", "open")
    assert float(band.get("width", "")) == pytest.approx((930 - 56) / 4)


def test_text_and_attributes_are_escaped_and_what_is_illegal_is_replaced() -> None:
    made = element("p", "a < b\x00", element("b", "&"), "tail", title='"x"')
    assert tostring(made, encoding="unicode") == '<p title="&quot;x&quot;">a &lt; b\ufffd<b>&amp;</b>tail</p>'
