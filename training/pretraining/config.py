"""The configuration of a pre-training run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.config import LoopConfig, OptimizerConfig
from training.config_fields import positive, read_yaml, section, share
from training.errors import ConfigError


@dataclass(frozen=True)
class PretrainConfig(LoopConfig):
    """One run: ``base`` is a folder (relative to the repository) with a base model or a bundle, or a hub name.

    ``frozen_layers`` counts from the bottom; the embeddings, and with them what the head compares with, are frozen
    whenever it is not negative (-1 trains everything). ``mask_share``: of the pieces of a text that are to be
    guessed. ``dev_share`` of the texts, at most ``dev_texts``, are kept for judging. ``sources`` are texts at most.
    """

    base: str
    frozen_layers: int
    dropout: float
    mask_share: float
    dev_share: float
    dev_texts: int
    sources: Mapping[str, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frozen_layers < -1:
            raise ConfigError(f"config: frozen_layers: expected -1 or more, got {self.frozen_layers}")
        for name in ("dropout", "mask_share", "dev_share"):
            share(name, getattr(self, name))
        for name in ("mask_share", "dev_share", "dev_texts"):
            positive(name, getattr(self, name))
        if not self.sources:
            raise ConfigError("config: sources: at least one stream is needed")
        for name, cap in self.sources.items():
            positive(f"sources.{name}", cap)


def load_pretrain_config(path: Path) -> PretrainConfig:
    """Read a configuration file.

    :raises ConfigError: when it is missing, is no YAML, or a key is missing, unknown or out of range.
    """
    return parse_pretrain_config(read_yaml(path))


def parse_pretrain_config(document: Any) -> PretrainConfig:
    """Build a configuration from plain values.

    :raises ConfigError: as ``load_pretrain_config``.
    """
    values = section(document, "config", PretrainConfig)
    values["optimizer"] = OptimizerConfig(**section(values["optimizer"], "optimizer", OptimizerConfig))
    return PretrainConfig(**values)
