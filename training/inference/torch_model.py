"""What the torch model says of examples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer

from training.data.batches import collate, encode, fill_batches
from training.data.examples import Example
from training.metrics.probabilities import Probabilities
from training.model.multitask import MultiTaskModel, entity_logits

_BATCH_TOKENS = 4_096


def predict(
    model: MultiTaskModel, tokenizer: Tokenizer, texts: Sequence[Example], *, max_tokens: int, pad_id: int, own: bool
) -> Probabilities:
    """Run the model over examples, in their order; the mode of the model is put back afterwards.

    `own`: read the sentiment of each text in the convention of its own set, where the model has it.
    """
    encoded = encode(tokenizer, texts, max_tokens)
    lengths = [len(row.ids) for row in encoded]
    entities: list[list[list[float]]] = [[] for _ in texts]
    topics = torch.zeros((len(texts), model.topic.out_features))
    sentiment = torch.zeros((len(texts), model.sentiment.out_features))
    conventions = model.conventions if own else ()
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        order = sorted(range(len(texts)), key=lambda row: lengths[row])
        for rows in fill_batches(order, lengths, max(_BATCH_TOKENS, max_tokens)):
            batch = collate(
                [texts[r] for r in rows],
                [encoded[r] for r in rows],
                topics=topics.shape[1],
                pad_id=pad_id,
                conventions=conventions,
            ).to(device)
            outputs = model(batch.input_ids, batch.attention_mask)
            each, entity = torch.arange(len(rows)), torch.arange(len(batch.entity_rows))
            sentiment[rows], topics[rows] = outputs[0][each, batch.readings].cpu(), outputs[1].cpu()
            found = entity_logits(outputs[2], batch.entity_rows, batch.entity_tokens)
            pooled = torch.softmax(found[entity, batch.readings[batch.entity_rows]], dim=1)
            for index, line in zip(batch.entity_rows.tolist(), pooled.tolist(), strict=True):
                entities[rows[index]].append(line)
    model.train(was_training)
    return Probabilities(torch.softmax(sentiment, dim=1).tolist(), torch.sigmoid(topics).tolist(), entities)
