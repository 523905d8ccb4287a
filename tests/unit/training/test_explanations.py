"""Integrated gradients add up, and deletion tells faithful rankings from random ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from services.inference.explanation import ExplanationRequest
from services.inference.scores import Scores
from services.text.mentions import Named
from services.text.segments import segments
from training.config import TrainConfig
from training.explanations.faithfulness import RankedText, faithfulness
from training.explanations.integrated_gradients import Attribution, TokenValue, attribute, by_segment
from training.model.multitask import MultiTaskModel, new_model

TEXT = "shares fall outage bank loss"


@pytest.fixture(scope="module")
def model(base_model: Path, tiny_config: TrainConfig) -> MultiTaskModel:
    """Random weights, with a head of large ones so that probabilities differ."""
    torch.manual_seed(5)
    made = new_model(tiny_config.model, topics=2, conventions=["fpb"])
    torch.nn.init.normal_(made.sentiment.weight, std=2.0)
    return made


@pytest.fixture(scope="module")
def tokenizer(base_model: Path) -> Tokenizer:
    return Tokenizer.from_file(str(base_model / "tokenizer.json"))


@pytest.mark.parametrize("sentiment", [0, 1, 2])
def test_the_values_add_up_to_the_difference_from_the_baseline(
    model: MultiTaskModel, tokenizer: Tokenizer, sentiment: int
) -> None:
    found = attribute(model, tokenizer, TEXT, sentiment=sentiment)
    assert found.error < 1e-4
    assert sum(one.value for one in found.tokens) == pytest.approx(found.probability - found.baseline, abs=1e-4)
    assert [one.token for one in found.tokens] == TEXT.split()
    assert [TEXT[one.start : one.end] for one in found.tokens] == TEXT.split()
    assert attribute(model, tokenizer, TEXT, sentiment=sentiment, steps=2).error > found.error


def test_the_leading_sentiment_is_explained_as_the_model_gives_it(model: MultiTaskModel, tokenizer: Tokenizer) -> None:
    found = attribute(model, tokenizer, f" {TEXT} ")
    ids = torch.tensor([tokenizer.encode(TEXT).ids])
    padding = ids.clone()
    padding[0, 1:-1] = 1
    model.eval()
    with torch.no_grad():
        given, empty = (torch.softmax(model(one, torch.ones_like(one))[0][0, 0], dim=0) for one in (ids, padding))
    assert found.sentiment == int(given.argmax())
    assert found.probability == pytest.approx(float(given.max()), abs=1e-6)
    assert found.baseline == pytest.approx(float(empty[found.sentiment]), abs=1e-6)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_long_text_is_cut(model: MultiTaskModel, tokenizer: Tokenizer) -> None:
    found = attribute(model, tokenizer, f"{TEXT} {TEXT}", max_tokens=5)
    assert [one.token for one in found.tokens] == ["shares", "fall", "outage"]


def test_tokens_belong_to_the_segment_in_which_they_end() -> None:
    tokens = (TokenValue("a", 0, 1, 0.1), TokenValue(" b", 1, 3, 0.2), TokenValue("c", 3, 4, 0.4))
    found = Attribution("a bc", 0, 0.9, 0.2, tokens)
    assert by_segment(found, [(0, 1), (2, 4)]) == pytest.approx([0.1, 0.6])
    assert found.error == pytest.approx(0.0)


def score(texts: Sequence[str], *, entities: Sequence[Sequence[Named]], langs: Sequence[str]) -> list[Scores]:
    """P(negative) is 0.1, and 0.4 more with "bad", 0.2 more with "worse"."""
    negative = [0.1 + 0.4 * ("bad" in text.split()) + 0.2 * ("worse" in text.split()) for text in texts]
    return [Scores((p, (1 - p) / 2, (1 - p) / 2), {}) for p in negative]


def test_comprehensiveness_is_the_drop_without_the_best_pieces() -> None:
    text = "a bad day and worse to come"
    spans = segments(text)
    order = sorted(spans, key=lambda span: text[slice(*span)] not in ("bad",))
    order.insert(1, order.pop(order.index(spans[4])))
    (scores,) = score([text], entities=[()], langs=["en"])
    ranked = RankedText(ExplanationRequest(text, "en", scores), {"best": order, "worst": order[::-1]})
    found = {one.method: one for one in faithfulness([ranked, ranked], score)}
    assert found["best"].drops == pytest.approx((0.4, 0.6, 0.6))
    assert found["best"].comprehensiveness == pytest.approx(1.6 / 3)
    assert found["worst"].drops == pytest.approx((0.0, 0.0, 0.0))
    assert found["best"].texts == 2
    assert 0 < found["random"].comprehensiveness < found["best"].comprehensiveness
    assert faithfulness([ranked], score, seed=1) == faithfulness([ranked], score, seed=1)


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="at least one text"):
        faithfulness([], score)
