"""A bundle made of a published one: what it inherits, what the change costs, and the limits that it must keep."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from services.common.bundle import CARD, METRICS, SEEN, Bundle, Description
from training.config import TrainConfig
from training.data.registry import load_registry
from training.data.taxonomy import load_taxonomy
from training.evaluation import report
from training.evaluation.dev_split import dev_split
from training.evaluation.results import Result, mean_macro_f1
from training.evaluation.thresholds import thresholds_by_index
from training.export.cost import Cost, require_cheap
from training.export.describe import now
from training.export.parity import ParityLimits, compare, require_same_decisions
from training.export.staging import scratch_folder
from training.export.target import Target, publish

Stage = Callable[[Path, Description], tuple[Path, Mapping[str, Any]]]
"""Makes the new bundle in a scratch folder out of what its manifest shall say; returns its folder, and what else is
to be said of the step beside its cost."""


def derive_bundle(source: Bundle, target: Target, config: TrainConfig, *, step: str, stage: Stage) -> list[Result]:
    """Publish what ``stage`` makes of a bundle; topics, thresholds, temperatures, conventions, data and licences stay.

    ``config`` names the sets on whose development splits both are compared; ``step`` is the change, as reported.

    :returns: the scores of the new bundle.
    :raises ExportError: when it decides otherwise than the source, costs more than half a point of macro-F1 or is
        too large, or when that version exists already; nothing is then left in ``target.root``.
    """
    target.require_free()
    taxonomy = load_taxonomy()
    dev = dev_split(config, load_registry(), taxonomy)
    thresholds = thresholds_by_index(source, taxonomy)
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
        metrics = _metrics(source)
        metrics |= {
            "model": f"{target.name}/{target.version}",
            "made_from": source.model_version,
            "development": report.as_json(after),
            "development_general_reading": report.as_json(general),
            "cost": [*metrics.get("cost", []), {**cost.as_json(), **more}],
            "change": asdict(parity),
        }
        if (source.folder / SEEN).is_file():
            shutil.copyfile(source.folder / SEEN, staged / SEEN)
        publish(staged, target, metrics, _card(source, target, cost))
    return after


def _description(bundle: Bundle) -> Description:
    return Description(**{name: getattr(bundle.manifest, name) for name in Description.__struct_fields__})


def _metrics(bundle: Bundle) -> dict[str, Any]:
    path = bundle.folder / METRICS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _card(source: Bundle, target: Target, cost: Cost) -> str:
    """The card of the source under the new name, with a word on the change."""
    path = source.folder / CARD
    _, _, rest = path.read_text(encoding="utf-8").partition("\n") if path.is_file() else ("", "", "")
    return f"""# {target.name} {target.version}

Made from {source.model_version} ({cost.step}), at a cost of {cost.points:+.2f} points of mean macro-F1 on the
development splits ({cost.macro_f1_before:.4f} before, {cost.macro_f1_after:.4f} after). What follows is the card of
the source; `metrics.json` has this bundle's own figures.
{rest}"""
