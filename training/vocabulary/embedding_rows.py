"""The rows of the embedding table that belong to the kept pieces, in each form in which a model lies on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper
from torch import Tensor

from training.errors import CheckpointError

TABLE = "embeddings.word_embeddings.weight"
_FORMS = ("", "_int8", "_scale")


def trim_state(state: Mapping[str, Tensor], kept: Sequence[int]) -> dict[str, Tensor]:
    """A state of weights with the kept rows of the word embeddings. *Shape:* of the table (pieces, width).

    :raises CheckpointError: when there is no such table.
    """
    if not any(name.endswith(TABLE) for name in state):
        raise CheckpointError(f"the weights have no table of word embeddings ({TABLE})")
    return {name: value[list(kept)].contiguous() if name.endswith(TABLE) else value for name, value in state.items()}


def trim_graph(model: ModelProto, kept: Sequence[int]) -> ModelProto:
    """An exported graph, of any precision, with the kept rows; int8 codes and scales stay what they are.

    :raises CheckpointError: when the graph is not one that `groundswell export` made.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    tables = [one for one in copy.graph.initializer if one.name in {f"encoder.{TABLE}{form}" for form in _FORMS}]
    if not tables:
        raise CheckpointError("the graph has no table of word embeddings: it was not made by groundswell export")
    for tensor in tables:
        rows = np.ascontiguousarray(numpy_helper.to_array(tensor)[list(kept)])
        tensor.CopyFrom(numpy_helper.from_array(rows, tensor.name))
    return copy


def trim_layout(config: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """An encoder's `config.json` with the new size, and the ids of special pieces renumbered (None: it is gone)."""
    number = {old: new for new, old in enumerate(kept)}
    renumbered = {
        key: number.get(value) if key.endswith("_token_id") and isinstance(value, int) else value
        for key, value in config.items()
    }
    return {**renumbered, "vocab_size": len(kept)}
