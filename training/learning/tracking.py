"""What a run writes down of itself: TensorBoard always, Weights & Biases where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from training.errors import ConfigError

PROJECT = "groundswell"
FOLDER = "tensorboard"


class Tracker:
    """Writes named values by step; a resumed run goes on behind what is there.

    `wandb`: the settings of the run that Weights & Biases gets; None: it gets nothing.

    :raises ConfigError: when Weights & Biases is wanted and not installed.
    """

    def __init__(self, output: Path, *, start: int, wandb: Mapping[str, Any] | None) -> None:
        self._writer = SummaryWriter(str(output / FOLDER), purge_step=start)
        self._run = None if wandb is None else _start_wandb(output, wandb)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write values of a step, such as `train/loss`."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        if self._run is not None:
            self._run.log(dict(values), step=step)

    def close(self) -> None:
        """Write what is still in memory."""
        self._writer.close()
        if self._run is not None:
            self._run.finish()


def _start_wandb(output: Path, settings: Mapping[str, Any]) -> Any:
    try:
        import wandb
    except ModuleNotFoundError as error:
        raise ConfigError("config: wandb: true needs the package wandb: pip install 'groundswell[tracking]'") from error
    return wandb.init(project=PROJECT, name=output.name, dir=str(output), config=dict(settings), resume="allow")
