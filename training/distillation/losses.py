"""How far a student is from its teacher: in its answers and in its states."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from training.config import LossConfig
from training.learning.consistency import Outputs


def soft_loss(student: Outputs, teacher: Outputs, mask: Tensor, temperature: float, heads: LossConfig) -> Tensor:
    """Weighted sum over the heads of KL(teacher || student) at a temperature, times its square: a scalar.

    Hinton et al. 2015, https://arxiv.org/abs/1503.02531, equation 4 and section 2. Sentiment counts in all readings
    alike; topics are independent, their divergences are summed; entity sentiment is compared at every token that is
    no padding, so that texts without named entities teach it too. The weights are those of the labels' losses.

    *Shapes:* of the outputs as `MultiTaskModel.forward` gives them; mask (batch, tokens).
    """
    sentiment, topics, tokens = (
        (own.float() / temperature, target.float() / temperature) for own, target in zip(student, teacher, strict=True)
    )
    real = mask.bool()
    return temperature**2 * (
        heads.sentiment * _categorical(*sentiment)
        + heads.topic_binary * _binary(*topics)
        + heads.entity * _categorical(tokens[0][real], tokens[1][real])
    )


def hidden_loss(student: Sequence[Tensor], teacher: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Mean over layers and tokens of 1 - cosine(student's state, teacher's state): a scalar.

    Sanh et al. 2019, https://arxiv.org/abs/1910.01108 (the cosine loss), at every mapped layer as in Jiao et al.
    2020, https://arxiv.org/abs/1909.10351. *Shapes:* states (batch, tokens, width); mask (batch, tokens).

    :raises ValueError: when the two have not equally many states.
    """
    real = mask.bool()
    gaps = [
        1.0 - functional.cosine_similarity(own[real].float(), target[real].float(), dim=1).mean()
        for own, target in zip(student, teacher, strict=True)
    ]
    return torch.stack(gaps).mean()


def _categorical(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over everything but the classes. *Shapes:* (..., classes)."""
    own, target = functional.log_softmax(student, dim=-1), functional.log_softmax(teacher, dim=-1)
    return (target.exp() * (target - own)).sum(dim=-1).mean()


def _binary(student: Tensor, teacher: Tensor) -> Tensor:
    """Sum over topics, mean over texts. *Shapes:* (batch, topics)."""
    target = torch.sigmoid(teacher)
    cross = functional.binary_cross_entropy_with_logits(student, target, reduction="none")
    own = functional.binary_cross_entropy_with_logits(teacher, target, reduction="none")
    return (cross - own).sum(dim=1).mean()
