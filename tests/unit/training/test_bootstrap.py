"""The paired bootstrap over texts."""

from __future__ import annotations

import math

import pytest

from training.metrics.bootstrap import Difference, paired_bootstrap
from training.metrics.counts import Counts, count


def system(right: str) -> Counts:
    """Texts with the labels a and b in turn, answered rightly where there is a 1."""
    gold = [("ab"[index % 2],) for index in range(len(right))]
    other = {("a",): ("b",), ("b",): ("a",)}
    predicted = [one if mark == "1" else other[one] for one, mark in zip(gold, right, strict=True)]
    return count(gold, predicted, ("a", "b"), multi=False)


def difference(one: str, other: str) -> Difference:
    return paired_bootstrap(system(one), {"other": system(other)}).differences["other"]["accuracy"]


def test_the_interval_of_an_accuracy_is_that_of_the_binomial() -> None:
    found = paired_bootstrap(system("1110" * 100), {}).estimates["accuracy"]
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert found.value == 0.75
    assert (found.low, found.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.005)


def test_a_system_differs_from_itself_by_nothing() -> None:
    assert difference("1101" * 10, "1101" * 10) == Difference(0.0, 0.0, 0.0, 1.0)


def test_only_texts_that_are_judged_differently_make_a_difference() -> None:
    # Ten texts of 100, all for the first: the drawn difference is a binomial of 100 and 0.1, so a shift by 0.1 means
    # none or 20 of them. Two samples of their own would have p = 0.15.
    found = difference("1" * 60 + "0" * 40, "1" * 50 + "0" * 50)
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.05, 0.16), abs=0.011)
    assert found.p_value < 0.01


def test_one_text_of_a_hundred_is_chance() -> None:
    # As large as the one seen: any number of draws of that text but one.
    assert difference("1" * 51 + "0" * 49, "1" * 50 + "0" * 50).p_value == pytest.approx(1 - 0.99**99, abs=0.03)


def test_draws_depend_on_the_seed_alone() -> None:
    one = system("1101001" * 10)
    assert paired_bootstrap(one, {}) == paired_bootstrap(one, {})
    assert paired_bootstrap(one, {}, seed=1, resamples=30) != paired_bootstrap(one, {}, seed=2, resamples=30)


def test_systems_must_be_of_the_same_texts() -> None:
    with pytest.raises(ValueError, match=r"equally many texts, at least one, got \[2, 3\]"):
        paired_bootstrap(system("11"), {"other": system("111")})
