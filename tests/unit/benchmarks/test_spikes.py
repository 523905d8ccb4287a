"""The generator of the spike benchmark, and how alerts are matched with what it put in."""

import numpy as np
import pytest

from services.detector.opinion import opinion_of
from services.domain.event_time import HOUR_MS, MINUTE_MS
from services.domain.key import MonitoredKey
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists
from tests.benchmarks.spikes.__main__ import streams
from tests.benchmarks.spikes.background import START_MS
from tests.benchmarks.spikes.injections import FLOOD, POSITIVE, RING, STORY, SURGE, Injection
from tests.benchmarks.spikes.regimes import REGIMES, Regime
from tests.benchmarks.spikes.tally import tally, threshold_for
from tests.benchmarks.spikes.texts import NOBODY, Texts
from tests.benchmarks.spikes.traces import DETECTORS, QUIET_MS, Trace, clean, raw

LOW = REGIMES[0]
DAYS = 40


def columns(texts: Texts) -> list[list[float]]:
    return [getattr(texts, name).tolist() for name in Texts.__slots__]


def within(texts: Texts, one: Injection) -> Texts:
    rows = (texts.time >= one.start) & (texts.time <= one.end) & (texts.author >= 1_000_000)
    return Texts(*(getattr(texts, name)[rows] for name in Texts.__slots__))


def injections_of(kind: str) -> list[tuple[Texts, Injection]]:
    made = streams(LOW, 5, 40, DAYS, calm=False)
    return [(within(texts, one), one) for texts, found in made for one in found if one.kind == kind]


def test_same_seed_gives_the_same_texts_and_another_seed_others() -> None:
    first, again, other = (streams(LOW, seed, 2, DAYS, calm=False) for seed in (1, 1, 2))
    assert [columns(texts) for texts, _ in first] == [columns(texts) for texts, _ in again]
    assert [found for _, found in first] == [found for _, found in again]
    assert columns(first[0][0]) != columns(other[0][0])


def test_times_are_sorted_and_a_calm_stream_has_nothing_put_in() -> None:
    for texts, found in streams(LOW, 3, 4, DAYS, calm=True):
        assert found == []
        assert (np.diff(texts.time) >= 0).all()
        assert texts.time[0] >= START_MS


@pytest.mark.parametrize("regime", [REGIMES[0], REGIMES[4], REGIMES[6]], ids=lambda one: one.name)
def test_classifier_is_right_as_often_as_the_regime_says(regime: Regime) -> None:
    parts = [texts for texts, _ in streams(regime, 2, 40, DAYS, calm=True)]
    truth, leads = (np.concatenate([getattr(one, name) for one in parts]) for name in ("truth", "leads"))
    assert leads[truth].mean() == pytest.approx(regime.accuracy, abs=0.03)
    assert leads[~truth].mean() == pytest.approx((1.0 - regime.accuracy) / 2.0, abs=0.02)


def test_each_kind_is_what_its_name_says() -> None:
    for texts, one in injections_of(FLOOD):
        assert one.size == 60
        assert len(set(texts.author.tolist())) == 1
    for texts, _ in injections_of(RING):
        assert len(set(texts.author.tolist())) == 4
    for texts, _ in injections_of(STORY):
        assert len(set(texts.cluster.tolist())) == 1
    for texts, _ in injections_of(POSITIVE):
        assert not texts.truth.any()
    surges = injections_of(SURGE)
    assert {one.size for _, one in surges} == {5, 10, 15, 25, 50, 100}
    assert all(one.fourth is None or one.start <= one.fourth <= one.end for _, one in surges)


def test_alerts_closer_than_six_hours_are_one() -> None:
    time = np.array([0, HOUR_MS, HOUR_MS + QUIET_MS, HOUR_MS + 2 * QUIET_MS + 1])
    trace = Trace(time, np.array([2.0, 1.0, 1.5, 1.2]))
    assert trace.alerts(1.0).tolist() == [0, HOUR_MS + 2 * QUIET_MS + 1]
    assert trace.alerts(1.3).tolist() == [0, HOUR_MS + QUIET_MS]
    assert trace.alerts(3.0).tolist() == []


