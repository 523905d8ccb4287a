"""The demo's screen as text."""

from __future__ import annotations

import pytest

from services.runtime.demo.screen import Surroundings, draw, stacked_bar
from services.runtime.demo.state import DemoState
from tests.factories import evidence, raised, scored
from tests.harness.terminal import printed

AROUND = Surroundings({"score": "http://127.0.0.1:1/metrics"}, {"legal": "Lawsuits"})


def screen(state: DemoState) -> str:
    return printed(draw(state, AROUND, "the status", 0.0), width=120)


def test_an_empty_state_says_so() -> None:
    text = screen(DemoState())
    assert "starting ..." in text
    assert "none yet" in text
    assert "http://127.0.0.1:1/metrics" in text


def test_the_screen_holds_clock_counts_names_and_alerts_with_evidence() -> None:
    state = DemoState()
    noon = 1_409_745_600_000
    for number, sentiment in enumerate([(0.8, 0.1, 0.1), (0.1, 0.1, 0.8)]):
        state.see(scored(number, noon, sentiment, company="AAPL", topics={"legal": 0.9}), 0.0)
    fields = {"severity": 3, "observed": 9.0, "expected": 1.0, "window_minutes": 60}
    state.see(raised(name="Apple", time=noon, evidence=(evidence(text="the text"),), **fields), 0.0)
    text = screen(state)
    for piece in ("2014-09-03 12:00 UTC", "scored 2 texts", "$AAPL", "Lawsuits", "severity 3", "Apple", "the text"):
        assert piece in text
    assert "9 negative against 1.0 expected in 1 h" in text


@pytest.mark.parametrize(
    ("counts", "most", "lengths"),
    [((5, 0, 5), 10, (10, 0, 10)), ((1, 1, 1), 3, (7, 6, 7)), ((0, 0, 1), 100, (0, 0, 1)), ((0, 0, 0), 1, (0, 0, 0))],
)
def test_parts_of_a_bar_add_up(counts: tuple[int, int, int], most: int, lengths: tuple[int, int, int]) -> None:
    bar = stacked_bar(counts, most, 20)
    spans = {str(span.style): span.end - span.start for span in bar.spans}
    assert tuple(spans.get(colour, 0) for colour in ("red", "grey50", "green")) == lengths
    assert len(bar.plain) == sum(lengths)
