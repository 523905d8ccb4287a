"""The behaviour every detector must show, on the detector as `backtest` runs it."""

from __future__ import annotations

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.common.messages import SpikeCleared, SpikeRaised
from services.monitoring.detector.detect import advance, apply_minute, new_state
from services.monitoring.detector.incidents import severity_of
from services.monitoring.detector.opinion import opinion_of
from services.monitoring.detector.params import Params
from services.monitoring.detector.state import KeyState
from services.monitoring.detector.surprise import Surprise
from tests.unit.monitoring.streams import (
    DAY,
    HOUR,
    MINUTE,
    NEGATIVE,
    NEUTRAL,
    START,
    in_order,
    quiet,
    scored,
    wave,
)

PARAMS = Params()
WAVE_AT = START + 10 * DAY + 14 * HOUR


def test_a_wave_after_quiet_days_raises_one_alert_and_clears() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    messages = run_backtest(texts, PARAMS).messages
    raised = [m for m in messages if isinstance(m, SpikeRaised)]
    assert {m.id for m in raised} == {raised[0].id}
    assert WAVE_AT < raised[0].time <= WAVE_AT + 30 * MINUTE
    assert raised[0].entity == "ACME"
    assert raised[0].observed > 2.5
    assert raised[0].expected < 1.0
    assert raised[-1].severity >= 2
    cleared = [m for m in messages if isinstance(m, SpikeCleared)]
    assert [m.id for m in cleared] == [raised[0].id]
    assert cleared[0].time > WAVE_AT + 60 * MINUTE


def test_quiet_days_raise_nothing() -> None:
    assert run_backtest(quiet(20), PARAMS).messages == []


def test_sixty_texts_by_one_author_raise_nothing() -> None:
    flood = [scored(100_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, author="same") for i in range(60)]
    assert run_backtest(in_order(quiet(12), flood), PARAMS).messages == []


def test_one_text_repeated_by_sixty_authors_raises_nothing() -> None:
    story = "shares plunge after the regulator opens an investigation into the accounts of the company"
    copies = [scored(100_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, text=f"RT @user{i}: {story}") for i in range(60)]
    assert run_backtest(in_order(quiet(12), copies), PARAMS).messages == []


def test_ten_times_the_volume_at_the_same_share_raises_nothing() -> None:
    busy = [scored(100_000 + i, WAVE_AT + i * 24 * MINUTE, NEGATIVE if i % 8 == 0 else NEUTRAL) for i in range(60)]
    assert run_backtest(in_order(quiet(12), busy), PARAMS).messages == []


def test_a_spike_does_not_teach_the_baseline() -> None:
    calm, shaken = _state_after(quiet(12)), _state_after(in_order(quiet(12), wave(30, WAVE_AT)))
    assert shaken.baseline.share(PARAMS) == pytest.approx(calm.baseline.share(PARAMS), abs=0.05)
    assert shaken.baseline.level() == pytest.approx(calm.baseline.level(), rel=0.35)


def test_saving_and_loading_in_the_middle_changes_nothing() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    assert _messages(texts, reload_every=3) == _messages(texts, reload_every=10**9) != []


def test_the_same_log_again_changes_nothing() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    twice = [t for text in texts for t in (text, text)]
    assert run_backtest(twice, PARAMS).messages == run_backtest(texts, PARAMS).messages


def test_order_within_a_minute_does_not_matter() -> None:
    texts = [scored(i, START + i * 100, NEGATIVE if i % 2 else NEUTRAL) for i in range(40)]
    one, other = new_state(START), new_state(START)
    forward = apply_minute("company:ACME", one, START, [opinion_of(t, "company:ACME") for t in texts], PARAMS)
    backward = apply_minute(
        "company:ACME", other, START, [opinion_of(t, "company:ACME") for t in reversed(texts)], PARAMS
    )
    assert forward == backward
    assert one == other


