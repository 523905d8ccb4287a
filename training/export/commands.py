"""The command ``groundswell export``; heavy imports wait for the call."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

DEFAULT_BUNDLES = Path("exported_models")


class Precision(StrEnum):
    """What a bundle computes in."""

    INT8 = "int8"
    FP32 = "fp32"


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
    texts, when a step costs more than half a point of macro-F1, or when an int8 bundle exceeds 50 MB.

    \b
    Examples:
      groundswell export runs/default --version 2026.11.1
      groundswell export runs/mine --name mine --version 1 --precision fp32 --output /srv/models
    """
    from training.evaluation.report import table
    from training.export.bundle import export_bundle
    from training.export.target import Target

    results = export_bundle(checkpoint, Target(output, name, version, precision.value), weights=weights)
    Console().print(table(results, f"{name}/{version}, {precision.value}, development splits"))
