"""Half precision for GPUs: weights and activations in 16 bits, inputs and outputs as before."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16


def to_fp16(source: Path, target: Path) -> None:
    """Turn a fused fp32 graph into fp16; the logits and the pooled text are cast back to fp32 at the end.

    A GPU computes the fused nodes in fp16. The CPU provider has no such kernels: it casts around each node and
    computes in fp32, with the roundings of fp16 in between, so the graph can be measured on a CPU, but is no
    faster there (Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740, on what fp16 keeps and loses).
    """
    onnx.save_model(convert_float_to_float16(onnx.load(str(source)), keep_io_types=True), str(target))
