"""The loop of every kind of training: updates, validation, early stopping, exact resume; one process or several."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list
from rich.progress import track
from torch import nn

from training.config import LoopConfig
from training.data.batches import epoch_batches
from training.errors import ConfigError
from training.learning.checkpoint import BEST, LAST, Progress, save_tensors
from training.learning.optimizer import make_optimizer, make_schedule
from training.learning.run_state import RunState
from training.learning.task import B, Task
from training.learning.tracking import Tracker
from training.learning.weight_average import WeightAverage
from training.model.adapters import after_update
from training.model.encoder import EncoderModel

LOG = logging.getLogger(__name__)


def make_accelerator(precision: str) -> Accelerator:
    """The device, precision and processes of a run (torchrun and `accelerate launch` set the processes).

    :raises ConfigError: for fp16 without a GPU.
    """
    if precision == "fp16" and not torch.cuda.is_available():
        raise ConfigError("config: precision: fp16 needs a CUDA GPU, and there is none; use bf16 or fp32")
    mixed = "no" if precision == "fp32" else precision
    AcceleratorState._reset_state()  # an earlier run of this process may have had another precision
    return Accelerator(mixed_precision=mixed, cpu=not torch.cuda.is_available())


def learn(model: EncoderModel, task: Task[B], config: LoopConfig, output: Path, *, resume: bool) -> Progress:
    """Train until `config.steps` or until the score of the validation stays below its best.

    After `save_every` steps the whole state is saved as `last.pt`; the weights with the best score as
    `best.pt`. In one process a resumed run ends with the same weights as one that was never interrupted; with
    several only the draws of dropout differ.

    :raises CheckpointError: when the checkpoint to resume belongs to other data or another model.
    """
    accelerator = make_accelerator(config.precision)
    torch.manual_seed(config.seed + accelerator.process_index)
    torch.set_num_threads(config.threads)
    plain = make_optimizer(model, config.optimizer)
    model.to(accelerator.device)
    average = WeightAverage(model, config.optimizer.average_decay)
    state = RunState(model, plain, average, len(task.lengths))
    progress = Progress(step=0, best_score=-math.inf, stale=0)
    if resume and (output / LAST).is_file():
        progress = state.restore(output / LAST)
    schedule = make_schedule(plain, config, done=progress.step)
    wrapped, optimizer = accelerator.prepare(model, plain)
    settings = config.model_dump() if config.wandb else None
    tracker = Tracker(output, start=progress.step, wandb=settings) if accelerator.is_main_process else None
    model.train()
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    updates = _updates(task.lengths, config, accelerator.num_processes * config.accumulate, progress.step)
    bar: dict[str, Any] = {"total": config.steps - progress.step, "disable": not accelerator.is_main_process}
    for step, groups in track(updates, description="training", update_period=1.0, **bar):
        loss = _accumulate(accelerator, wrapped, task, [task.batch(rows, step) for rows in groups[share]])
        norm = accelerator.clip_grad_norm_(model.parameters(), config.optimizer.clip_norm)
        optimizer.step()
        schedule.step()
        after_update(model, step)
        optimizer.zero_grad(set_to_none=True)
        average.update()
        progress = Progress(step=step + 1, best_score=progress.best_score, stale=progress.stale)
        last = progress.step == config.steps
        if tracker is not None:
            figures = {"train/loss": loss, "train/gradient_norm": float(norm)}
            tracker.log(step, {**figures, "train/rate_factor": schedule.lr_lambdas[0](step)})
            if step % config.save_every == 0:
                LOG.info("step %d of %d: loss %.3f", step, config.steps, loss)
            if progress.step % config.eval_every == 0 or last:
                with average.applied():
                    progress = _validate(model, task, output, progress, tracker)
        progress = broadcast_object_list([progress])[0]
        stopped = progress.stale >= config.patience
        if accelerator.is_main_process and (progress.step % config.save_every == 0 or last or stopped):
            state.save(output / LAST, progress)
        if stopped:
            LOG.info("stopped at step %d: no better score in %d evaluations", progress.step, progress.stale)
            break
    if tracker is not None:
        tracker.close()
    accelerator.wait_for_everyone()
    return progress


def _updates(lengths: Sequence[int], config: LoopConfig, size: int, done: int) -> Iterator[tuple[int, list[list[int]]]]:
    """The number of each update that is not done, and the rows of its `size` batches."""

    def batches() -> Iterator[list[int]]:
        for epoch in count():
            yield from epoch_batches(lengths, batch_tokens=config.batch_tokens, seed=config.seed, epoch=epoch)

    endless = batches()
    for step in range(config.steps):
        groups = [next(endless) for _ in range(size)]
        if step >= done:
            yield step, groups


def _accumulate(accelerator: Accelerator, wrapped: nn.Module, task: Task[B], batches: Sequence[B]) -> float:
    """Add up the mean gradient of the batches, averaged over processes with the last one; returns the mean loss."""
    total = 0.0
    for index, batch in enumerate(batches):
        waits = index + 1 < len(batches)
        with accelerator.no_sync(wrapped) if waits else nullcontext():
            loss = task.loss(wrapped, batch.to(accelerator.device)) / len(batches)
            accelerator.backward(loss)
        total += loss.item()
    return total


def _validate(model: nn.Module, task: Task[B], output: Path, progress: Progress, tracker: Tracker) -> Progress:
    found = task.validate()
    tracker.log(progress.step, found.values)
    LOG.info("step %d: %s", progress.step, ", ".join(f"{name} {value:.4f}" for name, value in found.values.items()))
    if found.score <= progress.best_score:
        return Progress(step=progress.step, best_score=progress.best_score, stale=progress.stale + 1)
    save_tensors(output / BEST, {"model": model.state_dict(), "step": progress.step, "score": found.score})
    return Progress(step=progress.step, best_score=found.score, stale=0)
