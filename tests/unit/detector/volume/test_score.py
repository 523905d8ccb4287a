"""The volume channel: how it scores, learns, and what it costs."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from services.detector.params import BIN_MS, Params
from services.detector.volume import score as volume
from services.detector.volume.score import UNUSUAL_AT, observe
from services.detector.volume.state import VolumeState, new_volume
from services.domain.errors import InvalidInput
from services.domain.event_time import DAY_MS, HOUR_MS
from tests.factories import START

PARAMS = Params()
A_DAY = DAY_MS // BIN_MS


def counts(rate: float, days: int, seed: int = 1) -> list[float]:
    """Poisson texts of five-minute bins at so many an hour."""
    return [float(n) for n in np.random.default_rng(seed).poisson(rate / 12.0, days * A_DAY)]


def run(texts: list[float], state: VolumeState | None = None, *, dense: bool = True) -> tuple[VolumeState, list[float]]:
    """All bins from START, or only those with texts."""
    state = state or new_volume(START)
    scores = [observe(state, START + i * BIN_MS, n, PARAMS) for i, n in enumerate(texts) if dense or n]
    return state, scores


def test_nothing_is_scored_on_the_first_day() -> None:
    _, scores = run([*counts(60.0, 1), 500.0])
    assert set(scores[:A_DAY]) == {0.0}
    assert scores[A_DAY] > UNUSUAL_AT


def test_ten_times_the_volume_is_unusual_and_usual_volume_is_not() -> None:
    for rate in (1.0, 12.0, 600.0):
        state, scores = run(counts(rate, 20))
        assert sum(score >= UNUSUAL_AT for score in scores) <= 10
        at = START + 20 * DAY_MS
        busy = counts(10.0 * rate, 1, seed=2)[:24]
        assert max(observe(state, at + i * BIN_MS, n, PARAMS) for i, n in enumerate(busy)) > 1.2 * UNUSUAL_AT


def test_the_score_comes_before_learning() -> None:
    state, _ = run(counts(30.0, 10))
    at = START + 10 * DAY_MS
    observe(state, at, 3.0, PARAMS)
    before = msgspec.json.encode(state.scales), state.texts, state.exposure
    assert observe(state, at + BIN_MS, 200.0, PARAMS) > UNUSUAL_AT
    assert (msgspec.json.encode(state.scales), state.texts, state.exposure) == before
    observe(state, at + HOUR_MS, 3.0, PARAMS)
    assert state.texts != before[1]


def test_a_spike_hardly_teaches_the_baseline() -> None:
    calm = counts(30.0, 12)
    shaken = list(calm)
    shaken[10 * A_DAY : 10 * A_DAY + 24] = [300.0] * 24
    quiet, loud = (run(texts)[0] for texts in (calm, shaken))
    assert loud.level() == pytest.approx(quiet.level(), rel=0.06)
    assert loud.scales[1].dispersion(PARAMS) < 0.15
    assert observe(loud, START + 12 * DAY_MS, 60.0, PARAMS) > UNUSUAL_AT


@pytest.mark.parametrize("rate", [0.5, 60.0])
def test_saving_and_loading_in_the_middle_changes_nothing(rate: float) -> None:
    texts = counts(rate, 6)
    whole, scores = run(texts)
    state, found = new_volume(START), []
    for i, n in enumerate(texts):
        if i % 50 == 0:
            state = msgspec.json.decode(msgspec.json.encode(state), type=VolumeState)
        found.append(observe(state, START + i * BIN_MS, n, PARAMS))
    assert found == scores
    assert state == whole


def test_leaving_out_empty_bins_changes_nothing() -> None:
    texts = [*counts(2.0, 10), 4.0]
    full, scores = run(texts)
    thin, found = run(texts, dense=False)
    assert found == [score for score, n in zip(scores, texts, strict=True) if n]
    assert thin == full


def test_the_state_is_bounded() -> None:
    sizes = []
    for days in (10, 40):
        state, _ = run(counts(600.0, days))
        assert len(state.bins) <= 60
        sizes.append(len(msgspec.json.encode(state)))
    assert max(sizes) < 4096


def test_a_long_gap_costs_a_step_an_hour_of_one_week_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = run(counts(2.0, 5))
    learned: list[int] = []
    learn = volume._learn_hour

    def counted(of: VolumeState, hour: int, params: Params) -> None:
        learned.append(hour)
        learn(of, hour, params)

    monkeypatch.setattr(volume, "_learn_hour", counted)
    observe(state, START + 365 * DAY_MS, 1.0, PARAMS)
    assert len(learned) == 7 * 24
    assert len(state.bins) == 1


def test_a_silence_lowers_the_level_as_one_week_of_it_does() -> None:
    state, _ = run(counts(60.0, 10))
    observe(state, START + 40 * DAY_MS, 1.0, PARAMS)
    assert 15.0 < state.level() < 30.0


@pytest.mark.parametrize("rate", [0.1, 0.5, 2.0, 5.0])
def test_a_thin_key_is_rarely_unusual_and_ten_texts_at_once_are(rate: float) -> None:
    unusual = 0
    for seed in range(3):
        state, scores = run(counts(rate, 60, seed), dense=False)
        assert all(math.isfinite(score) and score >= 0.0 for score in scores)
        unusual += sum(score >= UNUSUAL_AT for score in scores)
        assert observe(state, START + 60 * DAY_MS, 10.0 + rate, PARAMS) > UNUSUAL_AT
    assert unusual <= 18  # of 180 days


def test_one_text_of_a_thin_key_is_not_unusual() -> None:
    state, _ = run(counts(0.1, 60, 3), dense=False)
    assert observe(state, START + 62 * DAY_MS, 1.0, PARAMS) < UNUSUAL_AT


@pytest.mark.parametrize(("start", "texts"), [(START + 1, 1.0), (START, 1.0), (START + BIN_MS, -1.0)])
def test_what_is_no_next_bin_or_no_count_is_refused(start: int, texts: float) -> None:
    state = new_volume(START)
    observe(state, START, 1.0, PARAMS)
    with pytest.raises(InvalidInput, match=str(start)):
        observe(state, start, texts, PARAMS)
