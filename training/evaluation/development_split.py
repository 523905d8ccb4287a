"""The development split of a configuration: its texts, one set after the other, and how they are scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from services.inference.bundle import load_bundle
from services.inference.classifier import Classifier
from training.config import TrainConfig
from training.data.corpus import build_corpus
from training.data.examples import Example
from training.data.registry import LabelledSet, data_root
from training.data.taxonomy import Taxonomy
from training.inference.bundle import classify
from training.inference.torch_model import by_set, predict, score_dev
from training.metrics.label_space import Readout, readouts
from training.metrics.results import Probabilities, Result
from training.model.multitask import MultiTaskModel


@dataclass(frozen=True)
class DevSplit:
    """Labelled texts by set, and the tasks in which each set reads them."""

    groups: Mapping[str, Sequence[Example]]
    readouts: Sequence[Readout]
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
        """What a bundle says; ``own``: each text in the convention of its set, else in the general reading.

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
        """Score probabilities of all texts; ``thresholds`` are by topic index, 0.5 where none is given."""
        return score_dev(self.readouts, self.groups, values, thresholds)


def dev_split(
    config: TrainConfig, registry: dict[str, LabelledSet], taxonomy: Taxonomy, rows: int | None = None
) -> DevSplit:
    """Read the development split of every set that a configuration names, at most ``rows`` texts of each.

    :raises TrainingError: when a set is missing or wrong.
    """
    groups = by_set(build_corpus(config, registry, taxonomy, data_root()).dev, rows)
    return DevSplit(groups, dev_readouts(config, registry, taxonomy), taxonomy)


def dev_readouts(config: TrainConfig, registry: dict[str, LabelledSet], taxonomy: Taxonomy) -> list[Readout]:
    """Return how each set of a configuration reads its tasks."""
    return [readout for name in config.sets for readout in readouts(registry[name], taxonomy)]
