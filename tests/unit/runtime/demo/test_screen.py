"""The demo's screen on terminals of three sizes."""

from __future__ import annotations

import pytest

from services.runtime.demo.screen import Surroundings, stacked_bar
from services.runtime.demo.state import DemoState
from services.runtime.demo.summary import how_to_look, summary
from services.runtime.demo.view import LiveView
from tests.factories import HOUR, evidence, raised, scored
from tests.harness.screens import Terminal

AROUND = Surroundings(
    {"score": "http://127.0.0.1:1/metrics", "monitor": "http://127.0.0.1:2/metrics"}, {"legal": "Lawsuits"}
)
NOON = 1_409_745_600_000
SIZES = pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 35), (200, 50)])


def seen(state: DemoState, columns: int, lines: int, status: str = "the status") -> list[str]:
    """The rows of a terminal after two drawings."""
    terminal = Terminal(columns, lines)
    view = LiveView(terminal.console, AROUND)
    for _ in range(2):
        view.show(state, status, 0.0)
    rows = terminal.rows()
    view.close()
    return rows


def after_the_affair() -> DemoState:
    """Apple's was the worst; seven others came after it."""
    state = DemoState()
    for number, sentiment in enumerate([(0.8, 0.1, 0.1), (0.1, 0.1, 0.8)]):
        state.see(scored(number, NOON, sentiment, company="AAPL", topics={"legal": 0.9}), 0.0)
    fields = {"severity": 3, "observed": 9.0, "expected": 1.0, "window_minutes": 60}
    worst = raised(name="Apple", time=NOON, evidence=(evidence(text="the leak"), evidence(text="the fall")), **fields)
    state.see(worst, 0.0)
    for number in range(1, 8):
        id_ = f"company:C{number}@2014-09-0{number}T15:41:00Z"
        text = evidence(text=f"bad news {number} " + "of this and that " * 20)
        later = raised(id=id_, entity=f"C{number}", time=NOON + number * HOUR, severity=1, evidence=(text,))
        state.see(later, 0.0)
    return state


@SIZES
def test_an_empty_state_says_so(columns: int, lines: int) -> None:
    text = "\n".join(seen(DemoState(), columns, lines))
    assert "starting ..." in text
    assert "none yet" in text


@SIZES
def test_the_worst_alert_is_seen_with_its_numbers_and_texts_whatever_came_after(columns: int, lines: int) -> None:
    rows = seen(after_the_affair(), columns, lines)
    text = "\n".join(rows)
    for piece in ("2014-09-03 12:00 UTC", "severity 3  Apple", "9 negative against 1.0 expected in 1 h", "the leak"):
        assert piece in text, text
    assert "the fall" in text
    assert "alerts (8)" in text
    assert next(row for row in rows if "severity" in row).count("Apple") == 1
    assert next(row for row in rows if "severity 1" in row).count("C7") == 1  # the newest of the others


@SIZES
def test_nothing_that_matters_is_cut(columns: int, lines: int) -> None:
    status = (
        "All texts are through. Ctrl-C ends the demo.\ngroundswell alerts show company:AAPL --broker 127.0.0.1:39999"
    )
    rows = seen(after_the_affair(), columns, lines, status)
    text = "\n".join(rows)
    for piece in ("Groundswell", "scored 2 texts", "$AAPL", "Lawsuits", "bad neutral good", *status.splitlines()):
        assert piece in text, text
    assert len([row for row in rows if row]) <= lines
    assert rows[0].startswith("╭")


def test_metrics_are_named_where_there_is_room() -> None:
    assert "http://127.0.0.1:1/metrics" in "\n".join(seen(after_the_affair(), 120, 35))
    assert "metrics" not in "\n".join(seen(after_the_affair(), 80, 24))


def test_bars_fit() -> None:
    rows = seen(after_the_affair(), 80, 24)
    bars = [row for row in rows if "$AAPL" in row]
    assert len(bars) == 1
    assert len(bars[0]) == 80
    assert "█" * 8 in bars[0]


def test_the_end_says_what_was_found_and_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    lines = list(summary(after_the_affair(), 3_717))
    assert lines[0] == "3,717 texts of real people, 0 unusable, 8 alerts."
    assert lines[1] == "The worst: Apple, severity 3 of 4, 2014-09-03 12:00 UTC:"
    assert lines[2:5] == ["  9 negative against 1.0 expected in 1 h", "  the leak", "  the fall"]
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[1] for line in lines[6:]] == ["up", "ingest", "backtest"]
    assert list(summary(DemoState(), 10))[:2] == ["10 texts of real people, 0 unusable, 0 alerts.", "Next:"]


def test_while_it_runs_it_says_how_to_look_at_the_worst_alert() -> None:
    assert "alerts show company:AAPL --broker 127.0.0.1:39999" in how_to_look(after_the_affair(), "127.0.0.1:39999")
    assert how_to_look(DemoState(), "127.0.0.1:39999") == ""


@pytest.mark.parametrize(
    ("counts", "most", "lengths"),
    [((5, 0, 5), 10, (10, 0, 10)), ((1, 1, 1), 3, (7, 6, 7)), ((0, 0, 1), 100, (0, 0, 1)), ((0, 0, 0), 1, (0, 0, 0))],
)
def test_parts_of_a_bar_add_up(counts: tuple[int, int, int], most: int, lengths: tuple[int, int, int]) -> None:
    bar = stacked_bar(counts, most, 20)
    spans = {str(span.style): span.end - span.start for span in bar.spans}
    assert tuple(spans.get(colour, 0) for colour in ("red", "grey50", "green")) == lengths
    assert len(bar.plain) == sum(lengths)
