"""Graphs of a model in a scratch folder, each a complete bundle: fp32 first, then in another precision."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from services.inference.bundle import MODEL, TOKENIZER, write_manifest
from services.inference.manifest import Description
from training.export.fp16 import to_fp16
from training.export.onnx_graph import export_graph, fuse_graph
from training.export.quantize import quantize
from training.export.smoothing import smooth_file
from training.learning.trained_model import TrainedModel

Precision = Literal["int8", "fp16", "fp32"]
CONVERTERS = {"int8": quantize, "fp16": to_fp16}
"""From a fused fp32 graph to another precision: (source, target)."""


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A folder under `root` that is gone afterwards: a staged bundle is published by renaming it."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".export-") as scratch:
        yield Path(scratch)


def stage_fp32(trained: TrainedModel, scratch: Path, facts: Description) -> Path:
    """Export and fuse a model into `scratch/fp32`, and return that folder."""
    folder = scratch / "fp32"
    folder.mkdir()
    shutil.copyfile(trained.tokenizer, folder / TOKENIZER)
    export_graph(trained.model, folder / "plain.onnx")
    config = trained.model.encoder.config
    fuse_graph(folder / "plain.onnx", folder / MODEL, heads=config.num_attention_heads, width=config.hidden_size)
    (folder / "plain.onnx").unlink()
    write_manifest(folder, msgspec.structs.replace(facts, precision="fp32"))
    return folder


def stage_as(precision: Precision, fp32: Path, facts: Description, smooth_on: Sequence[str] = ()) -> Path:
    """Turn a staged fp32 bundle into another precision beside it, and return that folder.

    `smooth_on`: texts on which an int8 graph is smoothed first; without them it is not.
    """
    if precision == "fp32":
        return fp32
    folder = fp32.with_name(precision)
    folder.mkdir()
    shutil.copyfile(fp32 / TOKENIZER, folder / TOKENIZER)
    source = fp32 / MODEL
    if smooth_on:
        source = folder / "smooth.onnx"
        smooth_file(fp32 / MODEL, source, fp32 / TOKENIZER, smooth_on, facts.max_tokens)
    CONVERTERS[precision](source, folder / MODEL)
    (folder / "smooth.onnx").unlink(missing_ok=True)
    write_manifest(folder, msgspec.structs.replace(facts, precision=precision))
    return folder
