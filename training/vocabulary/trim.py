"""A base model, a checkpoint or a bundle with a smaller vocabulary."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import onnx
from safetensors.torch import load_file, save_file

from services.inference.bundle import MODEL, SEEN, load_bundle, write_manifest
from services.inference.manifest import Description
from training.config import TrainConfig
from training.errors import CheckpointError, ExportError
from training.evaluation.development_split import development_split
from training.export.cost import Cost, read_costs, require_cheap, write_costs
from training.export.derive import derive_bundle
from training.export.staging import Precision, scratch_folder
from training.export.target import Target
from training.learning.checkpoint import BEST, RUN, load_tensors, read_run, save_tensors
from training.learning.trained_model import load_trained
from training.metrics.results import mean_macro_f1
from training.model.bundle_weights import is_bundle
from training.vocabulary.choose import Rule
from training.vocabulary.embedding_rows import trim_graph, trim_state
from training.vocabulary.plan import TrimPlan, plan_trim
from training.vocabulary.report import STEP, TrimReport

BASE_WEIGHTS = "model.safetensors"
REPORT = "trimming.json"
"""In the folder of a trimmed base model; a checkpoint has it in `cost.json`, a bundle in `metrics.json`."""


def trim_vocabulary(base: Path, output: Path, texts: Sequence[str], rule: Rule, config: TrainConfig) -> TrimReport:
    """Trim the vocabulary of what lies in `base` to the pieces that texts need, and leave it in `output`.

    A base model is trimmed as it is. Of a checkpoint (its best weights) and of a bundle, which becomes one of its
    precision again and the current version of its name, it is measured on the development splits what that costs:
    on the sets of the checkpoint's run, or on those that `config` names.

    :raises ExportError: when it costs more than half a point of macro-F1, or `output` exists; nothing is left.
    :raises CheckpointError: when `base` is none of the three.
    :raises ConfigError: when its tokenizer cannot be trimmed, or the rule leaves no room.
    """
    if output.exists():
        raise ExportError(f"{output} exists already; choose another folder")
    plan = plan_trim(base, texts, rule)
    if is_bundle(base):
        return _trim_bundle(plan, output.resolve(), config)
    if (base / RUN).is_file():
        return _trim_checkpoint(plan, output)
    return _trim_base(plan, output)


def _trim_base(plan: TrimPlan, output: Path) -> TrimReport:
    if not (plan.base / BASE_WEIGHTS).is_file():
        raise CheckpointError(f"{plan.base.name}: a base model, but no {BASE_WEIGHTS}")
    with scratch_folder(output.parent) as scratch:
        folder = scratch / "base"
        shutil.copytree(plan.base, folder)
        plan.write_tokenizer(folder)
        plan.write_layout(folder)
        save_file(trim_state(load_file(folder / BASE_WEIGHTS), plan.kept), folder / BASE_WEIGHTS, {"format": "pt"})
        found = plan.report(folder, BASE_WEIGHTS)
        (folder / REPORT).write_text(json.dumps(found.as_json(), indent=1) + "\n", encoding="utf-8")
        folder.rename(output)
    return found


def _trim_checkpoint(plan: TrimPlan, output: Path) -> TrimReport:
    record = read_run(plan.base)
    dev = development_split(record.config)
    with scratch_folder(output.parent) as scratch:
        folder = scratch / "checkpoint"
        folder.mkdir()
        for name in (RUN, SEEN):
            if (plan.base / name).is_file():
                shutil.copyfile(plan.base / name, folder / name)
        plan.write_tokenizer(folder)
        plan.write_layout(folder)
        state = load_tensors(plan.base / BEST)
        save_tensors(folder / BEST, {**state, "model": trim_state(state["model"], plan.kept)})
        before, after = (
            mean_macro_f1(dev.score(dev.predicted(one.model, one.tokenizer, max_tokens=record.config.max_tokens), {}))
            for one in map(load_trained, (plan.base, folder))
        )
        cost, found = Cost(STEP, before, after), plan.report(folder, BEST)
        require_cheap([cost])
        write_costs(folder, [*read_costs(plan.base), {**cost.as_json(), **found.as_json()}])
        folder.rename(output)
    return found


def _trim_bundle(plan: TrimPlan, output: Path, config: TrainConfig) -> TrimReport:
    bundle = load_bundle(plan.base)
    pad_id = plan.kept.index(bundle.manifest.pad_token_id)
    reports: list[TrimReport] = []

    def stage(scratch: Path, facts: Description) -> tuple[Path, Mapping[str, Any]]:
        folder = scratch / "trimmed"
        folder.mkdir()
        plan.write_tokenizer(folder)
        onnx.save_model(trim_graph(onnx.load(str(bundle.model_path)), plan.kept), str(folder / MODEL))
        write_manifest(folder, msgspec.structs.replace(facts, pad_token_id=pad_id))
        reports.append(plan.report(folder, MODEL))
        return folder, reports[0].as_json()

    precision = cast(Precision, bundle.manifest.precision)
    target = Target(output.parent.parent, output.parent.name, output.name, precision)
    derive_bundle(bundle, target, config, step=STEP, stage=stage)
    return reports[0]
