"""The demo's screen as text."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from services.runtime.demo.screen import Surroundings, draw, stacked_bar
from services.runtime.demo.state import DemoState
from tests.unit.runtime.demo.test_state import BAD, GOOD, raised, scored

AROUND = Surroundings({"score": "http://127.0.0.1:1/metrics"}, {"legal": "Lawsuits"})


def printed(state: DemoState) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(draw(state, AROUND, "the status", 0.0))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_empty_state_says_so() -> None:
    text = printed(DemoState())
    assert "starting ..." in text
    assert "none yet" in text
    assert "http://127.0.0.1:1/metrics" in text


def test_the_screen_holds_clock_counts_names_and_alerts_with_evidence() -> None:
    state = DemoState()
    for message in (scored("a", BAD), scored("b", GOOD), raised("one", 1_409_745_600_000, severity=3)):
        state.see(message, 0.0)
    text = printed(state)
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
