"""Even out the inputs of the products behind the GELUs, so that one 8-bit scale fits all their channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper
from rich.progress import track
from tokenizers import Tokenizer

from services.inference.graph import INPUTS
from services.inference.model_input import model_input
from services.text.clean import clean_text
from training.export.quantize import SMOOTHED, matrices
from training.model.bundle_weights import SMOOTHING

Floats = npt.NDArray[np.float32]
_GELUS = ("BiasGelu", "FastGelu", "Gelu")
STRENGTH = 0.75
"""How much of the unevenness moves from the activations into the weights; 0.5 is the paper's, which leaves too much
in activations as uneven as these (docs/decisions/0034-compression.md)."""
_TINY = 1e-5


def largest_inputs(graph: ModelProto, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> dict[str, Floats]:
    """The largest magnitude of each input channel of the products behind a GELU over raw texts, by the weight's name.

    *Shapes:* (channels,). With a progress bar; each text is a run of its own.
    """
    behind = {node.output[0] for node in graph.graph.node if node.op_type in _GELUS}
    weights = {node.input[0]: node.input[1] for node, _ in matrices(graph) if node.input[0] in behind}
    probe = ModelProto()
    probe.CopyFrom(graph)
    probe.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in weights)
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    largest: dict[str, Floats] = {}
    for text in track(texts, description="smoothing", transient=True):
        ids = np.array([tokenizer.encode(model_input(clean_text(text))).ids], dtype=np.int64)
        found = session.run(list(weights), dict(zip(INPUTS, (ids, np.ones_like(ids)), strict=True)))
        for weight, values in zip(weights.values(), found, strict=True):
            most = np.abs(values[0]).max(axis=0)
            largest[weight] = np.maximum(largest.get(weight, most), most)
    return largest


def smooth(graph: ModelProto, largest: Mapping[str, Floats]) -> ModelProto:
    """A copy of an fp32 graph that computes the same, with evener inputs of the products that `largest` names.

    Channel j of the input is divided by s_j = max|X_j|^a / max|W_j|^(1 - a), and row j of the weight multiplied by
    it, with a = `STRENGTH`: Xiao et al. 2023, SmoothQuant, https://arxiv.org/abs/2211.10438, equation 4.
    """
    copy = ModelProto()
    copy.CopyFrom(graph)
    tensors = {tensor.name: tensor for tensor in copy.graph.initializer}
    for node in [node for node, _ in matrices(copy) if node.input[1] in largest]:
        source, name = node.input[0], node.input[1]
        weight = numpy_helper.to_array(tensors[name])
        evener = np.maximum(largest[name], _TINY) ** STRENGTH
        evener = (evener / np.maximum(np.abs(weight).max(axis=1), _TINY) ** (1.0 - STRENGTH)).astype(np.float32)
        tensors[name].CopyFrom(numpy_helper.from_array(weight * evener[:, None], name))
        copy.graph.initializer.append(numpy_helper.from_array(1.0 / evener, name + SMOOTHING))
        place = list(copy.graph.node).index(node)
        output = f"{source}{SMOOTHED}"
        copy.graph.node.insert(place, helper.make_node("Mul", [source, name + SMOOTHING], [output], name=output))
        node.input[0] = output
    return copy


def smooth_file(source: Path, target: Path, tokenizer: Path, texts: Sequence[str], max_tokens: int) -> None:
    """Smooth a fused fp32 graph by what raw texts show of its activations."""
    graph = onnx.load(str(source))
    largest = largest_inputs(graph, Tokenizer.from_file(str(tokenizer)), texts, max_tokens)
    onnx.save_model(smooth(graph, largest), str(target))
