"""The weights of a published bundle, dequantised: a training run can start from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import NodeProto, numpy_helper
from torch import Tensor
from transformers import BertConfig

from services.inference.bundle import MODEL, TOKENIZER, load_bundle
from training.errors import CheckpointError

_LAYER = "encoder.encoder.layer.{}"
SMOOTHING = "_smoothing"
"""Ends the name, after a weight's, of what the channels of its input are multiplied by before the product."""
_CODES = ("_quantized", "_int8")


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle rather than a base model."""
    return (folder / MODEL).is_file() and (folder / TOKENIZER).is_file()


def bundle_weights(folder: Path) -> tuple[BertConfig, dict[str, Tensor]]:
    """Read the encoder's layout and all weights from the fused graph of a bundle, int8 or fp32.

    An int8 weight comes back as (code - zero point) * scale: what is lost by rounding stays lost.

    :returns: the configuration of the encoder, and the state of a `MultiTaskModel` as far as the graph has it.
    :raises BundleInvalid: when the bundle is incomplete or altered.
    :raises CheckpointError: when the graph is not one that `groundswell export` made.
    """
    bundle = load_bundle(folder)
    graph = onnx.load(str(bundle.model_path)).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = {node.name.removesuffix("_quant"): node for node in graph.node if node.name}
    try:
        arrays = _arrays(tensors, nodes)
        layers = _depth(nodes)
        config = BertConfig(
            vocab_size=len(arrays["encoder.embeddings.word_embeddings.weight"]),
            hidden_size=arrays["encoder.embeddings.LayerNorm.weight"].shape[0],
            num_hidden_layers=layers,
            num_attention_heads=_attribute(nodes["Attention_0"], "num_heads"),
            intermediate_size=arrays[_LAYER.format(0) + ".intermediate.dense.weight"].shape[0],
            max_position_embeddings=len(arrays["encoder.embeddings.position_embeddings.weight"]),
            type_vocab_size=len(arrays["encoder.embeddings.token_type_embeddings.weight"]),
            layer_norm_eps=_attribute(_first(graph.node, "SkipLayerNormalization"), "epsilon"),
            pad_token_id=bundle.manifest.pad_token_id,
        )
    except (KeyError, IndexError, StopIteration) as error:
        raise CheckpointError(f"{folder.name}: not the graph of an exported model, no {error}") from error
    return config, {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in arrays.items()}


def _arrays(tensors: dict[str, npt.NDArray[Any]], nodes: dict[str, NodeProto]) -> dict[str, npt.NDArray[Any]]:
    """All weights by their names in the torch model, in torch's orientation (outputs, inputs)."""
    arrays = {name: value for name, value in tensors.items() if name.startswith("encoder.")}
    for kind in ("word", "position", "token_type"):
        table = f"encoder.embeddings.{kind}_embeddings.weight"
        arrays[table] = _floats(table, tensors)
    for layer in range(_depth(nodes)):
        name = _LAYER.format(layer)
        for part, weight, bias in zip(
            ("query", "key", "value"),
            np.split(_floats(f"Attention_{layer}_qkv_weight", tensors), 3, axis=1),
            np.split(tensors[f"Attention_{layer}_qkv_bias"], 3),
            strict=True,
        ):
            arrays[f"{name}.attention.self.{part}.weight"] = weight.T
            arrays[f"{name}.attention.self.{part}.bias"] = bias
        for part in ("attention.output.dense", "intermediate.dense", "output.dense"):
            matrix = f"/{name.replace('.layer', '/layer').replace('encoder.encoder', 'encoder/encoder')}/"
            matrix += part.replace(".", "/") + "/MatMul"
            arrays[f"{name}.{part}.weight"] = _floats(_constant(nodes, matrix), tensors).T
    for head in (name for name in ("sentiment", "topic", "convention") if f"{name}.bias" in tensors):
        weight = _floats(f"{head}.weight", tensors)
        arrays[f"{head}.bias"] = tensors[f"{head}.bias"]
        arrays[f"{head}.weight"] = weight if weight.shape[0] == len(arrays[f"{head}.bias"]) else weight.T
    if "entity.bias" in tensors:
        arrays["entity.bias"] = tensors["entity.bias"]
        for head in ("entity", "entity_context"):
            arrays[f"{head}.weight"] = _floats(_constant(nodes, f"/{head}/MatMul"), tensors).T
    if "entity_convention.bias" in tensors:
        arrays["entity_convention.bias"] = tensors["entity_convention.bias"]
        arrays["entity_convention.weight"] = _floats(_constant(nodes, "/entity_convention/MatMul"), tensors).T
    return {name: value for name, value in arrays.items() if not name.endswith(("_int8", "_scale"))}


def _depth(nodes: dict[str, NodeProto]) -> int:
    """The number of layers: each has one fused attention."""
    return sum(node.op_type in ("Attention", "QAttention") for node in nodes.values())


def _constant(nodes: dict[str, NodeProto], product: str) -> str:
    """The name of the constant matrix of a product, whether it was quantised or not."""
    name = str(nodes[product].input[1])
    return name.removesuffix(_CODES[0]).removesuffix(_CODES[1])


def _floats(name: str, tensors: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """A weight by name: as it stands, or from its int8 codes, without the smoothing of its input."""
    if name + SMOOTHING in tensors:
        rest = {key: value for key, value in tensors.items() if key != name + SMOOTHING}
        return np.asarray(_floats(name, rest) * tensors[name + SMOOTHING][:, None], dtype=np.float32)
    if name in tensors:
        return tensors[name].astype(np.float32)
    codes = next(tensors[name + suffix] for suffix in _CODES if name + suffix in tensors).astype(np.float32)
    zero = tensors.get(f"{name}_zero_point", np.int8(0))
    return np.asarray((codes - np.asarray(zero, dtype=np.float32)) * tensors[f"{name}_scale"], dtype=np.float32)


def _attribute(node: NodeProto, name: str) -> Any:
    value = next(attribute for attribute in node.attribute if attribute.name == name)
    return value.f if value.type == onnx.AttributeProto.FLOAT else value.i


def _first(nodes: Iterable[NodeProto], kind: str) -> NodeProto:
    return next(node for node in nodes if node.op_type == kind)
