"""The commands `groundswell export`, `convert` and `card`; heavy imports wait for the call."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.inference.bundle import METRICS
from training.options import DEFAULT_CONFIG, BundleArgument

if TYPE_CHECKING:
    from training.export.target import Target
    from training.metrics.results import Result

DEFAULT_BUNDLES = Path("exported_models")


class Precision(StrEnum):
    """What a bundle computes in."""

    INT8 = "int8"
    FP16 = "fp16"
    FP32 = "fp32"


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Folder that train wrote.")],
    version: Annotated[str, typer.Option(help="Version of the bundle.")],
    name: Annotated[str, typer.Option(help="Name of the bundle.")] = "zh-en-base",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of all bundles.")] = DEFAULT_BUNDLES,
    precision: Annotated[Precision, typer.Option(help="int8 for CPUs, fp16 or fp32 for GPUs.")] = Precision.INT8,
    smooth: Annotated[
        bool, typer.Option(help="int8 in all products, with smoothed inputs: about a fifth faster, less exact.")
    ] = False,
    weights: Annotated[str, typer.Option(help="best.pt (by development score) or last.pt.")] = "best.pt",
    largest: Annotated[
        int, typer.Option("--max-mb", min=1, help="Size that an int8 bundle may have; one in a repository 50 MB.")
    ] = 50,
) -> None:
    """Export a checkpoint to an ONNX bundle and make it the current version.

    Fails, and publishes nothing, when the graph does not agree with the torch model on the development
    texts, when a step costs more than half a point of macro-F1, or when an int8 bundle exceeds --max-mb (a
    large vocabulary takes most of it; `groundswell trim-vocabulary` cuts it).

    \b
    Examples:
      groundswell export runs/default --version 2026.12.1
      groundswell export runs/student --name zh-en-small --version 2026.12.1 --smooth
      groundswell export runs/mine --name mine --version 1 --precision fp16 --output /srv/models
    """
    from training.export.bundle import export_bundle
    from training.export.target import Target

    target = Target(output, name, version, precision.value, smooth=smooth, max_bytes=largest * 1_000_000)
    _show(target, export_bundle(checkpoint, target, weights=weights))


def convert(
    bundle: BundleArgument,
    precision: Annotated[Precision, typer.Option(help="fp16 or fp32 for GPUs, int8 for CPUs.")],
    name: Annotated[str | None, typer.Option(help="Name of the new bundle; by default NAME-PRECISION.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the new bundle; by default the source's.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of all bundles.")] = DEFAULT_BUNDLES,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Names the sets on which both bundles are compared.")
    ] = DEFAULT_CONFIG,
) -> None:
    """Make a bundle of another precision out of a published one; it becomes the current version of its name.

    The weights are dequantised; topics, thresholds, temperatures, data and licences stay as they are. Fails, and
    publishes nothing, when the new bundle costs more than half a point of macro-F1 on the development splits.

    \b
    Examples:
      groundswell convert exported_models/zh-en-base/2026.11.2 --precision fp16
      groundswell convert exported_models/mine/3 --precision int8 --name mine --version 4 --config my.yaml
    """
    from services.inference.bundle import load_bundle
    from training.config import TrainConfig
    from training.export.convert import convert_bundle
    from training.export.target import Target

    manifest = load_bundle(bundle).manifest
    target = Target(output, name or f"{manifest.name}-{precision}", version or manifest.version, precision.value)
    _show(target, convert_bundle(bundle, target, TrainConfig.load(config)))


def card(
    bundle: BundleArgument,
    evaluation: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What `groundswell evaluate BUNDLE` wrote.")
    ] = None,
    robustness: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The report of `groundswell robustness BUNDLE`.")
    ] = None,
    bias: Annotated[Path | None, typer.Option(metavar="FILE", help="The report of `groundswell bias BUNDLE`.")] = None,
) -> None:
    """Write a bundle's model card anew, with what was measured of it since it was published.

    The figures are taken into the bundle's metrics.json, so a later call needs only what is new. Serving reads
    neither file.

    \b
    Examples:
      groundswell card exported_models/zh-en-base/2026.11.2
      groundswell card BUNDLE --evaluation evaluation --robustness robustness.json --bias bias.json
    """
    from training.export.rewrite_card import rewrite_card

    path = rewrite_card(bundle, evaluation=evaluation, robustness=robustness, bias=bias)
    Console().print(f"card written to {path}, figures to {path.with_name(METRICS)}")


def _show(target: Target, results: list[Result]) -> None:
    """Print the scores of a published bundle and what each step to it cost."""
    from training.evaluation.report.terminal_tables import results_table
    from training.export.cost import cost_table, find_costs

    console = Console()
    console.print(results_table(results, f"{target.name}/{target.version}, {target.precision}, development splits"))
    console.print(cost_table(find_costs(target.folder)))
