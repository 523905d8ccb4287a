"""The loop of every kind of training: updates, judging, early stopping, exact resume; one process or several."""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list
from rich.progress import track
from torch import Tensor, nn

from training.config import LoopConfig
from training.data.batches import epoch_batches
from training.errors import CheckpointError, ConfigError
from training.learning.averaging import WeightAverage
from training.learning.checkpoint import BEST, LAST, Progress, load_tensors, save_tensors
from training.learning.optimizer import learning_rate_factor, make_optimizer
from training.learning.tracking import Tracker
from training.model.adapters import after_update
from training.model.encoder import EncoderModel

LOG = logging.getLogger(__name__)


class OnDevice(Protocol):
    """The tensors of a batch."""

    def to(self, device: torch.device) -> Self:
        """The same batch on a device."""


B = TypeVar("B", bound=OnDevice)


@dataclass(frozen=True)
class Judgement:
    """How well a model does: ``score`` (higher is better) decides which weights are kept, ``values`` are tracked."""

    score: float
    values: Mapping[str, float]


class Task(Protocol[B]):
    """What is learnt."""

    @property
    def lengths(self) -> Sequence[int]:
        """The tokens of each training text."""

    def batch(self, rows: Sequence[int], step: int) -> B:
        """The tensors of some texts as they are in a step: they follow from the seed, the rows and the step alone."""

    def loss(self, wrapped: nn.Module, batch: B) -> Tensor:
        """The loss of a batch, a scalar; ``wrapped`` is the model as it is run: itself, or spread over processes."""

    def judge(self) -> Judgement:
        """Judge the model as it is, on texts that are not trained on."""


def make_accelerator(precision: str) -> Accelerator:
    """The device, precision and processes of a run (torchrun and ``accelerate launch`` set the processes).

    :raises ConfigError: for fp16 without a GPU.
    """
    if precision == "fp16" and not torch.cuda.is_available():
        raise ConfigError("config: precision: fp16 needs a CUDA GPU, and there is none; use bf16 or fp32")
    mixed = "no" if precision == "fp32" else precision
    AcceleratorState._reset_state()  # an earlier run of this process may have had another precision
    return Accelerator(mixed_precision=mixed, cpu=not torch.cuda.is_available())


def learn(model: EncoderModel, task: Task[B], config: LoopConfig, output: Path, *, resume: bool) -> Progress:
    """Train until ``config.steps`` or until the judged score stays below its best.

    After ``save_every`` steps the whole state is saved as ``last.pt``; the weights with the best score as
    ``best.pt``. In one process a resumed run ends with the same weights as one that was never interrupted; with
    several only the draws of dropout differ.

    :raises CheckpointError: when the checkpoint to resume belongs to other data or another model.
    """
    accelerator = make_accelerator(config.precision)
    torch.manual_seed(config.seed + accelerator.process_index)
    torch.set_num_threads(config.threads)
    plain = make_optimizer(model, config.optimizer)
    model.to(accelerator.device)
    average = WeightAverage(model, config.optimizer.average_decay)
    state = _State(model, plain, average, len(task.lengths))
    progress = Progress(step=0, best_score=-math.inf, stale=0)
    if resume and (output / LAST).is_file():
        progress = state.restore(output / LAST)
    wrapped, optimizer = accelerator.prepare(model, plain)
    settings = asdict(config) if config.wandb else None
    tracker = Tracker(output, start=progress.step, wandb=settings) if accelerator.is_main_process else None
    model.train()
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    updates = _updates(task.lengths, config, accelerator.num_processes * config.accumulate, progress.step)
    bar: dict[str, Any] = {"total": config.steps - progress.step, "disable": not accelerator.is_main_process}
    for step, groups in track(updates, description="training", update_period=1.0, **bar):
        factor = learning_rate_factor(step, config.steps, config.optimizer.warmup_share, config.optimizer.cycles)
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        loss = _accumulate(accelerator, wrapped, task, [task.batch(rows, step) for rows in groups[share]])
        norm = accelerator.clip_grad_norm_(model.parameters(), config.optimizer.clip_norm)
        optimizer.step()
        after_update(model, step)
        optimizer.zero_grad(set_to_none=True)
        average.update(step)
        progress = Progress(step=step + 1, best_score=progress.best_score, stale=progress.stale)
        last = progress.step == config.steps
        if tracker is not None:
            tracker.log(step, {"train/loss": loss, "train/gradient_norm": float(norm), "train/rate_factor": factor})
            if step % config.save_every == 0:
                LOG.info("step %d of %d: loss %.3f", step, config.steps, loss)
            if progress.step % config.eval_every == 0 or last:
                with average.applied():
                    progress = _judge(model, task, output, progress, tracker)
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
    """The number of each update that is not done, and the rows of its ``size`` batches."""

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


def _judge(model: nn.Module, task: Task[B], output: Path, progress: Progress, tracker: Tracker) -> Progress:
    found = task.judge()
    tracker.log(progress.step, found.values)
    LOG.info("step %d: %s", progress.step, ", ".join(f"{name} {value:.4f}" for name, value in found.values.items()))
    if found.score <= progress.best_score:
        return Progress(step=progress.step, best_score=progress.best_score, stale=progress.stale + 1)
    save_tensors(output / BEST, {"model": model.state_dict(), "step": progress.step, "score": found.score})
    return Progress(step=progress.step, best_score=found.score, stale=0)


@dataclass(frozen=True)
class _State:
    """All that a run needs to go on."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    average: WeightAverage
    rows: int

    def save(self, path: Path, progress: Progress) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict(),
            "rng": torch.get_rng_state(),
            "step": progress.step,
            "best_score": progress.best_score,
            "stale": progress.stale,
            "rows": self.rows,
        }
        save_tensors(path, state)

    def restore(self, path: Path) -> Progress:
        state = load_tensors(path)
        if state["rows"] != self.rows:
            raise CheckpointError(f"{path.name} was trained on {state['rows']} rows, the data now has {self.rows}")
        try:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.load_state_dict(state["average"])
        except (RuntimeError, ValueError) as error:
            raise CheckpointError(f"{path.name} is of another model: {error}") from error
        torch.set_rng_state(state["rng"])
        LOG.info("resumed at step %d", state["step"])
        return Progress(step=state["step"], best_score=state["best_score"], stale=state["stale"])
