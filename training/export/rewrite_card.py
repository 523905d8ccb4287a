"""What is measured of a published bundle joins its figures, and its card is written anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from services.domain.errors import InvalidInput
from services.inference.bundle import CARD, METRICS, load_bundle
from training.evaluation.report.json_document import read_evaluation, rounded
from training.export.model_card import model_card

MEASURED = ("evaluation", "robustness", "bias")
"""The parts of `metrics.json` that are measured after a bundle is published, and of that bundle alone."""


def rewrite_card(folder: Path, *, evaluation: Path | None, robustness: Path | None, bias: Path | None) -> Path:
    """Take the figures into `metrics.json`, those given in place of older ones, and write the card.

    Neither file is one that serving reads. `evaluation` is the folder that `groundswell evaluate` wrote, the
    others are the reports of `groundswell robustness` and `bias`.

    :returns: the card.
    :raises InvalidInput: when a report is missing, wrong, or of another bundle.
    :raises BundleInvalid: when the bundle is incomplete or altered.
    """
    bundle = load_bundle(folder)
    metrics: dict[str, Any] = _read(folder / METRICS) if (folder / METRICS).is_file() else {}
    found: dict[str, dict[str, Any]] = {}
    if evaluation is not None:
        found["evaluation"] = rounded(msgspec.to_builtins(read_evaluation(evaluation)))
    for name, path in (("robustness", robustness), ("bias", bias)):
        if path is not None:
            found[name] = _read(path)
    for name, report in found.items():
        if report.get("model") != bundle.model_version:
            raise InvalidInput(f"{name}: expected figures of {bundle.model_version}, got {report.get('model')!r}")
    metrics |= found
    try:
        card = model_card(bundle.manifest, metrics)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{folder / METRICS} or a report lacks a figure: {type(error).__name__}: {error}") from error
    (folder / METRICS).write_text(json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    return folder / CARD


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: expected a JSON object: {error}") from error
    if not isinstance(content, dict):
        raise InvalidInput(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content
