"""The training loop: updates, evaluation, early stopping, exact resume; one process or several."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor

from training.config import TrainConfig
from training.data.batches import Batch, Encoded, collate, encode, epoch_batches
from training.data.class_weights import Key, class_weights
from training.data.examples import Example
from training.errors import CheckpointError, ConfigError
from training.evaluation.dev import by_set, predict, score_dev
from training.evaluation.readout import Readout
from training.evaluation.results import mean_macro_f1
from training.learning.averaging import WeightAverage
from training.learning.checkpoint import BEST, LAST, Progress, load_tensors, save_tensors
from training.learning.objective import objective
from training.learning.optimizer import learning_rate_factor, make_optimizer
from training.learning.tracking import Tracker
from training.model.adapters import after_update
from training.model.multitask import MultiTaskModel
from training.robustness.augment import augmented

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FitData:
    """What a run reads: examples of both sides, how sets read their labels, and the tokenizer."""

    train: Sequence[Example]
    dev: Sequence[Example]
    readouts: Sequence[Readout]
    tokenizer: Tokenizer
    pad_id: int


def make_accelerator(config: TrainConfig) -> Accelerator:
    """The device, precision and processes of a run (torchrun and ``accelerate launch`` set the processes).

    :raises ConfigError: for fp16 without a GPU.
    """
    if config.precision == "fp16" and not torch.cuda.is_available():
        raise ConfigError("config: precision: fp16 needs a CUDA GPU, and there is none; use bf16 or fp32")
    mixed = "no" if config.precision == "fp32" else config.precision
    AcceleratorState._reset_state()  # an earlier run of this process may have had another precision
    return Accelerator(mixed_precision=mixed, cpu=not torch.cuda.is_available())


def fit(model: MultiTaskModel, data: FitData, config: TrainConfig, output: Path, *, resume: bool) -> Progress:
    """Train until ``config.steps`` or until the development score stays below its best.

    After ``save_every`` steps the whole state is saved as ``last.pt``; the best weights by mean
    macro-F1 on the development rows as ``best.pt``. In one process a resumed run ends with the same
    weights as one that was never interrupted; with several only the draws of dropout differ.

    :raises CheckpointError: when the checkpoint to resume belongs to other data.
    """
    accelerator = make_accelerator(config)
    torch.manual_seed(config.seed + accelerator.process_index)
    torch.set_num_threads(config.threads)
    plain = make_optimizer(model, config.optimizer)
    model.to(accelerator.device)
    average = WeightAverage(model, config.optimizer.average_decay)
    state = _State(model, plain, average, len(data.train))
    progress = Progress(step=0, best_score=-1.0, stale=0)
    if resume and (output / LAST).is_file():
        progress = state.restore(output / LAST)
    wrapped, optimizer = accelerator.prepare(model, plain)
    feed = _Feed(data, config, model)
    tracker = Tracker(output, config, start=progress.step) if accelerator.is_main_process else None
    model.train()
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    updates = feed.updates(accelerator.num_processes * config.accumulate, progress.step)
    bar: dict[str, Any] = {"total": config.steps - progress.step, "disable": not accelerator.is_main_process}
    for step, groups in track(updates, description="training", update_period=1.0, **bar):
        factor = learning_rate_factor(step, config.steps, config.optimizer.warmup_share, config.optimizer.cycles)
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        batches = [feed.batch(rows, step).to(accelerator.device) for rows in groups[share]]
        loss = _accumulate(accelerator, wrapped, model, batches, config)
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
                    progress = _judge(model, data, config, output, progress, tracker)
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


def _accumulate(
    accelerator: Accelerator,
    wrapped: torch.nn.Module,
    model: MultiTaskModel,
    batches: Sequence[Batch],
    config: TrainConfig,
) -> float:
    """Add up the mean gradient of the batches, averaged over processes with the last one; returns the mean loss."""
    total = 0.0
    for index, batch in enumerate(batches):
        waits = index + 1 < len(batches)
        with accelerator.no_sync(wrapped) if waits else nullcontext():
            loss: Tensor = objective(wrapped, model, batch, config) / len(batches)
            accelerator.backward(loss)
        total += loss.item()
    return total


class _Feed:
    """Batches of the training examples in an order that the seed fixes."""

    def __init__(self, data: FitData, config: TrainConfig, model: MultiTaskModel) -> None:
        self._data = data
        self._config = config
        self._topics = model.topic.out_features
        self._conventions = model.conventions
        self._encoded: list[Encoded] = encode(data.tokenizer, data.train, config.max_tokens)
        exponent = config.loss.class_weights
        self._weights: Mapping[Key, float] | None = class_weights(data.train, exponent) if exponent else None

    def updates(self, size: int, done: int) -> Iterator[tuple[int, list[list[int]]]]:
        """The number of each update that is not done, and the rows of its ``size`` batches."""
        batches = self._batches()
        for step in range(self._config.steps):
            groups = [next(batches) for _ in range(size)]
            if step >= done:
                yield step, groups

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
            topics=self._topics,
            pad_id=self._data.pad_id,
            conventions=self._conventions,
            weights=self._weights,
        )

    def _batches(self) -> Iterator[list[int]]:
        lengths = [len(one.ids) for one in self._encoded]
        for epoch in count():
            yield from epoch_batches(
                lengths, batch_tokens=self._config.batch_tokens, seed=self._config.seed, epoch=epoch
            )


@dataclass(frozen=True)
class _State:
    """All that a run needs to go on."""

    model: MultiTaskModel
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
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.load_state_dict(state["average"])
        torch.set_rng_state(state["rng"])
        LOG.info("resumed at step %d", state["step"])
        return Progress(step=state["step"], best_score=state["best_score"], stale=state["stale"])


def _judge(
    model: MultiTaskModel, data: FitData, config: TrainConfig, output: Path, progress: Progress, tracker: Tracker
) -> Progress:
    sample = by_set(data.dev, config.quick_dev_rows)
    rows = [example for group in sample.values() for example in group]
    values = predict(model, data.tokenizer, rows, max_tokens=config.max_tokens, pad_id=data.pad_id, own=True)
    scored = score_dev(data.readouts, sample, values, {})
    mean = mean_macro_f1(scored)
    each = {f"dev/{one.set_name}/{one.task}/{one.language}": one.scores.macro_f1 for one in scored}
    tracker.log(progress.step, {"dev/mean_macro_f1": mean, **each})
    LOG.info(
        "step %d: mean macro-F1 %.4f (%s)", progress.step, mean, ", ".join(f"{k} {v:.3f}" for k, v in each.items())
    )
    if mean <= progress.best_score:
        return Progress(step=progress.step, best_score=progress.best_score, stale=progress.stale + 1)
    save_tensors(output / BEST, {"model": model.state_dict(), "step": progress.step, "score": mean})
    return Progress(step=progress.step, best_score=mean, stale=0)
