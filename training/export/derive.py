"""A bundle made of a published one: what it inherits, what the change costs, and the limits that it must keep."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from services.inference.bundle import METRICS, SEEN, Bundle, load_bundle
from services.inference.manifest import Description
from training.config import TrainConfig
from training.evaluation.development_split import development_split
from training.evaluation.report.json_document import results_json
from training.evaluation.thresholds import thresholds_by_index
from training.export.cost import Cost, require_cheap
from training.export.describe import now
from training.export.model_card import model_card
from training.export.parity import ParityLimits, compare, require_same_decisions
from training.export.rewrite_card import MEASURED
from training.export.staging import scratch_folder
from training.export.target import Target, publish
from training.metrics.results import Result, mean_macro_f1

Stage = Callable[[Path, Description], tuple[Path, Mapping[str, Any]]]
"""Makes the new bundle in a scratch folder out of what its manifest shall say; returns its folder, and what else is
to be said of the step beside its cost."""


def derive_bundle(source: Bundle, target: Target, config: TrainConfig, *, step: str, stage: Stage) -> list[Result]:
    """Publish what `stage` makes of a bundle; topics, thresholds, temperatures, conventions, data and licences stay.

    `config` names the sets on whose development splits both are compared; `step` is the change, as reported.

    :returns: the scores of the new bundle.
    :raises ExportError: when it decides otherwise than the source, costs more than half a point of macro-F1 or is
        too large, or when that version exists already; nothing is then left in `target.root`.
    """
    target.require_free()
    dev = development_split(config)
    thresholds = thresholds_by_index(source, dev.taxonomy)
    facts = msgspec.structs.replace(
        _description(source),
        name=target.name,
        version=target.version,
        created_at=now(),
        precision=target.precision,
    )
    with scratch_folder(target.root) as scratch:
        staged, more = stage(scratch, facts)
        before_says, after_says = dev.served(source.folder), dev.served(staged)
        before, after = (dev.score(values, thresholds) for values in (before_says, after_says))
        cost = Cost(step, mean_macro_f1(before), mean_macro_f1(after))
        parity = compare(before_says, after_says)
        require_same_decisions(parity, ParityLimits())
        require_cheap([cost])
        general = dev.score(dev.served(staged, own=False), thresholds)
        metrics = {name: value for name, value in _metrics(source).items() if name not in MEASURED}
        metrics |= {
            "model": f"{target.name}/{target.version}",
            "made_from": source.model_version,
            "development": results_json(after),
            "development_general_reading": results_json(general),
            "cost": [*metrics.get("cost", []), {**cost.as_json(), **more}],
            "change": asdict(parity),
        }
        if (source.folder / SEEN).is_file():
            shutil.copyfile(source.folder / SEEN, staged / SEEN)
        publish(staged, target, metrics, model_card(load_bundle(staged).manifest, metrics))
    return after


def _description(bundle: Bundle) -> Description:
    return Description(**{name: getattr(bundle.manifest, name) for name in Description.__struct_fields__})


def _metrics(bundle: Bundle) -> dict[str, Any]:
    path = bundle.folder / METRICS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
