"""What is filled into a template stays text."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from services.backtest.report.render import render
from services.backtest.report.timeline_chart import Bar, TimelineChart


def bar(title: str, kind: str = "other") -> str:
    """A picture with one bar, from its rectangle on."""
    chart = TimelineChart(30.0, 150.0, (), (), (Bar(1.5, 2.0, 3.25, 4.0, kind, title),), ())
    return render("timeline.svg.j2", chart=chart).partition("<rect")[2]


def test_text_and_attributes_are_escaped_and_what_is_illegal_is_replaced() -> None:
    assert bar("a < b\x00 & {{ c }}").startswith(
        ' x="1.5" y="2" width="3.25" height="4" class="other"><title>a &lt; b\ufffd &amp; {{ c }}</title></rect>'
    )
    assert 'class="&#34;x&#34; y=&#34;&lt;&#34;"' in bar("", '"x" y="<"')


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="chart"):
        render("timeline.svg.j2")
