"""The teacher: a trained model as it is, and what the student's record says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.inference.bundle import load_bundle
from training.distillation.config import Origin
from training.learning.checkpoint import read_run
from training.learning.trained_model import TrainedModel, load_trained
from training.model.bundle_weights import is_bundle


@dataclass(frozen=True)
class Teacher:
    """`name` is that of the bundle, or of the checkpoint's folder."""

    name: str
    folder: Path
    trained: TrainedModel
    origin: Origin


def load_teacher(folder: Path) -> Teacher:
    """Load the best weights of a checkpoint, or those of a bundle, dequantised.

    :raises CheckpointError: when the folder is neither, or broken.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    """
    if is_bundle(folder):
        bundle = load_bundle(folder)
        licence = str(bundle.manifest.base_model.get("licence", ""))
        return Teacher(bundle.model_version, folder, load_trained(folder), Origin(str(folder.resolve()), licence))
    model = read_run(folder).config.model
    return Teacher(folder.name, folder, load_trained(folder), Origin(model.base, model.licence))
