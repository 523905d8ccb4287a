"""Effects of the pieces of a text: cut, left out, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from pathlib import Path

import pytest

from services.domain.messages import Highlight
from services.inference.classifier import Classifier
from services.inference.explanation import Effect, ExplanationRequest, explain, highlights
from services.inference.scores import NEGATIVE, POSITIVE, Scores
from services.text.mentions import Named
from services.text.segments import segments, without
from tests.harness.tiny_bundle import STEP, tiny_bundle


class Counted:
    """Scores by counting: P(negative) is a tenth for each "bad", towards an entity two tenths; remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(
        self, texts: Sequence[str], *, entities: Sequence[Sequence[Named]], langs: Sequence[str]
    ) -> list[Scores]:
        self.calls.append(list(texts))
        return [
            Scores(share(text, 0.1), {}, tuple(share(text, 0.2) for _ in named))
            for text, named in zip(texts, entities, strict=True)
        ]


def share(text: str, each: float) -> tuple[float, float, float]:
    negative = each * text.count("bad")
    return (negative, 1.0 - negative, 0.0)


def pieces(text: str, most: int = 12) -> list[str]:
    return [text[start:end] for start, end in segments(text, most)]


def test_english_is_cut_into_words_and_chinese_into_pairs() -> None:
    assert pieces("shares of $AAPL fell 4 % - again!") == ["shares", "of", "$AAPL", "fell", "4 % -", "again!"]
    assert pieces("苹果CEO辞职，股价大跌！") == ["苹果", "CEO", "辞职，", "股价", "大跌！"]
    assert pieces("to the moon 🚀") == ["to", "the", "moon", "🚀"]
    assert pieces("") == []


def test_a_long_text_has_twelve_pieces_of_neighbours() -> None:
    found = pieces(" ".join(f"w{number}" for number in range(26)))
    assert len(found) == 12
    assert found[0] == "w0 w1 w2"
    assert found[1:3] == ["w3 w4 w5", "w6 w7"]
    assert found[-1] == "w24 w25"


def test_what_the_model_does_not_read_is_left_alone() -> None:
    assert segments("跌" * 1000)[-1][1] == 170
    assert segments("a b " * 1000)[-1][1] <= 512


def test_leaving_out_folds_blanks() -> None:
    assert without("a bad day", [(2, 5)]) == "a day"
    assert without("股价大跌了", [(0, 2), (4, 5)]) == "大跌"


def test_the_effect_is_what_a_piece_adds() -> None:
    score = Counted()
    requests = [
        ExplanationRequest("a bad day", "en", Scores(share("bad", 0.1), {})),
        ExplanationRequest("fine", "en", Scores((0.0, 1.0, 0.0), {})),
    ]
    first, second = explain(requests, score)
    assert score.calls == [["bad day", "a day", "a bad", ""]]  # one call for all texts
    assert [(one.start, one.end) for one in first.text] == [(0, 1), (2, 5), (6, 9)]
    assert [one.change for one in first.text] == [
        pytest.approx((0.0, 0.0, 0.0)),
        pytest.approx((0.1, -0.1, 0.0)),
        pytest.approx((0.0, 0.0, 0.0)),
    ]
    assert second.text == (Effect(0, 4, (0.0, 0.0, 0.0)),)
    assert first.entities == ()


def test_the_name_of_an_entity_is_not_left_out_for_itself() -> None:
    text = "bad Acme, bad Bolt"
    scores = Scores(share(text, 0.1), {}, (share(text, 0.2), share(text, 0.2)))
    (found,) = explain([ExplanationRequest(text, "en", scores, [Named("Acme"), Named("Bolt")])], Counted())
    assert [text[one.start : one.end] for one in found.text] == ["bad", "Acme,", "bad", "Bolt"]
    assert [[text[one.start : one.end] for one in each] for each in found.entities] == [
        ["bad", "bad", "Bolt"],
        ["bad", "Acme,", "bad"],
    ]
    assert [one.change[NEGATIVE] for one in found.entities[0]] == pytest.approx([0.2, 0.2, 0.0])


def test_highlights_speak_for_the_sentiment_strongest_first() -> None:
    text = "one two three four five"
    changes = (0.1, -0.2, 0.3, 0.2, 0.05)
    effects = [Effect(*span, (each, 0.0, -each)) for span, each in zip(segments(text), changes, strict=True)]
    assert [one.text for one in highlights(text, effects, NEGATIVE)] == ["three", "four", "one"]
    assert highlights(text, effects, NEGATIVE, most=1) == (Highlight(text="three", start=8, end=13, effect=0.3),)
    assert [one.text for one in highlights(text, effects, POSITIVE)] == ["two"]


def test_a_real_classifier_is_explained(tmp_path: Path) -> None:
    classifier = Classifier(tiny_bundle(tmp_path), threads=1)
    text = "the shares are bad"
    (scores,) = classifier.score([text])
    (found,) = explain([ExplanationRequest(text, "en", scores)], classifier.score)
    with_bad, rest = exp(STEP) / (exp(STEP) + exp(1) + 1), 1 / (2 + exp(1))
    assert [one.change[NEGATIVE] for one in found.text] == pytest.approx([0, 0, 0, with_bad - rest], abs=1e-6)
    assert explain([], classifier.score) == []
