"""The whole state of a run, saved and resumed exactly."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from training.errors import CheckpointError
from training.learning.checkpoint import Progress, load_tensors, save_tensors
from training.learning.weight_average import WeightAverage

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunState:
    """All that a run needs to go on."""

    model: nn.Module
    optimizer: Optimizer
    average: WeightAverage
    rows: int

    def save(self, path: Path, progress: Progress) -> None:
        """Write the state after a step, atomically."""
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
        """Put everything back as it was saved, and return where the run stands.

        :raises CheckpointError: when the file is broken, or belongs to other data or another model.
        """
        state = load_tensors(path)
        if state["rows"] != self.rows:
            raise CheckpointError(f"{path.name} was trained on {state['rows']} rows, the data now has {self.rows}")
        try:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.load_state_dict(state["average"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(f"{path.name} is of another model: {error}") from error
        torch.set_rng_state(state["rng"])
        LOG.info("resumed at step %d", state["step"])
        return Progress(step=state["step"], best_score=state["best_score"], stale=state["stale"])