def test_how_time_is_told_does_not_matter() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    assert _messages(texts, reload_every=10**9, extra_steps=7) == _messages(texts, reload_every=10**9)


def test_state_is_bounded() -> None:
    state = _state_after([scored(i, START + i * 20_000, NEGATIVE if i % 3 else NEUTRAL) for i in range(5_000)])
    assert len(state.weights.ids) == len(state.weights.authors) == PARAMS.remembered
    assert len(state.weights.clusters) <= PARAMS.remembered
    assert len(state.bins) <= PARAMS.bins_kept
    assert len(state.evidence) <= PARAMS.evidence_kept
    assert len(msgspec.msgpack.encode(state)) < 40_000


def test_a_first_ever_wave_of_a_new_key_is_provisional_with_severity_two_at_most() -> None:
    raised = run_backtest(wave(40, START, every=MINUTE), PARAMS).raised()
    assert raised[0].provisional
    assert max(m.severity for m in raised) <= 2


def test_reopened_within_six_hours_is_the_same_incident() -> None:
    again = wave(12, WAVE_AT + 8 * HOUR, first=200_000)
    messages = run_backtest(in_order(quiet(12), wave(10, WAVE_AT), again), PARAMS).messages
    kinds = [type(m).__name__ for m in messages]
    assert "SpikeCleared" in kinds[:-1]
    assert len({m.id for m in messages}) == 1


def test_evidence_is_distinct_and_most_negative_first() -> None:
    mild = (0.6, 0.3, 0.1)
    texts = in_order(
        quiet(12),
        wave(5, WAVE_AT),
        [scored(200_000 + i, WAVE_AT + i * MINUTE, mild) for i in range(5)],
        [
            scored(300_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, text="the same words in every one of them")
            for i in range(9)
        ],
    )
    last = run_backtest(texts, PARAMS).raised()[-1]
    values = [e.negative for e in last.evidence]
    assert values == sorted(values, reverse=True)
    assert len({e.text for e in last.evidence}) == len(last.evidence) <= 10


@pytest.mark.parametrize(
    ("value", "observed", "expected", "severity"),
    [(3.4, 20, 1, 1), (3.5, 9, 1, 2), (5.0, 16, 1, 3), (8.0, 31, 1, 4), (8.0, 31, 6, 3), (8.0, 8.9, 1, 1)],
)
def test_severity_needs_surprise_excess_and_ratio(
    value: float, observed: float, expected: float, severity: int
) -> None:
    state = KeyState(first_at=START, now=START, next_hour=START // HOUR, texts=50.0)
    best = Surprise(value, observed, expected, observed * 2, 60)
    assert severity_of(state, best, START + 2 * DAY, PARAMS) == severity


def _state_after(texts: list) -> KeyState:  # type: ignore[type-arg]
    state = new_state(texts[0].published_at)
    for text in texts:
        apply_minute(
            "company:ACME", state, text.published_at // MINUTE * MINUTE, [opinion_of(text, "company:ACME")], PARAMS
        )
    advance("company:ACME", state, texts[-1].published_at + 3 * HOUR, PARAMS)
    return state


def _messages(texts: list, reload_every: int, extra_steps: int = 0) -> list:  # type: ignore[type-arg]
    """Alerts of one key, with the state saved and loaded now and then, and time told in further steps."""
    minutes: dict[int, list] = {}  # type: ignore[type-arg]
    for text in texts:
        minutes.setdefault(text.published_at // MINUTE * MINUTE, []).append(opinion_of(text, "company:ACME"))
    state, messages, before = new_state(min(minutes)), [], min(minutes)
    for number, minute in enumerate(sorted(minutes)):
        for step in range(1, extra_steps + 1):
            if state.is_open():
                messages += advance(
                    "company:ACME", state, before + (minute - before) * step // (extra_steps + 1), PARAMS
                )
        messages += apply_minute("company:ACME", state, minute, minutes[minute], PARAMS)
        before = minute
        if number % reload_every == 0:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=KeyState)
    return messages
