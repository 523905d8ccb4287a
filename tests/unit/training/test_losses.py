"""Loss values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from training.learning.losses import binary_loss, group_loss

LOGITS = [math.log(1.0), math.log(2.0), math.log(5.0)]


def _loss(allowed: list[int], classes: list[int], smoothing: float = 0.0) -> tuple[float, list[float]]:
    logits = torch.tensor([LOGITS], requires_grad=True)
    loss = group_loss(logits, _mask(allowed), _mask(classes), smoothing)
    torch.autograd.backward(loss)
    assert logits.grad is not None
    return float(loss.detach()), logits.grad[0].tolist()


def _mask(members: list[int]) -> torch.Tensor:
    return torch.tensor([[index in members for index in range(3)]])


def test_full_labels_give_cross_entropy() -> None:
    loss, _ = _loss([0], [0, 1, 2])
    assert loss == pytest.approx(-math.log(1 / 8))


def test_two_class_set_never_touches_neutral() -> None:
    loss, gradient = _loss([0], [0, 2])
    assert loss == pytest.approx(-math.log(1 / 6))
    assert gradient == pytest.approx([1 / 6 - 1, 0.0, 5 / 6], abs=1e-6)


def test_not_negative_is_neutral_or_positive() -> None:
    loss, gradient = _loss([1, 2], [0, 1, 2])
    assert loss == pytest.approx(-math.log(7 / 8))
    assert gradient == pytest.approx([1 / 8, 2 / 8 - 2 / 7, 5 / 8 - 5 / 7], abs=1e-6)


def test_smoothing_mixes_in_the_mean_over_the_classes() -> None:
    loss, gradient = _loss([0], [0, 2], smoothing=0.1)
    spread = -(math.log(1 / 6) + math.log(5 / 6)) / 2
    assert loss == pytest.approx(0.9 * -math.log(1 / 6) + 0.1 * spread)
    assert gradient[1] == 0.0


def test_rows_without_a_label_count_nothing() -> None:
    logits = torch.tensor([LOGITS, LOGITS])
    both = torch.cat([_mask([0]), _mask([])])
    assert float(group_loss(logits, both, torch.cat([_mask([0, 1, 2]), _mask([])]), 0.0)) == pytest.approx(
        -math.log(1 / 8)
    )
    assert float(group_loss(logits, both & False, both & False, 0.0)) == 0.0


def test_binary_loss_sums_known_topics_only() -> None:
    logits = torch.zeros((2, 3), requires_grad=True)
    topics = torch.tensor([[True, False, False], [False, False, False]])
    known = torch.tensor([[True, True, False], [False, False, False]])
    loss = binary_loss(logits, topics, known)
    torch.autograd.backward(loss)
    assert loss.item() == pytest.approx(2 * math.log(2))
    assert logits.grad is not None
    assert logits.grad.tolist() == [[-0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
