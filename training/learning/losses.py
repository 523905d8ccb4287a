"""Losses over partly labelled rows: what a label does not speak of is never pushed."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.config import LossConfig
from training.data.batches import Batch
from training.model.multitask import entity_logits


def group_loss(
    logits: Tensor, allowed: Tensor, classes: Tensor, smoothing: float, weights: Tensor | None = None
) -> Tensor:
    """Weighted mean of -log P(allowed | classes): the marginal likelihood of a partial label.

    Each row's softmax runs over its `classes` only, so the others get no gradient; the probability
    of the `allowed` classes is summed (Jin and Ghahramani 2002, Learning with Multiple Labels).
    Smoothing mixes in the mean of -log P over the classes. Rows without an allowed class count nothing.

    *Shapes:* all (batch, classes), weights (batch,), 1 by default; returns a scalar, 0 when no row counts.
    """
    rows = allowed.any(dim=1)
    if not bool(rows.any()):
        return logits.sum() * 0.0
    logits, allowed, classes = logits[rows], allowed[rows], classes[rows]
    log_p = functional.log_softmax(logits.masked_fill(~classes, -torch.inf), dim=1)
    likelihood = torch.logsumexp(log_p.masked_fill(~allowed, -torch.inf), dim=1)
    spread = log_p.masked_fill(~classes, 0.0).sum(dim=1) / classes.sum(dim=1)
    each = -((1.0 - smoothing) * likelihood + smoothing * spread)
    if weights is None:
        return each.mean()
    return (each * weights[rows]).sum() / weights[rows].sum().clamp(min=1e-6)


def binary_loss(logits: Tensor, topics: Tensor, known: Tensor) -> Tensor:
    """Binary cross entropy summed over the known topics of a row, mean over rows that know any.

    *Shapes:* all (batch, topics); returns a scalar, 0 when no row counts.
    """
    rows = known.any(dim=1).sum().clamp(min=1)
    each = functional.binary_cross_entropy_with_logits(logits, topics.to(logits.dtype), reduction="none")
    return each.masked_fill(~known, 0.0).sum() / rows


def total_loss(outputs: tuple[Tensor, Tensor, Tensor], batch: Batch, config: LossConfig) -> Tensor:
    """Weighted sum of the losses of sentiment, topics (binary and single-label) and entity sentiment.

    `outputs` are those of `MultiTaskModel.forward`. Sentiment is read in the general reading and, with the
    share `config.own_reading`, in that of the text's own set.
    """
    sentiment_logits, topic_logits, token_logits = outputs
    entities = entity_logits(token_logits, batch.entity_rows, batch.entity_tokens)
    one_topic = batch.topics & batch.exclusive
    text_loss, entity_loss = (
        (1.0 - config.own_reading) * group_loss(logits[:, 0], *targets)
        + config.own_reading * group_loss(logits[torch.arange(len(own)), own], *targets)
        for logits, own, targets in (
            (sentiment_logits, batch.readings, (batch.allowed, batch.classes, config.smoothing, batch.weights)),
            (
                entities,
                batch.readings[batch.entity_rows],
                (batch.entity_allowed, batch.entity_classes, config.smoothing, batch.entity_weights),
            ),
        )
    )
    return (
        config.sentiment * text_loss
        + config.topic_binary * binary_loss(topic_logits, batch.topics, batch.known)
        + config.topic_exclusive * group_loss(topic_logits, one_topic, batch.exclusive, config.smoothing)
        + config.entity * entity_loss
    )
