"""One training run from configuration to checkpoint: where data, model and loop are wired."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training.config import TrainConfig
from training.data.contamination import read_seen, write_seen
from training.data.corpus import Corpus, build_corpus
from training.data.registry import LabelledSet, data_root, permitted_sets, registered_sets
from training.data.taxonomy import Taxonomy, load_taxonomy
from training.errors import ConfigError
from training.learning.checkpoint import Progress, RunRecord, start_run
from training.learning.loop import learn
from training.learning.supervised import SupervisedTask, TrainingData
from training.metrics.label_space import label_spaces
from training.model.adapters import adapt
from training.model.base import base_folder
from training.model.encoder import tokenizer_file
from training.model.multitask import MultiTaskModel, new_model

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunInputs:
    """What a run knows before there is a model: the sets it may use, and their examples."""

    config: TrainConfig
    registry: dict[str, LabelledSet]
    taxonomy: Taxonomy
    corpus: Corpus

    @property
    def conventions(self) -> tuple[str, ...]:
        """The sets whose sentiment gets a reading of its own."""
        return tuple(name for name in self.config.sets if self.registry[name].reads_sentiment)

    def begin(self, output: Path, model: MultiTaskModel, tokenizer: Path) -> TrainingData:
        """Write down in `output` what an export needs beside the weights, and return what the loop reads.

        `model` is still without adapters. `tokenizer` lies in the folder that the model begins as, and beside it
        the list of the texts that were seen there, if there is one. Only the main process writes.
        """
        if not int(os.environ.get("RANK", "0")):
            record = RunRecord(self.config, self.taxonomy.ids, model.conventions, self.corpus.counts)
            start_run(output, record, tokenizer=tokenizer, encoder_config=model.encoder.config.to_dict())
            write_seen(output, (example.text for example in self.corpus.train), read_seen(tokenizer.parent))
        return TrainingData(
            train=self.corpus.train,
            dev=self.corpus.dev,
            label_spaces=[one for name in self.config.sets for one in label_spaces(self.registry[name], self.taxonomy)],
            tokenizer=Tokenizer.from_file(str(tokenizer)),
            pad_id=int(model.encoder.config.pad_token_id),
        )


def read_run_inputs(config: TrainConfig) -> RunInputs:
    """Read the sets that a configuration names and its licence permits.

    The configuration that comes back has the registry's file by its full path: an export finds it from anywhere.

    :raises TrainingError: when the configuration or a data set is wrong.
    """
    own = str(Path(config.registry).resolve()) if config.registry else ""
    registry, taxonomy = registered_sets(own), load_taxonomy()
    sets = permitted_sets(config.sets, registry, config.licence)
    config = config.replace(sets=sets, registry=own)
    corpus = build_corpus(config, registry, taxonomy, data_root())
    for name, counts in corpus.counts.items():
        LOG.info("%s: %s", name, counts)
    if not any("topics" in registry[name].tasks for name in sets):
        LOG.warning(
            "no set teaches topics: the model will give none, and nothing is followed by topic; add sets that do"
        )
    return RunInputs(config, registry, taxonomy, corpus)


def run_training(config: TrainConfig, output: Path, *, resume: bool) -> Progress:
    """Train by a configuration and leave the checkpoint in `output`.

    :raises TrainingError: when the configuration, a data set or the checkpoint is wrong.
    """
    base_folder(config.model.location)  # first: a base that is not there is known before the sets are read
    inputs = read_run_inputs(config)
    torch.manual_seed(config.seed)
    model = new_model(config.model, topics=len(inputs.taxonomy.topics), conventions=inputs.conventions)
    if config.max_tokens > (positions := int(model.encoder.config.max_position_embeddings)):
        raise ConfigError(
            f"config: max_tokens: expected at most {positions}, what the base reads, got {config.max_tokens}"
        )
    data = inputs.begin(output, model, tokenizer_file(config.model.location))
    model = adapt(model, config.model.adapter, steps=config.steps)
    return learn(model, SupervisedTask(model, data, inputs.config), inputs.config, output, resume=resume)
