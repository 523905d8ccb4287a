"""The encoder of a run: where it starts from, and what of it stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel

from training.errors import CheckpointError, ConfigError
from training.model.as_bert import as_bert
from training.model.base import TOKENIZER, base_folder
from training.model.bundle_weights import bundle_weights, is_bundle

PRETRAINING = "pretraining.json"
"""In the folder of a base model that was pre-trained here: on which streams, and what that came to."""
_PREFIX = "encoder."


class EncoderModel(nn.Module):
    """A model whose body is a pretrained encoder."""

    encoder: PreTrainedModel


def load_encoder(location: str, dropout: float) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """The encoder of a base model (a folder or a hub name) or of a published bundle.

    :returns: the encoder, and the weights of the heads that a bundle brings (none otherwise).
    :raises ConfigError: when the base holds no model.
    :raises CheckpointError: when the base is a bundle of another layout.
    """
    folder = base_folder(location)
    if not is_bundle(folder):
        try:
            encoder = AutoModel.from_pretrained(
                folder,
                dtype=torch.float32,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
                add_pooling_layer=False,
            )
        except (OSError, ValueError) as error:
            raise ConfigError(f"config: base: no model in {location}: {error}") from error
        return as_bert(encoder), {}
    config, state = bundle_weights(folder)
    encoder = empty_encoder(config, dropout)
    own = {name.removeprefix(_PREFIX): value for name, value in state.items() if name.startswith(_PREFIX)}
    expected = {name: value.shape for name, value in encoder.state_dict().items()}
    if missing := sorted(name for name, shape in expected.items() if name not in own or own[name].shape != shape):
        raise CheckpointError(f"the bundle {location} has no weights of the right shape for {missing[:3]} ...")
    encoder.load_state_dict(own, strict=False)
    return encoder, {name: value for name, value in state.items() if not name.startswith(_PREFIX)}


def empty_encoder(config: PreTrainedConfig, dropout: float) -> PreTrainedModel:
    """An encoder of some layout with random weights; its dropout is written into `config`."""
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    return cast(PreTrainedModel, AutoModel.from_config(config, add_pooling_layer=False))


def freeze(encoder: PreTrainedModel, layers: int) -> None:
    """Freeze the embeddings and the lowest `layers` layers; -1 freezes nothing."""
    if layers < 0:
        return
    stack = cast(nn.ModuleList, encoder.get_submodule("encoder.layer"))
    for module in [encoder.get_submodule("embeddings"), *stack[:layers]]:
        module.requires_grad_(False)


def tokenizer_file(location: str) -> Path:
    """The tokenizer of a base model (a folder or a hub name) or a bundle.

    :raises ConfigError: when the folder has none.
    """
    return base_folder(location) / TOKENIZER
