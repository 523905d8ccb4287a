"""Score the torch model on development examples, in each set's own labels."""

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.batches import collate, encode, fill_batches
from training.examples import Example
from training.model import SentimentTopicModel
from training.readout import Readout, values_for
from training.scores import TaskScores, score_predictions

Key = tuple[str, str]


def predict_logits(
    model: SentimentTopicModel, tokenizer: Tokenizer, examples: Sequence[Example], *, max_tokens: int, pad_id: int
) -> tuple[Tensor, Tensor]:
    """Run the model over examples in their order; the mode of the model is put back afterwards.

    :returns: sentiment logits, *Shape:* (rows, 3), and topic logits, *Shape:* (rows, topics).
    """
    ids = encode(tokenizer, [example.text for example in examples], max_tokens)
    lengths = [len(row) for row in ids]
    width = model.topic.out_features
    sentiment = torch.zeros((len(examples), model.sentiment.out_features))
    topics = torch.zeros((len(examples), width))
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        order = sorted(range(len(ids)), key=lambda row: lengths[row])
        for rows in fill_batches(order, lengths, 4 * max_tokens * 8):
            batch = collate([examples[r] for r in rows], [ids[r] for r in rows], topics=width, pad_id=pad_id)
            sentiment[rows], topics[rows] = model(batch.input_ids, batch.attention_mask)
    model.train(was_training)
    return sentiment, topics


def score_logits(
    examples: Sequence[Example], sentiment: Tensor, topics: Tensor, readouts: Sequence[Readout]
) -> dict[Key, TaskScores]:
    """Score logits by (set, task); a set without a development row that fits is left out."""
    sentiment_p = torch.softmax(sentiment, dim=1).tolist()
    topic_p = torch.sigmoid(topics).tolist()
    scores: dict[Key, TaskScores] = {}
    for readout in readouts:
        gold: list[tuple[str, ...]] = []
        predicted: list[tuple[str, ...]] = []
        for index, example in enumerate(examples):
            if example.set_name != readout.set_name or not (names := readout.gold(example.labels)):
                continue
            values = values_for(readout, sentiment_p[index], topic_p[index])
            gold.append(names if readout.multi else names[:1])
            predicted.append(readout.predict(readout.probabilities(values), {}))
        if gold:
            scores[readout.set_name, readout.task] = score_predictions(
                gold, predicted, readout.labels, multi=readout.multi
            )
    return scores


def mean_macro_f1(scores: dict[Key, TaskScores]) -> float:
    """Mean macro-F1 over sets and tasks: the figure that selects the best checkpoint."""
    return sum(score.macro_f1 for score in scores.values()) / max(1, len(scores))
