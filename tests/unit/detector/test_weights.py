"""What a text weighs: copies fade, an author has one vote."""

from __future__ import annotations

import msgspec
import pytest

from services.detector.opinion import opinion_of
from services.detector.params import Params
from services.detector.weights import WeightChange, Weights
from services.domain.key import MonitoredKey
from tests.factories import HOUR, MINUTE, NEGATIVE, NEUTRAL, START, scored

KEY = MonitoredKey.of_company("ACME")
PARAMS = Params()


def weigh(weights: Weights, number: int, time: int, author: str, text: str | None = None) -> WeightChange:
    return weights.weigh(opinion_of(scored(number, time, NEGATIVE, author=author, text=text), KEY), PARAMS)


def test_a_text_counts_one_and_its_probability() -> None:
    assert weigh(Weights(), 1, START, "a") == WeightChange(START, 1.0, 0.9)
    neutral = opinion_of(scored(2, START, NEUTRAL), KEY)
    assert Weights().weigh(neutral, PARAMS) == WeightChange(START, 1.0, 0.0)


def test_the_vote_of_an_author_shrinks_with_the_square_of_his_texts() -> None:
    weights = Weights()
    changes = [weigh(weights, n, START + n * 10 * MINUTE, "loud") for n in range(5)]
    assert {change.time for change in changes} == {START}
    for n in range(1, 6):
        assert sum(change.texts for change in changes[:n]) == pytest.approx(1.0 / n**2)
        assert sum(change.negative for change in changes[:n]) == pytest.approx(0.9 / n**2)


def test_after_six_hours_an_author_counts_again() -> None:
    weights = Weights()
    changes = [weigh(weights, n, START + hours * HOUR, "a") for n, hours in enumerate((0, 5, 6))]
    assert [change.texts for change in changes] == pytest.approx([1.0, -0.75, 1.0])
    assert [change.time for change in changes] == [START, START, START + 6 * HOUR]


def test_copies_of_a_text_fade() -> None:
    weights, story = Weights(), "shares plunge after the regulator opens an investigation into the accounts"
    changes = [weigh(weights, n, START + n * MINUTE, f"author-{n}", story) for n in range(4)]
    assert [change.texts for change in changes] == pytest.approx([1.0, 0.3, 0.09, 0.027])
    assert weigh(weights, 9, START + 25 * HOUR, "late", story).texts == 1.0


def test_a_slogan_of_many_counts_each_but_not_when_it_is_mostly_passed_on() -> None:
    weights = Weights()
    changes = [weigh(weights, n, START + n * MINUTE, f"author-{n}", "boycott ACME now") for n in range(4)]
    assert [change.texts for change in changes] == [1.0] * 4
    passed_on = [weigh(weights, n, START + n * MINUTE, f"author-{n}", "RT @x: boycott ACME now") for n in (5, 6)]
    assert [change.texts for change in passed_on] == pytest.approx([0.3**4, 0.3**5])
    assert weigh(weights, 7, START + 7 * MINUTE, "author-7", "boycott ACME now").texts == pytest.approx(0.3**6)


def test_texts_without_an_author_count_each() -> None:
    weights = Weights()
    for number in range(3):
        opinion = opinion_of(scored(number, START + number, NEGATIVE), KEY)
        assert weights.weigh(msgspec.structs.replace(opinion, author=None), PARAMS).texts == 1.0
    assert weights.authors == {}


def test_a_revision_counts_in_place_of_what_it_revises() -> None:
    weights = Weights()
    weigh(weights, 1, START, "a")

    def revise(number: int, sentiment: tuple[float, float, float], of: str = "t1") -> WeightChange | None:
        text = scored(number, START + HOUR, sentiment, author="a", revises=of)
        revised = weights.revise(opinion_of(text, KEY), PARAMS)
        assert revised is None or revised[1] == 1.0
        return None if revised is None else revised[0]

    assert revise(2, NEUTRAL) == WeightChange(START, 0.0, -0.9)
    assert revise(3, NEGATIVE) == WeightChange(START, 0.0, 0.9)
    assert revise(4, NEGATIVE) == WeightChange(START, 0.0, 0.0)
    assert revise(5, NEGATIVE, of="unknown") is None
    again = weigh(weights, 6, START + HOUR, "a")
    assert again.time == START
    assert again[1:] == pytest.approx((-0.75, -0.675))


def test_one_id_may_stand_for_several_texts() -> None:
    weights = Weights()
    weigh(weights, 1, START, "a", "one text")
    assert weights.known(opinion_of(scored(1, text="one text"), KEY))
    assert not weights.known(opinion_of(scored(1, text="another"), KEY))
    assert msgspec.convert({"ids": {"t1": START}}, Weights).known(opinion_of(scored(1, text="another"), KEY))
