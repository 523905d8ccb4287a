"""How a model came about, for its metrics and its card: the run, and what the run's base model was made by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.inference.bundle import METRICS, load_bundle
from training.config import ModelConfig, base_location
from training.learning.checkpoint import RunRecord
from training.model.bundle_weights import is_bundle
from training.model.encoder import PRETRAINING

_OF_PRETRAINING = ("streams", "steps", "train_texts", "before", "after")


def base_name(config: ModelConfig) -> str:
    """What the base model is called: a bundle by name and version, else the folder's or hub name."""
    folder = Path(config.location)
    return load_bundle(folder).model_version if is_bundle(folder) else Path(config.base).name


def lineage(record: RunRecord) -> dict[str, Any]:
    """Return the configuration of a run and, under `base`, what is known of its base model.

    `base` has, of a bundle, its name, base model, data and own history; of a base model that was pre-trained here,
    the figures of that and what it was before. Paths of this machine are left out.
    """
    config = record.config.model_dump()
    config["model"]["base"] = base_name(record.config.model)
    if config.get("registry"):
        config["registry"] = Path(config["registry"]).name
    return {"config": config, "base": _base(Path(record.config.model.location))}


def _base(folder: Path) -> dict[str, Any] | None:
    if is_bundle(folder):
        bundle = load_bundle(folder)
        manifest, metrics = bundle.manifest, _read(folder / METRICS)
        return {
            "model": bundle.model_version,
            "base_model": manifest.base_model,
            "training_data": manifest.training_data,
            "training": metrics.get("training"),
        }
    report = _read(folder / PRETRAINING)
    if not report:
        return None
    before = _base(Path(base_location(report["config"]["base"])))
    return {"pretraining": {key: report[key] for key in _OF_PRETRAINING}, "base": before}


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
