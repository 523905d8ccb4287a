"""Joint training of all heads on the labelled sets, as a task of the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tokenizers import Tokenizer
from torch import Tensor, nn

from training.augmentation.augment import augmented
from training.config import TrainConfig
from training.data.batches import Batch, Encoded, collate, encode
from training.data.class_weights import Key, class_weights
from training.data.examples import Example, by_set
from training.inference.torch_model import predict
from training.learning.objective import objective
from training.learning.task import Validation
from training.metrics.label_space import LabelSpace
from training.metrics.results import mean_macro_f1, score_sets
from training.model.multitask import MultiTaskModel


@dataclass(frozen=True)
class TrainingData:
    """What a run reads: examples of both sides, how sets read their labels, and the tokenizer."""

    train: Sequence[Example]
    dev: Sequence[Example]
    label_spaces: Sequence[LabelSpace]
    tokenizer: Tokenizer
    pad_id: int


class SupervisedTask:
    """Batches of the training examples, the loss of all heads, the score on the development rows.

    The score is the mean macro-F1, each set read in its own convention.
    """

    def __init__(self, model: MultiTaskModel, data: TrainingData, config: TrainConfig) -> None:
        self._model = model
        self._data = data
        self._config = config
        self._encoded: list[Encoded] = encode(data.tokenizer, data.train, config.max_tokens)
        self.lengths = [len(one.ids) for one in self._encoded]
        exponent = config.loss.class_weights
        self._weights: Mapping[Key, float] | None = class_weights(data.train, exponent) if exponent else None

    def batch(self, rows: Sequence[int], step: int) -> Batch:
        """The tensors of some rows as they are in a step, with noise where the configuration wants it."""
        examples = [self._data.train[row] for row in rows]
        encoded = [self._encoded[row] for row in rows]
        if self._config.augment.share:
            noise = partial(augmented, config=self._config.augment, seed=self._config.seed, step=step)
            examples = [noise(example, row=row) for example, row in zip(examples, rows, strict=True)]
            encoded = encode(self._data.tokenizer, examples, self._config.max_tokens)
        return collate(
            examples,
            encoded,
            topics=self._model.topic.out_features,
            pad_id=self._data.pad_id,
            conventions=self._model.conventions,
            weights=self._weights,
        )

    def loss(self, wrapped: nn.Module, batch: Batch) -> Tensor:
        """The losses of all heads, and the regulariser beside them."""
        return objective(wrapped, self._model, batch, self._config)

    def validate(self) -> Validation:
        """Score the first development rows of each set."""
        data, config = self._data, self._config
        sample = by_set(data.dev, config.quick_dev_rows)
        rows = [example for group in sample.values() for example in group]
        values = predict(self._model, data.tokenizer, rows, max_tokens=config.max_tokens, pad_id=data.pad_id, own=True)
        scored = score_sets(data.label_spaces, sample, values, {})
        mean = mean_macro_f1(scored)
        each = {f"dev/{one.set_name}/{one.task}/{one.language}": one.scores.macro_f1 for one in scored}
        return Validation(mean, {"dev/mean_macro_f1": mean, **each})
