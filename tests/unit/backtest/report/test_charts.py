"""The two pictures."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from services.backtest.budget import Setting, around
from services.backtest.curve import point
from services.backtest.reference import reference_of_incidents
from services.backtest.report.decision_chart import decision_chart
from services.backtest.report.render import render
from services.backtest.report.timeline import timelines
from services.backtest.report.timeline_chart import timeline_chart
from services.domain.incident import reduce_incidents
from services.domain.key import MonitoredKey
from services.watchlists.model import Watchlists
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, START, cleared, scored
from tests.harness.backtests import EVERYTHING, raised_at, result

SVG = "{http://www.w3.org/2000/svg}"


def drawn(template: str, chart: object) -> Element:
    found: Element = fromstring(render(template, chart=chart))
    return found


def of_class(picture: Element, tag: str, kind: str) -> list[Element]:
    return [one for one in picture.iter(SVG + tag) if kind in (one.get("class") or "").split()]


def test_the_decision_curve_parses_and_marks_the_chosen_budget() -> None:
    severe = raised_at(START + DAY, severity=2)
    reference = reference_of_incidents(reduce_incidents([severe]))
    late = raised_at(START + DAY + 30 * MINUTE, severity=2)
    runs = [(), (), (), (late,), (severe,), (severe,), (severe,)]
    points = [point(one, result(*run), reference) for one, run in zip(around(EVERYTHING), runs, strict=True)]
    picture = drawn("decision.svg.j2", decision_chart(points))
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
    picture = drawn(
        "decision.svg.j2", decision_chart([point(one, result(), reference_of_incidents([])) for one in settings])
    )
    assert {"score 1.60", "score 0.80", "score 0.40"} <= {t.text for t in picture.iter(SVG + "text")}


def test_a_timeline_has_a_bar_a_bin_and_a_marker_an_alert() -> None:
    texts = [scored(1, START, NEGATIVE), scored(2, START + MINUTE), scored(3, START + 2 * HOUR)]
    (timeline,) = timelines(texts, [MonitoredKey.of_company("ACME")], Watchlists(), HOUR).values()
    alert = raised_at(START + HOUR, severity=3, p_value=2e-4)
    incidents = reduce_incidents([alert, cleared(alert, time=START + 2 * HOUR)])
    picture = drawn("timeline.svg.j2", timeline_chart(timeline, incidents, START, START + 3 * HOUR))
    assert [float(one.get("height", "")) for one in of_class(picture, "rect", "negative")] == [60]
    assert [float(one.get("height", "")) for one in of_class(picture, "rect", "other")] == [60, 60]
    (mark,) = of_class(picture, "polygon", "severity3")
    assert mark.findtext(SVG + "title") == "2014-08-01T01:00:00Z: severity 3, p = 0.0002"
    (band,) = of_class(picture, "rect", "open")
    assert float(band.get("width", "")) == pytest.approx((930 - 56) / 4)
