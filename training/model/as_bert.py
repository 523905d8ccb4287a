"""RoBERTa and its kin as BERT: the same layers, but positions are counted from after the padding id."""

from __future__ import annotations

from typing import cast

from torch import Tensor
from transformers import BertConfig, BertModel, PreTrainedConfig, PreTrainedModel

KIN = ("camembert", "roberta", "xlm-roberta")
"""The `model_type`s whose position p (from 0) has the row p + padding id + 1 (transformers,
`create_position_ids_from_input_ids`)."""
_POSITIONS = "embeddings.position_embeddings.weight"
_OWN = ("model_type", "architectures", "max_position_embeddings")


def as_bert(encoder: PreTrainedModel) -> PreTrainedModel:
    """The encoder itself or, of a kin of RoBERTa, a BERT that computes the same.

    So a bundle of it can be trained on and its vocabulary trimmed: neither then moves the positions.
    """
    config = encoder.config
    if config.model_type not in KIN:
        return encoder
    state = dict(encoder.state_dict())
    state[_POSITIONS] = state[_POSITIONS][int(config.pad_token_id) + 1 :]
    bert = BertModel(_layout(config, state[_POSITIONS]), add_pooling_layer=False)
    bert.load_state_dict(state)
    return cast(PreTrainedModel, bert)


def _layout(config: PreTrainedConfig, positions: Tensor) -> BertConfig:
    shared = {key: value for key, value in config.to_dict().items() if key not in _OWN}
    return BertConfig(**shared, max_position_embeddings=len(positions))
