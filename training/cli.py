"""The commands ``groundswell train`` and ``export``; heavy imports wait for the call."""

import logging
import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

DEFAULT_CONFIG = Path(__file__).parent / "configs" / "default.yaml"
DEFAULT_BUNDLES = Path("exported_models")


class Precision(StrEnum):
    """What a bundle computes in."""

    INT8 = "int8"
    FP32 = "fp32"


class Licence(StrEnum):
    """Which sets a run may use."""

    ANY = "any"
    PERMISSIVE = "permissive"


def train(
    output: Annotated[
        Path | None, typer.Argument(help="Folder of the checkpoint; by default runs/NAME of the configuration.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Configuration (YAML).")] = DEFAULT_CONFIG,
    licence: Annotated[Licence | None, typer.Option(help="permissive: train on no set that restricts its use.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUTPUT, if there is one.")] = True,
) -> None:
    """Train a model on the registered data sets and leave a checkpoint.

    The data is read from the folder in GROUNDSWELL_DATA, by default ../shared/data. Interrupt it as you
    like: the same command goes on where it stopped and ends with the same weights.

    \b
    Examples:
      groundswell train --config training/configs/default.yaml
      groundswell train runs/free --licence permissive
      torchrun --nproc-per-node 2 -m services.cli train runs/two --config my.yaml
      GROUNDSWELL_DATA=~/data groundswell train runs/again --no-resume
    """
    from training.config import load_config
    from training.learning.run import run_training

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wanted = load_config(config)
    if licence is not None:
        wanted = replace(wanted, licence=licence.value)
    output = output or Path("runs") / config.stem
    progress = run_training(wanted, output, resume=resume)
    if os.environ.get("RANK", "0") != "0":
        return  # the main process speaks for all
    Console().print(
        f"{progress.step} steps, best mean macro-F1 {progress.best_score:.4f}; "
        f"next: groundswell export {output} --version VERSION"
    )


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Folder that train wrote.")],
    version: Annotated[str, typer.Option(help="Version of the bundle.")],
    name: Annotated[str, typer.Option(help="Name of the bundle.")] = "zh-en-base",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of all bundles.")] = DEFAULT_BUNDLES,
    precision: Annotated[Precision, typer.Option(help="int8 for CPUs, fp32 for GPUs.")] = Precision.INT8,
    weights: Annotated[str, typer.Option(help="best.pt (by development score) or last.pt.")] = "best.pt",
) -> None:
    """Export a checkpoint to an ONNX bundle and make it the current version.

    Fails, and publishes nothing, when the graph does not agree with the torch model on the development
    texts, when int8 costs more than half a point of macro-F1, or when an int8 bundle exceeds 50 MB.

    \b
    Examples:
      groundswell export runs/default --version 2026.11.1
      groundswell export runs/mine --name mine --version 1 --precision fp32 --output /srv/models
    """
    from training.evaluation.report import table
    from training.export.bundle import Target, export_bundle

    results = export_bundle(checkpoint, Target(output, name, version, precision.value), weights=weights)
    Console().print(table(results, f"{name}/{version}, {precision.value}, development splits"))
