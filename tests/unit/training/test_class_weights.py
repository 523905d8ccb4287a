"""Class weights by hand."""

from __future__ import annotations

import pytest
import torch

from services.text.mentions import Named
from tests.harness.tiny_encoder import tiny_tokenizer
from training.data.batches import collate, encode
from training.data.class_weights import Key, class_weights
from training.data.examples import EntityTarget, Example
from training.learning.losses import group_loss


def example(label: int, *entities: int) -> Example:
    towards = tuple(EntityTarget(Named("oil"), "l", (one,), (0, 1, 2)) for one in entities)
    return Example("1", "s", "en", "oil", (), (label,), (0, 1, 2), (), (), False, towards)


def test_rare_classes_count_for_more_and_the_mean_is_one() -> None:
    examples = [example(0), example(1, 0), example(1, 0), example(1, 2)]
    weights = class_weights(examples, 1.0)
    assert weights[("sentiment", "s", (0,))] == pytest.approx(2.0)
    assert weights[("sentiment", "s", (1,))] == pytest.approx(2 / 3)
    assert weights[("entities", "s", (0,))] == pytest.approx(0.75)
    assert weights[("entities", "s", (2,))] == pytest.approx(1.5)
    half = class_weights(examples, 0.5)
    assert half[("sentiment", "s", (0,))] / half[("sentiment", "s", (1,))] == pytest.approx(3**0.5)
    assert set(class_weights(examples, 0.0).values()) == {1.0}


def test_a_batch_carries_them_into_the_loss() -> None:
    examples = [example(0), example(1, 2)]
    weights: dict[Key, float] = {("sentiment", "s", (0,)): 3.0, ("entities", "s", (2,)): 0.5}
    batch = collate(examples, encode(tiny_tokenizer(), examples, 8), topics=1, pad_id=1, weights=weights)
    assert batch.weights.tolist() == [3.0, 1.0]
    assert batch.entity_weights.tolist() == [0.5]
    logits = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    each = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]), reduction="none")
    loss = group_loss(logits, batch.allowed, batch.classes, 0.0, batch.weights)
    assert loss.item() == pytest.approx(float((3 * each[0] + each[1]) / 4))
