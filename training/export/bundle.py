"""From a checkpoint to a published bundle: fp32 graph, fusion, precision, calibration, measurement, card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import msgspec

from services.inference.bundle import write_manifest
from training.data.contamination import read_seen, write_seen
from training.data.registry import registered_sets
from training.data.taxonomy import load_taxonomy
from training.errors import CheckpointError
from training.evaluation.development_split import DevelopmentSplit, development_split
from training.export.cost import Cost, read_costs, require_cheap
from training.export.decisions import fit_decisions
from training.export.describe import describe
from training.export.lineage import lineage
from training.export.measure import Outputs, measure
from training.export.model_card import model_card
from training.export.parity import ParityLimits, compare, require_fp32
from training.export.staging import scratch_folder, stage_as, stage_fp32
from training.export.target import Target, publish
from training.learning.checkpoint import BEST, read_run
from training.learning.trained_model import load_trained
from training.metrics.results import Result

SMOOTHING_TEXTS = 400
MEASURED_ON = "own development splits; topic thresholds were chosen on the same rows"


def export_bundle(folder: Path, target: Target, *, weights: str = BEST) -> list[Result]:
    """Export a checkpoint, check it against torch on the development texts, publish it, and point
    `CURRENT` at it. Nothing is left in `target.root` when a check fails.

    :returns: the scores of the bundle on the development splits.
    :raises ExportError: when parity, cost or size is beyond the limits, or that version exists already.
    :raises CheckpointError: when the checkpoint is broken.
    """
    target.require_free()
    record, taxonomy = read_run(folder), load_taxonomy()
    registry = registered_sets(record.config.registry)
    if record.topic_ids != taxonomy.ids:
        raise CheckpointError("the checkpoint was trained with another topic taxonomy")
    earlier, seen = read_costs(folder), read_seen(folder)
    require_cheap([Cost.from_json(entry) for entry in earlier])
    trained, limits = load_trained(folder, weights), ParityLimits()
    facts = describe(target, record, registry, taxonomy, int(trained.model.encoder.config.pad_token_id))
    dev = development_split(record.config)
    torch_says = dev.predicted(trained.model, trained.tokenizer, max_tokens=target.max_tokens)
    with scratch_folder(target.root) as scratch:
        fp32 = stage_fp32(trained, scratch, facts)
        fused_says = dev.served(fp32)
        require_fp32(compare(torch_says, fused_says), limits)
        staged = stage_as(target.precision, fp32, facts, _sample(dev) if target.smooth else ())
        published_says = fused_says if staged == fp32 else dev.served(staged)
        outputs = Outputs(torch_says, fused_says, published_says, dev.served(staged, own=False))
        decisions = fit_decisions(dev.texts, outputs.general, len(taxonomy.topics))
        measured = measure(dev, outputs, decisions, target.step)
        measured.require_good(limits)
        bundle = write_manifest(
            staged,
            msgspec.structs.replace(
                facts,
                topic_thresholds={name: decisions.thresholds[index] for index, name in enumerate(taxonomy.ids)},
                temperatures=decisions.temperatures,
                unsure_below=decisions.unsure_below,
            ),
        )
        metrics = {
            "model": bundle.model_version,
            "measured_on": MEASURED_ON,
            **measured.as_json(),
            "cost": [*earlier, *(cost.as_json() for cost in measured.costs)],
            "calibration": [asdict(one) for one in decisions.calibration],
            "abstain": [asdict(band) for band in decisions.bands],
            "training": lineage(record),
        }
        if seen is not None:
            write_seen(staged, (), seen)
        publish(staged, target, metrics, model_card(bundle.manifest, metrics))
    return measured.development


def _sample(dev: DevelopmentSplit) -> list[str]:
    """Texts of all sets on which activations are looked at."""
    texts = dev.texts
    return [example.text for example in texts[:: max(1, len(texts) // SMOOTHING_TEXTS)]]
