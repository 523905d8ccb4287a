"""The behaviour every detector must show, on the detector as `backtest` runs it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.detect import advance, apply_minute, new_state
from services.detector.incident_events import IncidentEvent
from services.detector.incidents import Evaluation, severity_of
from services.detector.opinion import Opinion, opinion_of
from services.detector.params import Params
from services.detector.score import Surprise
from services.detector.state import KeyState
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, ScoredText
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, NEUTRAL, POSITIVE, START, scored
from tests.harness.streams import in_order, quiet, wave

KEY = MonitoredKey.of_company("ACME")
PARAMS = Params()
WAVE_AT = START + 10 * DAY + 14 * HOUR


def test_a_wave_after_quiet_days_raises_one_incident_and_clears() -> None:
    messages = run_backtest(in_order(quiet(12), wave(12, WAVE_AT)), Context()).messages
    raised = [m for m in messages if isinstance(m, IncidentRaised)]
    assert {m.id for m in raised} == {raised[0].id}
    assert WAVE_AT + 20 * MINUTE < raised[0].time <= WAVE_AT + 60 * MINUTE
    assert raised[0].entity == "ACME"
    assert raised[0].observed > 2.5
    assert raised[0].expected < 1.0
    assert raised[0].score >= raised[0].threshold
    assert raised[0].p_value <= 0.005  # half an alert a day for 100 keys
    assert (raised[0].watchlists, raised[0].quiet) == (("all",), False)
    assert raised[-1].severity >= 2
    cleared = [m for m in messages if isinstance(m, IncidentCleared)]
    assert [m.id for m in cleared] == [raised[0].id]
    assert cleared[0].time > WAVE_AT + 60 * MINUTE


def test_people_read_the_name_of_the_company() -> None:
    context = Context(names={"ACME": "Acme 极致"})
    messages = run_backtest(in_order(quiet(12), wave(12, WAVE_AT)), context).messages
    assert {type(m).__name__: (m.entity, m.name) for m in messages} == {
        "IncidentRaised": ("ACME", "Acme 极致"),
        "IncidentCleared": ("ACME", "Acme 极致"),
    }


def test_quiet_days_raise_nothing() -> None:
    assert run_backtest(quiet(20), Context()).messages == []


def _flood() -> list[ScoredText]:
    """Sixty texts by one author."""
    return [scored(100_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, author="same") for i in range(60)]


def _story() -> list[ScoredText]:
    """One text repeated by sixty authors."""
    story = "shares plunge after the regulator opens an investigation into the accounts of the company"
    return [scored(100_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, text=f"RT @user{i}: {story}") for i in range(60)]


def _ring(order: str) -> list[ScoredText]:
    """Four authors with ten texts each, by turns or one after the other."""
    authors = [f"ring-{i % 4 if order == 'by turns' else i // 10}" for i in range(40)]
    return [scored(100_000 + i, WAVE_AT + i * 3 * MINUTE, NEGATIVE, author=one) for i, one in enumerate(authors)]


def _busy(every: int) -> list[ScoredText]:
    """Much more of what is usual: one in eight negative."""
    return [scored(100_000 + i, WAVE_AT + i * every, NEGATIVE if i % 8 == 0 else NEUTRAL) for i in range(60)]


def _praise() -> list[ScoredText]:
    """A wave of positive texts, with the share of negative ones that is usual."""
    return [scored(100_000 + i, WAVE_AT + i * MINUTE, NEGATIVE if i % 8 == 0 else POSITIVE) for i in range(60)]


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(_flood(), id="one author"),
        pytest.param(_story(), id="one story"),
        pytest.param(_ring("by turns"), id="ring by turns"),
        pytest.param(_ring("in line"), id="ring in line"),
        pytest.param(_busy(24 * MINUTE), id="ten times the volume"),
        pytest.param(_busy(2 * MINUTE), id="a busy two hours"),
        pytest.param(_praise(), id="positive wave"),
    ],
)
@pytest.mark.parametrize("threshold", [None, 1.0])
def test_what_is_no_wave_of_negative_opinions_raises_nothing(texts: list[ScoredText], threshold: float | None) -> None:
    assert run_backtest(in_order(quiet(12), texts), Context(fixed_threshold=threshold)).messages == []


def test_a_score_counts_once_it_has_lasted() -> None:
    burst = [scored(100_000 + i, WAVE_AT + i * 1_000, NEGATIVE) for i in range(25)]
    state = _state_after(quiet(10))
    context = Context()
    seen_at = WAVE_AT + MINUTE
    assert apply_minute(KEY, state, WAVE_AT, _opinions(burst), context) == []
    assert advance(KEY, state, seen_at + PARAMS.hold_ms - 1, context) == []
    (raised,) = advance(KEY, state, seen_at + PARAMS.hold_ms, context)
    assert isinstance(raised, IncidentRaised)
    assert raised.time == seen_at + PARAMS.hold_ms


def test_a_minute_is_scored_before_it_is_learned() -> None:
    state, waiting = (_state_after(quiet(10)) for _ in range(2))
    advance(KEY, waiting, WAVE_AT, Context())
    burst = [scored(100_000 + i, WAVE_AT + i * 1_000, NEGATIVE) for i in range(25)]
    apply_minute(KEY, state, WAVE_AT, _opinions(burst), Context())
    assert state.recent[-1][1] > 2.0
    assert state.baseline == waiting.baseline


def test_a_spike_does_not_teach_the_baseline() -> None:
    calm, shaken = _state_after(quiet(12)), _state_after(in_order(quiet(12), wave(30, WAVE_AT)))
    priors = Context().priors(KEY)
    assert shaken.baseline.share(priors, PARAMS) == pytest.approx(calm.baseline.share(priors, PARAMS), abs=0.05)
    assert shaken.baseline.level(priors) == pytest.approx(calm.baseline.level(priors), rel=0.35)


def test_the_peak_of_a_day_says_where_it_was_censored_and_whether_it_began_with_an_incident() -> None:
    night = WAVE_AT + 10 * HOUR
    texts = in_order(quiet(10), wave(60, night - 2 * HOUR, every=4 * MINUTE))
    day = [text for text in texts if text.published_at < night - MINUTE]
    messages, state = _run(day, until=night)
    raised = [m for m in messages if isinstance(m, IncidentRaised)]
    peak = state.peak
    assert peak is not None
    assert (peak.day, peak.open, peak.censored_at) == (night // DAY - 1, False, raised[0].threshold)
    assert peak.score >= max(m.score for m in raised)
    _, state = _run(texts, until=texts[-1].published_at // MINUTE * MINUTE + MINUTE)
    assert state.peak is not None
    assert (state.peak.day, state.peak.open) == (night // DAY, True)


def test_saving_and_loading_in_the_middle_changes_nothing() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    messages, state = _run(texts, reload_every=3)
    assert (messages, state) == _run(texts)
    assert messages != []


def test_the_same_log_again_changes_nothing() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    twice = [t for text in texts for t in (text, text)]
    assert run_backtest(twice, Context()).messages == run_backtest(texts, Context()).messages


def test_order_within_a_minute_does_not_matter() -> None:
    texts = [scored(i, START + i * 100, NEGATIVE if i % 2 else NEUTRAL) for i in range(40)]
    one, other = new_state(START), new_state(START)
    forward = apply_minute(KEY, one, START, _opinions(texts), Context())
    backward = apply_minute(KEY, other, START, _opinions(reversed(texts)), Context())
    assert forward == backward
    assert one == other


def test_order_of_arrival_within_the_lateness_does_not_matter() -> None:
    texts = in_order(quiet(12, per_day=30), wave(25, WAVE_AT))
    for seed in range(3):
        assert _incidents(_run(_as_they_come(texts, seed))[0]) == _incidents(_run(texts)[0]) == 1
    calm = quiet(12, per_day=30)
    state, late = _run(calm)[1], _run(_as_they_come(calm, seed=1))[1]
    for name in state.baseline.__struct_fields__:
        assert getattr(late.baseline, name) == pytest.approx(getattr(state.baseline, name), rel=1e-9), name


def test_in_which_steps_time_runs_does_not_matter() -> None:
    texts = in_order(quiet(12), wave(12, WAVE_AT))
    assert _run(texts, extra_steps=7) == _run(texts)


@pytest.mark.slow
def test_state_is_bounded() -> None:
    texts = [scored(i, START + i * 20_000, NEGATIVE if i % 3 else NEUTRAL) for i in range(8_000)]
    state = _state_after(texts)
    assert len(state.weights.ids) == len(state.weights.authors) == PARAMS.remembered
    assert len(state.weights.clusters) <= PARAMS.remembered
    assert len(state.bins) <= PARAMS.most_bins
    assert len(state.hours) <= PARAMS.most_hours
    assert len(state.recent) <= 2 * PARAMS.hold_ms // MINUTE + 2
    assert len(state.evidence) <= PARAMS.most_evidence
    assert len(msgspec.msgpack.encode(state)) < 60_000


def test_a_first_ever_wave_of_a_new_key_is_provisional_with_severity_two_at_most() -> None:
    raised = run_backtest(wave(40, START, every=MINUTE), Context()).raised()
    assert raised[0].provisional
    assert max(m.severity for m in raised) <= 2


def test_reopened_within_six_hours_is_the_same_incident() -> None:
    again = wave(12, WAVE_AT + 7 * HOUR, first=200_000)
    messages = run_backtest(in_order(quiet(12), wave(12, WAVE_AT), again), Context()).messages
    kinds = [type(m).__name__ for m in messages]
    assert "IncidentCleared" in kinds[:-1]
    assert len({m.id for m in messages}) == 1


def test_evidence_is_distinct_and_most_negative_first() -> None:
    mild = (0.6, 0.3, 0.1)
    texts = in_order(
        quiet(12),
        wave(12, WAVE_AT),
        [scored(200_000 + i, WAVE_AT + i * MINUTE, mild) for i in range(5)],
        [
            scored(300_000 + i, WAVE_AT + i * MINUTE, NEGATIVE, text="the same words in every one of them")
            for i in range(9)
        ],
    )
    last = run_backtest(texts, Context()).raised()[-1]
    values = [e.negative for e in last.evidence]
    assert values == sorted(values, reverse=True)
    assert len({e.text for e in last.evidence}) == len(last.evidence) == 10


@pytest.mark.parametrize(
    ("p_value", "observed", "expected", "severity"),
    [
        (2e-3, 20, 1, 1),
        (1e-3, 9, 1, 2),
        (1e-4, 16, 1, 3),
        (1e-6, 31, 1, 4),
        (1e-6, 31, 6, 3),
        (1e-6, 8.9, 1, 1),
        (1e-3, 31, 1, 2),
    ],
)
def test_severity_needs_rarity_excess_and_ratio(
    p_value: float, observed: float, expected: float, severity: int
) -> None:
    state = KeyState(first_at=START, now=START, next_hour=START // HOUR, texts=50.0)
    best = Surprise(3.0, observed, expected, observed * 2, 60)
    assert severity_of(state, Evaluation(best, [best], 1.0, p_value), START + 2 * DAY, PARAMS) == severity


def _opinions(texts: Iterable[ScoredText]) -> list[Opinion]:
    return [opinion_of(text, KEY) for text in texts]


def _state_after(texts: Sequence[ScoredText]) -> KeyState:
    """One text a minute at most, in the order in which they come."""
    state, context = new_state(texts[0].published_at), Context()
    for text in texts:
        apply_minute(KEY, state, text.published_at // MINUTE * MINUTE, [opinion_of(text, KEY)], context)
    advance(KEY, state, max(state.now, texts[-1].published_at) + 3 * HOUR, context)
    return state


def _run(
    texts: Sequence[ScoredText], reload_every: int = 0, extra_steps: int = 0, until: int = 0
) -> tuple[list[IncidentEvent], KeyState]:
    """Incidents of one key and its state at `until` (ms, a day later unless it is given), texts taken minute by minute
    in the order in which they come; the state is saved and loaded now and then, and time runs in further steps.
    """
    minutes: defaultdict[int, list[Opinion]] = defaultdict(list)
    for text in texts:
        minutes[text.published_at // MINUTE * MINUTE].append(opinion_of(text, KEY))
    context, messages, before = Context(), list[IncidentEvent](), next(iter(minutes))
    state = new_state(min(minutes))
    for number, minute in enumerate(minutes):
        for step in range(1, extra_steps + 1):
            to = before + (minute - before) * step // (extra_steps + 1)
            messages += advance(KEY, state, to, context, while_waiting=True)
        messages += apply_minute(KEY, state, minute, minutes[minute], context)
        before = minute
        if reload_every and number % reload_every == 0:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=KeyState)
    messages += advance(KEY, state, until or (max(minutes) // DAY + 2) * DAY, context)
    return messages, state


def _as_they_come(texts: Sequence[ScoredText], seed: int) -> list[ScoredText]:
    """The texts in an order in which each is up to an hour late."""
    source = random.Random(seed)
    return sorted(texts, key=lambda text: text.published_at + source.randrange(HOUR))


def _incidents(messages: Sequence[IncidentEvent]) -> int:
    return len({message.id for message in messages})


def test_a_wave_that_was_revised_away_raises_nothing_and_one_that_was_revised_into_bad_news_does() -> None:
    calm, texts = quiet(10), wave(24, START + 10 * DAY)

    def told(first: tuple[float, float, float], then: tuple[float, float, float]) -> list[ScoredText]:
        before = [msgspec.structs.replace(one, sentiment=first) for one in texts]
        after = [
            msgspec.structs.replace(one, event_id=f"{one.event_id}r", sentiment=then, revises=one.event_id,
                                    published_at=one.published_at + MINUTE)
            for one in texts
        ]  # fmt: skip
        return in_order(calm, before, after)

    assert _raised(told(NEGATIVE, NEUTRAL)) == []
    (late,) = _raised(told(NEUTRAL, NEGATIVE))
    shown = {one.id for one in late.evidence}
    assert shown & {f"{one.event_id}r" for one in texts}
    assert not shown & {one.event_id for one in texts}
    (once,) = _raised(told(NEGATIVE, NEGATIVE))
    assert once.observed == pytest.approx(_raised(in_order(calm, texts))[0].observed)


def _raised(texts: list[ScoredText]) -> list[IncidentRaised]:
    return [one for one in run_backtest(texts, Context(fixed_threshold=1.0)).raised() if one.revision == 0]
