"""One training run from configuration to checkpoint: where data, model and loop are wired."""

import logging
import os
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training.config import TrainConfig
from training.data.corpus import build_corpus
from training.data.registry import data_root, load_registry, permitted_sets
from training.data.seen import write_seen
from training.data.taxonomy import load_taxonomy
from training.evaluation.readout import readouts
from training.learning.checkpoint import Progress, RunRecord, start_run
from training.learning.fit import FitData, fit
from training.model.adapters import adapt
from training.model.encoder import tokenizer_file
from training.model.multitask import new_model

LOG = logging.getLogger(__name__)


def run_training(config: TrainConfig, output: Path, *, resume: bool) -> Progress:
    """Train by a configuration and leave the checkpoint in ``output``.

    :raises TrainingError: when the configuration, a data set or the checkpoint is wrong.
    """
    registry, taxonomy = load_registry(), load_taxonomy()
    config = replace(config, sets=permitted_sets(config.sets, registry, config.licence))
    corpus = build_corpus(config, registry, taxonomy, data_root())
    for name, counts in corpus.counts.items():
        LOG.info("%s: %s", name, counts)
    torch.manual_seed(config.seed)
    conventions = tuple(name for name in config.sets if registry[name].reads_sentiment)
    model = new_model(config.model, topics=len(taxonomy.topics), conventions=conventions)
    encoder_config = model.encoder.config.to_dict()
    pad_id = int(model.encoder.config.pad_token_id)
    model = adapt(model, config.model.adapter, steps=config.steps)
    tokenizer = tokenizer_file(config.model.location)
    record = RunRecord(config=config, topic_ids=taxonomy.ids, conventions=conventions, counts=corpus.counts)
    if not int(os.environ.get("RANK", "0")):
        start_run(output, record, tokenizer=tokenizer, encoder_config=encoder_config)
        write_seen(output, (example.text for example in corpus.train))
    data = FitData(
        train=corpus.train,
        dev=corpus.dev,
        readouts=[readout for name in config.sets for readout in readouts(registry[name], taxonomy)],
        tokenizer=Tokenizer.from_file(str(tokenizer)),
        pad_id=pad_id,
    )
    return fit(model, data, config, output, resume=resume)
