"""The command `groundswell train`; heavy imports wait for the call."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG, Licence, RegistryOption, with_registry


def train(
    output: Annotated[
        Path | None, typer.Argument(help="Folder of the checkpoint; by default runs/NAME of the configuration.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Configuration (YAML).")] = DEFAULT_CONFIG,
    licence: Annotated[Licence | None, typer.Option(help="permissive: train on no set that restricts its use.")] = None,
    registry: RegistryOption = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUTPUT, if there is one.")] = True,
) -> None:
    """Train a model on the registered data sets and leave a checkpoint.

    The data is read from the folder in GROUNDSWELL_DATA, by default ../shared/data. Interrupt it as you
    like: the same command goes on where it stopped and ends with the same weights.

    A registry of your own has the form of training/data/registry.yaml; its paths are beside it, and a set in it
    replaces the registered one of that name. The configuration says which sets are used, at most how many rows of each.

    \b
    Examples:
      groundswell train --config training/configs/default.yaml
      groundswell train runs/free --licence permissive
      groundswell train runs/mine --config mine.yaml --registry my_sets.yaml
      torchrun --nproc-per-node 2 -m services.cli train runs/two --config my.yaml
      GROUNDSWELL_DATA=~/data groundswell train runs/again --no-resume
    """
    from training.config import TrainConfig
    from training.learning.run import run_training

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wanted = with_registry(TrainConfig.load(config), registry)
    if licence is not None:
        wanted = wanted.replace(licence=licence.value)
    output = output or Path("runs") / config.stem
    progress = run_training(wanted, output, resume=resume)
    if os.environ.get("RANK", "0") != "0":
        return  # the main process speaks for all
    Console().print(
        f"{progress.step} steps, best mean macro-F1 {progress.best_score:.4f}; "
        f"next: groundswell export {output} --version VERSION"
    )
