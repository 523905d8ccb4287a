"""From a checkpoint to a published bundle: fp32 graph, fusion, int8, parity, manifest, card."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import torch
from tokenizers import Tokenizer

from services.common.bundle import (
    CARD,
    METRICS,
    MODEL,
    TOKENIZER,
    Description,
    TopicLabel,
    load_bundle,
    make_current,
    write_manifest,
)
from services.common.classifier import Classifier
from training.data.corpus import build_corpus
from training.data.examples import Example
from training.data.label_maps import label_maps, topic_languages, training_data
from training.data.registry import data_root, load_registry
from training.data.taxonomy import Taxonomy, load_taxonomy
from training.errors import CheckpointError, ExportError
from training.evaluation import report
from training.evaluation.dev import by_set, predict, score_dev
from training.evaluation.evaluate import dev_readouts
from training.evaluation.results import Probabilities, Result, mean_macro_f1
from training.evaluation.served import classify
from training.evaluation.thresholds import choose_thresholds
from training.export.calibration import abstain_bands, by_language, calibrated, fit_temperatures
from training.export.model_card import CardFacts, model_card
from training.export.onnx_graph import export_graph, fuse_graph
from training.export.parity import ParityLimits, compare, require_fp32, require_same_decisions
from training.export.quantize import quantize
from training.learning import checkpoint
from training.learning.checkpoint import RunRecord, load_tensors, read_run
from training.model.adapters import adapt, merged
from training.model.multitask import MultiTaskModel, model_from_folder

MAX_BUNDLE_BYTES = 50_000_000
"""Of an int8 bundle: it lies in the repository."""
_FP32_TEXTS = 200

Precision = Literal["int8", "fp32"]


@dataclass(frozen=True)
class Target:
    """Where and as what a bundle is published; texts longer than ``max_tokens`` are cut in serving.

    ``precision``: int8 for CPUs and for the repository, or fp32, which a GPU wants.
    """

    root: Path
    name: str
    version: str
    precision: Precision = "int8"
    max_tokens: int = 256


def export_bundle(folder: Path, target: Target, *, weights: str = checkpoint.BEST) -> list[Result]:
    """Export a checkpoint, check it against torch on the development texts, publish it, and point
    ``CURRENT`` at it. Nothing is left in ``target.root`` when a check fails.

    :returns: the scores of the bundle on the development splits.
    :raises ExportError: when parity or size is beyond the limits, or that version exists already.
    :raises CheckpointError: when the checkpoint is broken.
    """
    final = target.root / target.name / target.version
    if final.exists():
        raise ExportError(f"{target.name}/{target.version} exists already; choose another version")
    record, taxonomy, registry = read_run(folder), load_taxonomy(), load_registry()
    if record.topic_ids != taxonomy.ids:
        raise CheckpointError("the checkpoint was trained with another topic taxonomy")
    model = load_model(folder, record, weights)
    groups = by_set(build_corpus(record.config, registry, taxonomy, data_root()).dev)
    texts = [example for group in groups.values() for example in group]
    pad_id = int(model.encoder.config.pad_token_id)
    tokenizer = Tokenizer.from_file(str(folder / checkpoint.TOKENIZER))
    reference, reference_own = (
        predict(model, tokenizer, texts, max_tokens=target.max_tokens, pad_id=pad_id, own=own) for own in (False, True)
    )
    target.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.root, prefix=".export-") as scratch:
        staged = Path(scratch) / "fp32"
        fp32 = describe(replace(target, precision="fp32"), record, taxonomy, pad_id)
        _stage_fp32(model, folder / checkpoint.TOKENIZER, staged, fp32)
        rows = range(0, len(texts), max(1, len(texts) // _FP32_TEXTS))
        exported = compare(reference.part(rows), _classify(staged, [texts[row] for row in rows], taxonomy, own=False))
        require_fp32(exported, ParityLimits())
        if target.precision == "int8":
            staged = _stage_int8(staged, describe(target, record, taxonomy, pad_id))
        raw = _classify(staged, texts, taxonomy, own=False)
        fitted = fit_temperatures(texts, raw)
        temperatures = by_language(fitted)
        served = calibrated(texts, raw, temperatures)
        served_own = calibrated(texts, _classify(staged, texts, taxonomy, own=True), temperatures)
        reference = calibrated(texts, reference, temperatures)
        reference_own = calibrated(texts, reference_own, temperatures)
        bands = abstain_bands(texts, served)
        thresholds = choose_thresholds(texts, served.topics, len(taxonomy.topics))
        readouts = dev_readouts(record.config, registry, taxonomy)
        before = score_dev(readouts, groups, reference_own, thresholds)
        after = score_dev(readouts, groups, served_own, thresholds)
        general = score_dev(readouts, groups, served, thresholds)
        parity = compare(reference, served)
        lost = mean_macro_f1(before) - mean_macro_f1(after)
        require_same_decisions(parity, lost, ParityLimits())
        named = {topic.id: thresholds[index] for index, topic in enumerate(taxonomy.topics)}
        description = msgspec.structs.replace(
            describe(target, record, taxonomy, pad_id, named),
            temperatures=temperatures,
            unsure_below={band.language: band.below for band in bands},
        )
        write_manifest(staged, description)
        metrics = {
            "model": f"{target.name}/{target.version}",
            "measured_on": "own development splits; topic thresholds were chosen on the same rows",
            "development": report.as_json(after),
            "development_general_reading": report.as_json(general),
            "calibration": [asdict(one) for one in fitted],
            "abstain": [asdict(band) for band in bands],
            "torch_mean_macro_f1": round(mean_macro_f1(before), 4),
            "parity": {
                "fp32_graph": asdict(exported),
                "published": asdict(parity),
                "published_macro_f1_loss": round(lost, 5),
            },
        }
        content = json.dumps(metrics, indent=1, ensure_ascii=False)
        (staged / METRICS).write_text(content + "\n", encoding="utf-8")
        facts = CardFacts(load_bundle(staged).manifest, record, after, lost, parity.sentiment_agreement, fitted, bands)
        (staged / CARD).write_text(model_card(facts, registry), encoding="utf-8")
        if target.precision == "int8":
            _require_size(staged)
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(final)
    make_current(target.root, target.name, target.version)
    return after


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


def describe(
    target: Target,
    record: RunRecord,
    taxonomy: Taxonomy,
    pad_id: int,
    thresholds: dict[str, float] | None = None,
) -> Description:
    """Return what the manifest says of the model; thresholds are 0.5 unless given."""
    registry = load_registry()
    used = [registry[name] for name in record.config.sets]
    base = record.config.model
    return Description(
        name=target.name,
        version=target.version,
        created_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        precision=target.precision,
        languages=tuple(sorted({code for spec in used for code in spec.languages if code != "und"})),
        max_tokens=target.max_tokens,
        topics=tuple(
            TopicLabel(topic.id, topic.name_en, topic.name_zh, languages)
            for topic, languages in zip(taxonomy.topics, topic_languages(used, taxonomy), strict=True)
        ),
        topic_thresholds=thresholds or dict.fromkeys(taxonomy.ids, 0.5),
        label_maps=label_maps(used, taxonomy),
        base_model={"name": Path(base.base).name, "licence": base.licence},
        training_data=training_data(used, record.counts),
        pad_token_id=pad_id,
        conventions=record.conventions,
    )


def _stage_fp32(model: MultiTaskModel, tokenizer: Path, folder: Path, facts: Description) -> None:
    folder.mkdir()
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    export_graph(model, folder / "plain.onnx")
    config = model.encoder.config
    fuse_graph(folder / "plain.onnx", folder / MODEL, heads=config.num_attention_heads, width=config.hidden_size)
    (folder / "plain.onnx").unlink()
    write_manifest(folder, facts)


def _stage_int8(fp32: Path, facts: Description) -> Path:
    folder = fp32.with_name("int8")
    folder.mkdir()
    shutil.copyfile(fp32 / TOKENIZER, folder / TOKENIZER)
    quantize(fp32 / MODEL, folder / MODEL)
    write_manifest(folder, facts)
    return folder


def _classify(folder: Path, texts: Sequence[Example], taxonomy: Taxonomy, *, own: bool) -> Probabilities:
    classifier = Classifier(load_bundle(folder), threads=torch.get_num_threads())
    return classify(
        classifier,
        [example.text for example in texts],
        taxonomy,
        [[entity.named for entity in example.entities] for example in texts],
        [example.set_name for example in texts] if own else None,
    )


def _require_size(folder: Path) -> None:
    size = sum(file.stat().st_size for file in folder.iterdir())
    if size > MAX_BUNDLE_BYTES:
        raise ExportError(f"the bundle has {size:,} bytes, the limit is {MAX_BUNDLE_BYTES:,}")
