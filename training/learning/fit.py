"""The training loop: AdamW, warm-up and linear decay, early stopping, exact resume."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from training.config import TrainConfig
from training.data.batches import collate, encode, epoch_batches
from training.data.examples import Example
from training.errors import CheckpointError
from training.evaluation.dev import by_set, predict, score_dev
from training.evaluation.readout import Readout
from training.evaluation.results import mean_macro_f1
from training.learning.averaging import WeightAverage
from training.learning.checkpoint import BEST, LAST, Progress, load_tensors, save_tensors
from training.learning.losses import total_loss
from training.learning.optimizer import learning_rate_factor, make_optimizer
from training.model.multitask import MultiTaskModel

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FitData:
    """What a run reads: examples of both sides, how sets read their labels, and the tokenizer."""

    train: Sequence[Example]
    dev: Sequence[Example]
    readouts: Sequence[Readout]
    tokenizer: Tokenizer
    pad_id: int


def fit(model: MultiTaskModel, data: FitData, config: TrainConfig, output: Path, *, resume: bool) -> Progress:
    """Train until ``config.steps`` or until the development score stays below its best.

    After ``save_every`` steps the whole state is saved as ``last.pt``; the best weights by mean
    macro-F1 on the development rows as ``best.pt``. A resumed run ends with the same weights as one
    that was never interrupted.

    :raises CheckpointError: when the checkpoint to resume belongs to other data.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    optimizer = make_optimizer(model, config.optimizer)
    average = WeightAverage(model, config.optimizer.average_decay)
    progress = Progress(step=0, best_score=-1.0, stale=0)
    if resume and (output / LAST).is_file():
        progress = _restore(output / LAST, model, optimizer, average, len(data.train))
    encoded = encode(data.tokenizer, data.train, config.max_tokens)
    model.train()
    steps = _steps([len(row.ids) for row in encoded], config, progress.step)
    left = config.steps - progress.step
    for step, rows in track(steps, description="training", total=left, update_period=1.0):
        factor = learning_rate_factor(step, config.steps, config.optimizer.warmup_share, config.optimizer.cycles)
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        batch = collate(
            [data.train[r] for r in rows],
            [encoded[r] for r in rows],
            topics=model.topic.out_features,
            pad_id=data.pad_id,
        )
        loss = total_loss(model(batch.input_ids, batch.attention_mask), batch, config.loss)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        clip_grad_norm_(model.parameters(), config.optimizer.clip_norm)
        optimizer.step()
        average.update(step)
        if step % config.save_every == 0:
            LOG.info("step %d of %d: loss %.3f", step, config.steps, loss.item())
        progress = Progress(step=step + 1, best_score=progress.best_score, stale=progress.stale)
        if progress.step % config.eval_every == 0 or progress.step == config.steps:
            with average.applied():
                progress = _judge(model, data, config, output, progress)
        stopped = progress.stale >= config.patience
        if progress.step % config.save_every == 0 or progress.step == config.steps or stopped:
            _save(output / LAST, model, optimizer, average, progress, len(data.train))
        if stopped:
            LOG.info("stopped at step %d: no better score in %d evaluations", progress.step, progress.stale)
            break
    return progress


def _steps(lengths: Sequence[int], config: TrainConfig, done: int) -> Iterator[tuple[int, list[int]]]:
    step = epoch = 0
    while step < config.steps:
        batches = epoch_batches(lengths, batch_tokens=config.batch_tokens, seed=config.seed, epoch=epoch)
        for rows in batches:
            if step >= config.steps:
                return
            if step >= done:
                yield step, rows
            step += 1
        epoch += 1


def _judge(model: MultiTaskModel, data: FitData, config: TrainConfig, output: Path, progress: Progress) -> Progress:
    sample = by_set(data.dev, config.quick_dev_rows)
    rows = [example for group in sample.values() for example in group]
    values = predict(model, data.tokenizer, rows, max_tokens=config.max_tokens, pad_id=data.pad_id)
    scored = score_dev(data.readouts, sample, values, {})
    mean = mean_macro_f1(scored)
    each = ", ".join(f"{one.set_name}/{one.language} {one.scores.macro_f1:.3f}" for one in scored)
    LOG.info("step %d: mean macro-F1 %.4f (%s)", progress.step, mean, each)
    if mean <= progress.best_score:
        return Progress(step=progress.step, best_score=progress.best_score, stale=progress.stale + 1)
    save_tensors(output / BEST, {"model": model.state_dict(), "step": progress.step, "score": mean})
    return Progress(step=progress.step, best_score=mean, stale=0)


def _save(
    path: Path, model: MultiTaskModel, optimizer: AdamW, average: WeightAverage, progress: Progress, rows: int
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state_dict(),
        "rng": torch.get_rng_state(),
        "step": progress.step,
        "best_score": progress.best_score,
        "stale": progress.stale,
        "rows": rows,
    }
    save_tensors(path, state)


def _restore(path: Path, model: MultiTaskModel, optimizer: AdamW, average: WeightAverage, rows: int) -> Progress:
    state = load_tensors(path)
    if state["rows"] != rows:
        raise CheckpointError(f"{path.name} was trained on {state['rows']} rows, the data now has {rows}")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    average.load_state_dict(state["average"])
    torch.set_rng_state(state["rng"])
    LOG.info("resumed at step %d", state["step"])
    return Progress(step=state["step"], best_score=state["best_score"], stale=state["stale"])
