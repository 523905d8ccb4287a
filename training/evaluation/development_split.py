"""The development split of a configuration: its texts, one set after the other, and how they are scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from services.inference.bundle import load_bundle
from services.inference.classifier import Classifier
from training.config import TrainConfig
from training.data.corpus import corpus_of
from training.data.examples import Example, by_set
from training.data.registry import registered_sets
from training.data.taxonomy import Taxonomy, load_taxonomy
from training.inference.bundle import classify
from training.inference.torch_model import predict
from training.metrics.label_space import LabelSpace, label_spaces
from training.metrics.probabilities import Probabilities
from training.metrics.results import Result, score_sets
from training.model.multitask import MultiTaskModel


@dataclass(frozen=True)
class DevelopmentSplit:
    """Labelled texts by set, and the tasks in which each set reads them."""

    groups: Mapping[str, Sequence[Example]]
    label_spaces: Sequence[LabelSpace]
    taxonomy: Taxonomy

    @property
    def texts(self) -> list[Example]:
        """All texts, in the order in which probabilities are given and scored."""
        return [example for group in self.groups.values() for example in group]

    def predicted(self, model: MultiTaskModel, tokenizer: Path, *, max_tokens: int) -> Probabilities:
        """What a torch model says, each text in the convention of its set."""
        words, pad_id = Tokenizer.from_file(str(tokenizer)), int(model.encoder.config.pad_token_id)
        return predict(model, words, self.texts, max_tokens=max_tokens, pad_id=pad_id, own=True)

    def served(self, folder: Path, *, own: bool = True) -> Probabilities:
        """What a bundle says; `own`: each text in the convention of its set, else in the general reading.

        :raises BundleInvalid: when the bundle is incomplete, altered, or cannot be run here.
        """
        texts = self.texts
        return classify(
            Classifier(load_bundle(folder), threads=torch.get_num_threads()),
            [example.text for example in texts],
            self.taxonomy,
            [[entity.named for entity in example.entities] for example in texts],
            [example.set_name for example in texts] if own else None,
        )

    def score(self, values: Probabilities, thresholds: Mapping[int, float]) -> list[Result]:
        """Score probabilities of all texts; `thresholds` are by topic index, 0.5 where none is given."""
        return score_sets(self.label_spaces, self.groups, values, thresholds)


def development_split(config: TrainConfig, rows: int | None = None) -> DevelopmentSplit:
    """Read the development split of every set that a configuration names, at most `rows` texts of each.

    :raises TrainingError: when a set is missing or wrong.
    """
    registry, taxonomy = registered_sets(config.registry), load_taxonomy()
    groups = by_set(corpus_of(config).dev, rows)
    spaces = [space for name in config.sets for space in label_spaces(registry[name], taxonomy)]
    return DevelopmentSplit(groups, spaces, taxonomy)
