"""FGM, SMART and R-Drop on the tiny model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from services.text.mentions import Named
from tests.harness.tiny_encoder import tiny_tokenizer
from training.config import TrainConfig
from training.data.batches import Batch, collate, encode
from training.data.examples import EntityTarget, Example
from training.learning.adversarial import fgm, smart, worst_shift
from training.learning.consistency import Outputs, divergence, r_drop
from training.learning.losses import total_loss
from training.learning.objective import objective
from training.model.multitask import MultiTaskModel, new_model
from training.model.shifted_embeddings import shifted_embeddings

TOPICS = 2


def example(text: str, label: int) -> Example:
    towards = EntityTarget(Named(text.split(maxsplit=1)[0]), "l", (label,), (0, 1, 2))
    return Example("1", "s", "en", text, (), (label,), (0, 1, 2), (0,), (0, 1), False, (towards,))


@pytest.fixture
def batch() -> Batch:
    examples = [example("oil beat", 2), example("bank outage loss", 0)]
    return collate(examples, encode(tiny_tokenizer(), examples, 16), topics=TOPICS, pad_id=1)


@pytest.fixture
def model(tiny_config: TrainConfig) -> MultiTaskModel:
    torch.manual_seed(3)
    return new_model(tiny_config.model, topics=TOPICS).eval()


def forward_of(model: MultiTaskModel, batch: Batch) -> Callable[[], Outputs]:
    return lambda: model(batch.input_ids, batch.attention_mask)


def loss_of(model: MultiTaskModel, batch: Batch, config: TrainConfig) -> Callable[[], Tensor]:
    return lambda: total_loss(model(batch.input_ids, batch.attention_mask), batch, config.loss)


def test_the_worst_shift_has_the_size_of_the_attack_in_every_text() -> None:
    shift = worst_shift(torch.arange(12.0).reshape(2, 3, 2), 0.5)
    assert shift.flatten(1).norm(dim=1).tolist() == pytest.approx([0.5, 0.5])
    assert shift[1, 0, 0] / shift[1, 2, 1] == pytest.approx(6 / 11)


def test_a_shift_of_frozen_embeddings_reaches_the_heads_and_goes_again(model: MultiTaskModel, batch: Batch) -> None:
    before = forward_of(model, batch)()[0]
    shift = torch.ones((*batch.input_ids.shape, 32)) * torch.linspace(-1, 1, 32)
    with shifted_embeddings(model, shift):
        assert not torch.allclose(forward_of(model, batch)()[0], before)
    assert torch.equal(forward_of(model, batch)()[0], before)


def test_fgm_raises_the_loss(model: MultiTaskModel, batch: Batch, tiny_config: TrainConfig) -> None:
    run = loss_of(model, batch, tiny_config)
    plain, attacked = run(), fgm(model, run, batch, 1.0)
    assert attacked.item() > plain.item()
    assert fgm(model, run, batch, 1e-9).item() == pytest.approx(plain.item(), abs=1e-5)
    torch.autograd.backward(attacked)
    assert model.sentiment.weight.grad is not None
    assert model.encoder.get_input_embeddings().weight.grad is None  # frozen


def test_smart_is_a_divergence_that_grows_with_the_attack(model: MultiTaskModel, batch: Batch) -> None:
    torch.manual_seed(1)
    forward = forward_of(model, batch)
    sizes = [smart(model, forward, forward(), batch, epsilon).item() for epsilon in (1e-9, 0.1, 1.0)]
    assert sizes[0] == pytest.approx(0.0, abs=1e-6)
    assert 0 < sizes[1] < sizes[2]


def test_r_drop_is_nothing_without_dropout_and_something_with_it(model: MultiTaskModel, batch: Batch) -> None:
    forward = forward_of(model, batch)
    assert r_drop(forward, forward(), batch).item() == pytest.approx(0.0, abs=1e-7)
    model.train()
    assert r_drop(forward, forward(), batch).item() > 1e-6


def test_divergence_by_hand(batch: Batch) -> None:
    flat = (torch.zeros(2, 1, 3), torch.zeros(2, TOPICS), torch.zeros(2, batch.input_ids.shape[1], 1, 3))
    tilted = (torch.tensor([[[1.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]]), flat[1], flat[2])
    p = torch.softmax(tilted[0][0, 0], 0)
    expected = 0.5 * float(((p - 1 / 3) * (p.log() - torch.log(torch.tensor(1 / 3)))).sum()) / 2
    assert divergence(flat, tilted, batch).item() == pytest.approx(expected, abs=1e-6)
    assert divergence(flat, flat, batch).item() == 0


@pytest.mark.parametrize("kind", ["fgm", "smart", "r_drop"])
def test_the_regulariser_is_added_by_its_weight(
    model: MultiTaskModel, batch: Batch, tiny_config: TrainConfig, kind: str
) -> None:
    def value(name: str, weight: float) -> float:
        torch.manual_seed(5)
        adversary = tiny_config.adversarial.replace(kind=name, weight=weight, epsilon=1.0)
        return objective(model, model, batch, tiny_config.replace(adversarial=adversary)).item()

    plain = value("none", 1.0)
    once, twice = value(kind, 1.0) - plain, value(kind, 2.0) - plain
    assert twice == pytest.approx(2 * once, abs=1e-5)
    assert once >= 0
