"""A trained model, out of the checkpoint folder of a run or out of a published bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.inference.bundle import load_bundle
from training.config import NO_ADAPTER, ModelConfig
from training.errors import CheckpointError
from training.learning.checkpoint import BEST, TOKENIZER, RunRecord, load_tensors, read_run
from training.model.adapters import adapt, merged
from training.model.bundle_weights import is_bundle
from training.model.multitask import MultiTaskModel, model_from_folder, new_model


@dataclass(frozen=True)
class TrainedModel:
    """A model with its weights, made for export (eager attention, adapters merged), and its tokenizer's file."""

    model: MultiTaskModel
    tokenizer: Path
    topic_ids: tuple[str, ...]


def load_trained(folder: Path, weights: str = BEST) -> TrainedModel:
    """Load a bundle (dequantised), or the weights file `weights` of a checkpoint.

    :raises CheckpointError: when the folder is neither, or its weights are broken or of another shape.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    :raises ExportError: when adapters cannot be merged.
    """
    if is_bundle(folder):
        return _from_bundle(folder)
    record = read_run(folder)
    return TrainedModel(load_model(folder, record, weights), folder / TOKENIZER, record.topic_ids)


def load_model(folder: Path, record: RunRecord, weights: str) -> MultiTaskModel:
    """Build the model of a checkpoint folder and load its weights.

    :raises CheckpointError: when the weights are missing, broken or of another shape.
    :raises ExportError: when its adapters cannot be merged.
    """
    model = model_from_folder(folder, record.config.model, len(record.topic_ids), record.conventions)
    model = adapt(model, record.config.model.adapter, steps=record.config.steps)
    try:
        model.load_state_dict(load_tensors(folder / weights)["model"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"{weights} does not fit the model of {folder.name}: {error}") from error
    return merged(model)


def _from_bundle(folder: Path) -> TrainedModel:
    bundle = load_bundle(folder)
    manifest = bundle.manifest
    config = ModelConfig(
        base=str(folder.resolve()),
        licence="",
        frozen_layers=-1,
        encoder_dropout=0.0,
        head_dropout=0.0,
        adapter=NO_ADAPTER,
    )
    model = new_model(config, topics=len(manifest.topics), conventions=manifest.conventions)
    model.encoder.set_attn_implementation("eager")
    return TrainedModel(model, bundle.tokenizer_path, tuple(topic.id for topic in manifest.topics))
