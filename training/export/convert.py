"""From a published bundle to one in another precision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.inference.bundle import load_bundle
from services.inference.manifest import Description
from training.config import TrainConfig
from training.export.derive import derive_bundle
from training.export.staging import stage_as, stage_fp32
from training.export.target import Target
from training.learning.trained_model import load_trained
from training.metrics.results import Result


def convert_bundle(source: Path, target: Target, config: TrainConfig) -> list[Result]:
    """Make a bundle of the weights of another, dequantised, in the precision of `target`; see `derive_bundle`.

    :raises CheckpointError: when the graph is not one that `groundswell export` made.
    :raises BundleInvalid: when the source is incomplete or altered.
    :raises ExportError: as `derive_bundle` does.
    """
    bundle = load_bundle(source)

    def stage(scratch: Path, facts: Description) -> tuple[Path, Mapping[str, Any]]:
        return stage_as(target.precision, stage_fp32(load_trained(source), scratch, facts), facts), {}

    step = f"{bundle.manifest.precision} to {target.precision}"
    return derive_bundle(bundle, target, config, step=step, stage=stage)
