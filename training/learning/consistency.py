"""How far two answers of the model are apart, and R-Drop, which keeps two dropout passes together."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from training.data.batches import Batch
from training.model.multitask import entity_logits

Outputs = tuple[Tensor, Tensor, Tensor]
"""Sentiment, topic and token logits, as `MultiTaskModel.forward` gives them; here the general reading counts."""


def divergence(first: Outputs, second: Outputs, batch: Batch) -> Tensor:
    """Symmetric Kullback-Leibler divergence of all heads, mean over texts: a scalar, 0 for equal answers.

    Sentiment and entities are categorical; topics are independent, their divergences are averaged over topics.
    """
    entities = [entity_logits(one[2], batch.entity_rows, batch.entity_tokens)[:, 0] for one in (first, second)]
    return (
        _categorical(first[0][:, 0], second[0][:, 0])
        + _binary(first[1], second[1])
        + (_categorical(entities[0], entities[1]) if len(batch.entity_rows) else entities[0].sum() * 0.0)
    )


def r_drop(forward: Callable[[], Outputs], outputs: Outputs, batch: Batch) -> Tensor:
    """The divergence between a pass and another one with other dropout masks.

    Liang et al. 2021, R-Drop, https://arxiv.org/abs/2106.14448.
    """
    return divergence(outputs, forward(), batch)


def _categorical(first: Tensor, second: Tensor) -> Tensor:
    p, q = functional.log_softmax(first, dim=1), functional.log_softmax(second, dim=1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum(dim=1).mean()


def _binary(first: Tensor, second: Tensor) -> Tensor:
    p, q = torch.sigmoid(first), torch.sigmoid(second)
    return 0.5 * ((p - q) * (first - second)).mean()