def test_threshold_raises_no_more_than_wanted() -> None:
    time = np.arange(10) * (QUIET_MS + 1)
    traces = [Trace(time, np.arange(10.0)), Trace(time, np.arange(10.0) + 0.5)]
    threshold = threshold_for(traces, 3.0)
    assert sum(len(trace.alerts(threshold)) for trace in traces) == 3
    assert 8.0 < threshold <= 8.5


def test_tally_counts_surges_delays_and_decoys() -> None:
    start = START_MS + 10 * QUIET_MS
    surge = Injection(SURGE, 20, start, start + HOUR_MS, start + 10 * MINUTE_MS)
    missed = Injection(SURGE, 15, start + 20 * QUIET_MS, start + 20 * QUIET_MS + HOUR_MS, None)
    flood = Injection(FLOOD, 60, start + 40 * QUIET_MS, start + 40 * QUIET_MS + HOUR_MS, None)
    alerts = np.array([start + 30 * MINUTE_MS, flood.start + HOUR_MS])
    found = tally([alerts], [[surge, missed, flood]], 0.5)
    assert (found.large, found.delay, found.delay_after_fourth, found.false) == (0.5, 30.0, 20.0, 0.5)
    assert found.decoys[FLOOD] == 1.0
    assert np.isnan(found.small)


def test_texts_are_what_scoring_would_publish() -> None:
    texts = Texts(
        START_MS + np.arange(2) * MINUTE_MS,
        np.ones(2, dtype=bool),
        np.array([0.45, 0.45]),
        np.array([True, False]),
        np.array([7, NOBODY]),
        np.array([1, 2**64 - 1], dtype=np.uint64),
    )
    first, second = texts.scored("X")
    assert [opinion_of(one, MonitoredKey.of_company("X")).units for one in (first, second)] == [0.45, 0.0]
    assert [sum(one.sentiment) for one in (first, second)] == pytest.approx([1.0, 1.0])
    assert [(one.author, one.fingerprint) for one in (first, second)] == [("7", 1), (None, 2**64 - 1)]
    assert [one.published_at for one in (first, second)] == [START_MS, START_MS + MINUTE_MS]
    assert followed_keys(first, Watchlists()) == [MonitoredKey.of_company("X")]
    assert first.event_id != second.event_id


def test_clean_counts_an_author_once_and_copies_less() -> None:
    time = START_MS + np.arange(3) * MINUTE_MS
    same = Texts(
        time,
        np.ones(3, dtype=bool),
        np.full(3, 0.9),
        np.ones(3, dtype=bool),
        np.array([7, 7, 8]),
        np.array([1, 2**63 - 1, 1], dtype=np.uint64),
    )
    assert raw(same).tolist() == [1.0, 1.0, 1.0]
    assert clean(same).tolist() == pytest.approx([0.9, 0.0, 0.27])


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_scores_a_surge_above_its_calm_days(name: str) -> None:
    rng = np.random.default_rng(0)
    calm = np.sort(START_MS + rng.integers(0, 20 * 24 * HOUR_MS, 400))
    surge = START_MS + 20 * 24 * HOUR_MS + np.arange(40) * MINUTE_MS
    time = np.concatenate([calm, surge])
    leads = np.concatenate([rng.random(400) < 0.2, np.ones(40, dtype=bool)])
    clusters = rng.integers(0, 2**64, 440, dtype=np.uint64)
    texts = Texts(time, leads, np.where(leads, 0.9, 0.1), leads, np.arange(440), clusters)
    trace = DETECTORS[name](texts, 21)
    after = trace.time >= surge[0]
    assert trace.score[after].max() > trace.score[~after].max()
