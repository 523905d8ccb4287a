"""One pre-training run from configuration to base model: where data, model and loop are wired."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from services.inference.bundle import SEEN
from training.config import base_location
from training.data.registry import data_root
from training.data.unlabelled import StreamCounts, UnlabelledSource, registered_streams
from training.learning.checkpoint import BEST, load_tensors, write_atomically
from training.learning.loop import learn
from training.model.base import TOKENIZER
from training.model.encoder import PRETRAINING, freeze, load_encoder, tokenizer_file
from training.pretraining.config import PretrainConfig
from training.pretraining.corpus import piece_counts, read_streams, tokenise
from training.pretraining.masking import mask_rule
from training.pretraining.model import MaskedLanguageModel
from training.pretraining.task import MaskedLanguageTask, PretrainData, development_loss

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class PretrainingResult:
    """What a run came to: losses on the development texts, in nats a masked piece, before it and at its best."""

    steps: int
    before: float
    after: float

    @property
    def perplexities(self) -> tuple[float, float]:
        """The pseudo-perplexities before and after."""
        return math.exp(self.before), math.exp(self.after)


def run_pretraining(config: PretrainConfig, output: Path, *, resume: bool) -> PretrainingResult:
    """Pre-train by a configuration and leave a base model in `output`: config.json, model.safetensors,
    tokenizer.json; beside it the checkpoints, `pretraining.json` and, from a bundle, the list of the labelled texts
    that its encoder has seen.

    :raises TrainingError: when the configuration, a stream or the checkpoint is wrong.
    """
    location = base_location(config.base)
    encoder, _ = load_encoder(location, config.dropout)
    pieces = tokenizer_file(location)
    tokenizer = Tokenizer.from_file(str(pieces))
    rule = mask_rule(tokenizer, config.mask_share)
    sources = registered_streams(config.registry)
    train, dev, counts = read_streams(config, sources, data_root())
    for name, found in counts.items():
        LOG.info("%s: %s", name, found)
    data = PretrainData(
        train=tokenise(tokenizer, train, rule, config.max_tokens),
        dev=tokenise(tokenizer, dev, rule, config.max_tokens),
        rule=rule,
        pad_id=int(encoder.config.pad_token_id),
    )
    torch.manual_seed(config.seed)
    model = MaskedLanguageModel(encoder, piece_counts(data.train, rule, int(encoder.config.vocab_size)))
    freeze(encoder, config.frozen_layers)
    task = MaskedLanguageTask(model, data, config)
    torch.set_num_threads(config.threads)
    before = development_loss(model, task.development)
    LOG.info("before: loss %.4f", before)
    progress = learn(model, task, config, output, resume=resume)
    result = PretrainingResult(progress.step, before, -progress.best_score)
    if not int(os.environ.get("RANK", "0")):
        model.load_state_dict(load_tensors(output / BEST)["model"])
        encoder.save_pretrained(output)
        for name in (TOKENIZER, SEEN):
            if (pieces.parent / name).is_file():
                shutil.copyfile(pieces.parent / name, output / name)
        _write_report(output, config, result, task, {name: (sources[name], found) for name, found in counts.items()})
    return result


def _write_report(
    output: Path,
    config: PretrainConfig,
    result: PretrainingResult,
    task: MaskedLanguageTask,
    streams: Mapping[str, tuple[UnlabelledSource, StreamCounts]],
) -> None:
    before, after = result.perplexities
    content = {
        "config": config.model_dump(),
        "streams": {
            name: {"licence": source.licence, "restricted": source.restricted, **asdict(found)}
            for name, (source, found) in streams.items()
        },
        "steps": result.steps,
        "train_texts": len(task.lengths),
        "dev_texts": sum(len(batch.input_ids) for batch in task.development),
        "dev_pieces_guessed": sum(len(batch.targets) for batch in task.development),
        "before": {"loss": round(result.before, 4), "pseudo_perplexity": round(before, 2)},
        "after": {"loss": round(result.after, 4), "pseudo_perplexity": round(after, 2)},
    }
    write_atomically(output / PRETRAINING, json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n")
