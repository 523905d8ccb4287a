"""How rare a score is: a tail fitted to the largest scores of days."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest

from services.detector.cohort import shipped, tail_before_history
from services.detector.tail import (
    STEPS,
    WIDTH,
    DayCounts,
    Rarity,
    Tail,
    log_survival,
    rarity,
    step_of,
    tail_of,
)

Floats = npt.NDArray[np.float64]
SCALE = 0.4
ABOVE_ZERO = 0.3
PRIOR = log_survival([(0.05, 0.2), (0.55, 0.2 * math.exp(-1.0))])
"""An exponential tail of another scale, 0.5."""


def counted(scores: Floats, censored_at: float = math.inf) -> Rarity:
    """What days with these largest scores teach; one that reaches `censored_at` is censored there."""
    counts, tail = DayCounts(), Tail([0.0] * STEPS)
    for score in scores.tolist():
        counts.add(step_of(min(score, censored_at)), censored=score >= censored_at)
    tail.learn([counts], decay=1.0)
    return rarity(tail, PRIOR)


def drawn(days: int) -> Floats:
    """Largest scores of days: 0, or with P(>= s) = 0.3 exp(-s / 0.4)."""
    source = np.random.default_rng(7)
    return np.where(source.random(days) < ABOVE_ZERO, source.exponential(SCALE, days), 0.0)


def true_p_value(score: float) -> float:
    return ABOVE_ZERO * math.exp(-score / SCALE)


def slope(found: Rarity, score: float) -> float:
    return math.log(found.p_value(score) / found.p_value(score + 1.0))


def test_steps() -> None:
    assert [step_of(score) for score in (-1.0, 0.0, WIDTH * 0.99, WIDTH * 1.01, 1e9)] == [0, 0, 0, 1, STEPS - 1]


def test_the_logarithm_is_linear_between_the_scores_that_are_given_and_beyond() -> None:
    found = log_survival([(0.1, 0.5), (0.3, 0.1), (0.4, 0.01)])
    assert len(found) == STEPS + 1
    assert found[0] == 0.0
    p_values = np.exp(np.array([found[2], found[4], found[6], found[7], found[8], found[10]]))
    assert p_values == pytest.approx([0.5, math.sqrt(0.05), 0.1, math.sqrt(0.001), 0.01, 0.001])


def test_exponential_scores_give_back_their_slope_and_p_values() -> None:
    found = counted(drawn(100_000))
    assert slope(found, 1.0) == pytest.approx(1 / SCALE, rel=0.03)
    assert slope(found, 4.0) == pytest.approx(1 / SCALE, rel=0.25)  # out of sixty days
    for score in (0.05, 0.22, 0.5, 1.0, 1.5):
        assert found.p_value(score) == pytest.approx(true_p_value(score), rel=0.05)


def test_exact_counts_give_the_exact_tail() -> None:
    exact = log_survival([(0.05, true_p_value(0.05)), (0.45, true_p_value(0.45))])
    found = rarity(tail_of(exact, 1e6), PRIOR)
    assert slope(found, 5.0) == pytest.approx(1 / SCALE, rel=0.01)
    for score in (0.05, 0.31, 1.0, 3.0, 5.0):
        assert found.p_value(score) == pytest.approx(true_p_value(score), rel=0.03)


@pytest.mark.parametrize("volume", range(10))
def test_before_there_is_history_p_values_are_those_that_are_shipped(volume: int) -> None:
    cohort = f"company/{volume}"
    expected, tail = Rarity(shipped(cohort)), tail_before_history(cohort)
    found = rarity(tail, shipped(cohort))
    assert expected.p_value(0.05) > expected.p_value(2.0) > 0.0
    for score in (0.05, 0.3, 0.5, 1.0, 2.0, 4.0):
        assert math.log10(found.p_value(score)) == pytest.approx(math.log10(expected.p_value(score)), abs=0.1)


def test_every_day_reaches_zero_and_higher_scores_are_ever_rarer() -> None:
    found = counted(drawn(5_000))
    values = [found.p_value(score) for score in np.arange(0.0, 12.0, 0.01).tolist()]
    assert values[0] == 1.0
    assert all(low >= high > 0.0 for low, high in itertools.pairwise(values))


@pytest.mark.parametrize("days", [50, 5_000, 100_000])
def test_score_at_inverts_p_value(days: int) -> None:
    found = counted(drawn(days))
    for p_value in (1e-12, 1e-4, 0.005, 0.02, 0.1, 0.25, 0.6):
        assert found.p_value(found.score_at(p_value)) == pytest.approx(p_value, rel=1e-9)
    assert found.score_at(1.0) == 0.0


def test_a_day_that_is_censored_does_not_teach_how_high_scores_go() -> None:
    calm, waves = drawn(8_000), np.full(80, 8.0)
    whole, censored = counted(calm), counted(calm, censored_at=1.0)
    for score in (0.5, 0.9):
        assert censored.p_value(score) == pytest.approx(whole.p_value(score), rel=0.05)
    assert slope(censored, 1.0) == pytest.approx(1 / SCALE, rel=0.25)
    both = np.concatenate([calm, waves])
    assert counted(both).p_value(8.0) > 0.001
    assert counted(both, censored_at=1.0).p_value(8.0) < 1e-5


def test_what_is_known_fades_and_new_days_are_added() -> None:
    tail = Tail([0.0] * STEPS)
    first, second = DayCounts(), DayCounts()
    first.add(3)
    first.add(3)
    first.add(5, censored=True)
    second.add(3)
    tail.learn([first, second], decay=0.5)
    assert (tail.ended[3], tail.censored[5], tail.key_days()) == (3.0, 1.0, 4.0)
    tail.learn([second], decay=0.5)
    assert (tail.ended[3], tail.censored[5], tail.key_days()) == (2.5, 0.5, 3.0)
    tail.learn([], decay=0.5)
    assert tail.key_days() == 1.5


def test_how_days_are_split_into_parts_does_not_matter() -> None:
    source = np.random.default_rng(3)
    whole, split = (tail_of(PRIOR, 150.0) for _ in range(2))
    for _ in range(100):
        parts, total = [DayCounts() for _ in range(4)], DayCounts()
        for step in source.integers(0, 8, 60).tolist():
            censored = bool(source.integers(2))
            parts[source.integers(4)].add(step, censored=censored)
            total.add(step, censored=censored)
        whole.learn([total], decay=0.37)
        split.learn(parts, decay=0.37)
        assert whole == split
