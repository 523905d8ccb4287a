"""What a run writes down of itself: TensorBoard always, Weights & Biases where it is wanted."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from training.config import TrainConfig
from training.errors import ConfigError

PROJECT = "groundswell"
FOLDER = "tensorboard"


class Tracker:
    """Writes named values by step; a resumed run goes on behind what is there.

    :raises ConfigError: when Weights & Biases is wanted and not installed.
    """

    def __init__(self, output: Path, config: TrainConfig, *, start: int) -> None:
        self._writer = SummaryWriter(str(output / FOLDER), purge_step=start)
        self._run = _start_wandb(output, config) if config.wandb else None

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write values of a step, such as ``train/loss``."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        if self._run is not None:
            self._run.log(dict(values), step=step)

    def close(self) -> None:
        """Write what is still in memory."""
        self._writer.close()
        if self._run is not None:
            self._run.finish()


def _start_wandb(output: Path, config: TrainConfig) -> Any:
    try:
        import wandb
    except ModuleNotFoundError as error:
        raise ConfigError("config: wandb: true needs the package wandb: pip install 'groundswell[tracking]'") from error
    return wandb.init(project=PROJECT, name=output.name, dir=str(output), config=asdict(config), resume="allow")
