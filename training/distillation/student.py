"""The student: fewer layers, begun as some of the teacher's, with its embeddings and heads."""

from __future__ import annotations

import copy
import re

from training.config import ModelConfig
from training.errors import ConfigError
from training.model.encoder import empty_encoder, freeze
from training.model.multitask import MultiTaskModel

_LAYER = re.compile(r"^(encoder\.encoder\.layer\.)(\d+)(?=\.)")


def mapped_layers(teacher: int, student: int) -> tuple[int, ...]:
    """The teacher's layer (from 0) that each layer of the student begins as and follows.

    Evenly spread, the last one always the teacher's last: 1, 3, .. 11 for 6 of 12. Sanh et al. 2019, DistilBERT,
    https://arxiv.org/abs/1910.01108 (every second layer); Jiao et al. 2020, TinyBERT,
    https://arxiv.org/abs/1909.10351 (the uniform mapping).

    :raises ConfigError: when the student would be deeper than the teacher.
    """
    if student > teacher:
        raise ConfigError(f"config: model.layers: the teacher has {teacher} layers, expected at most so many")
    return tuple((layer + 1) * teacher // student - 1 for layer in range(student))


def student_of(teacher: MultiTaskModel, layers: int, config: ModelConfig) -> MultiTaskModel:
    """Build a student with `layers` layers; dropout and frozen parts are those of `config`."""
    encoder_config = copy.deepcopy(teacher.encoder.config)
    chosen = mapped_layers(int(encoder_config.num_hidden_layers), layers)
    encoder_config.num_hidden_layers = layers
    encoder = empty_encoder(encoder_config, config.encoder_dropout)
    student = MultiTaskModel(
        encoder=encoder,
        topics=teacher.topic.out_features,
        head_dropout=config.head_dropout,
        conventions=teacher.conventions,
    )
    weights = teacher.state_dict()
    student.load_state_dict({name: weights[_source(name, chosen)] for name in student.state_dict()})
    freeze(encoder, config.frozen_layers)
    return student


def _source(name: str, chosen: tuple[int, ...]) -> str:
    """The teacher's name of a weight of the student."""
    return _LAYER.sub(lambda found: f"{found[1]}{chosen[int(found[2])]}", name)
