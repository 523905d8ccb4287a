"""The configuration of a training run, read from YAML and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.config_fields import one_of, positive, read_yaml, section, share
from training.errors import ConfigError

PRECISIONS = ("fp32", "bf16", "fp16")
LICENCES = ("any", "permissive")
ADVERSARIES = ("none", "fgm", "smart", "r_drop")
ADAPTERS = ("none", "lora", "adalora", "prefix")
_REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW; the learning rate warms up and decays linearly, ``cycles`` times over a run (warm restarts).

    ``warmup_share`` is a share of the steps of a cycle. ``layer_decay``: each layer learns at that factor of the
    rate of the one above it (1: all alike). ``average_decay``: of the exponential moving average of the weights
    that is judged and saved as best (0: none).
    """

    encoder_rate: float
    head_rate: float
    weight_decay: float
    warmup_share: float
    cycles: int
    clip_norm: float
    layer_decay: float
    average_decay: float

    def __post_init__(self) -> None:
        for name in ("encoder_rate", "head_rate", "cycles", "clip_norm"):
            positive(name, getattr(self, name))
        share("warmup_share", self.warmup_share)
        share("weight_decay", self.weight_decay)
        share("average_decay", self.average_decay)
        if not 0 < self.layer_decay <= 1:
            raise ConfigError(f"config: optimizer.layer_decay: expected 0 < factor <= 1, got {self.layer_decay}")


@dataclass(frozen=True)
class AdapterConfig:
    """Parameter-efficient tuning of the encoder: ``kind`` is one of ``ADAPTERS``.

    ``rank`` is that of LoRA's matrices, or the number of virtual tokens of a prefix; ``alpha`` scales LoRA.
    """

    kind: str
    rank: int
    alpha: float
    dropout: float

    def __post_init__(self) -> None:
        one_of("model.adapter.kind", self.kind, ADAPTERS)
        positive("model.adapter.rank", self.rank)
        positive("model.adapter.alpha", self.alpha)
        share("model.adapter.dropout", self.dropout)


@dataclass(frozen=True)
class AdversarialConfig:
    """A regulariser beside the loss: ``kind`` is one of ``ADVERSARIES``, ``epsilon`` the size of the attack."""

    kind: str
    weight: float
    epsilon: float

    def __post_init__(self) -> None:
        one_of("adversarial.kind", self.kind, ADVERSARIES)
        positive("adversarial.weight", self.weight)
        positive("adversarial.epsilon", self.epsilon)


@dataclass(frozen=True)
class AugmentConfig:
    """Word-level noise in training (``training/augmentation``): the ``share`` of the texts of a step that get some.

    ``words``: the largest share of the words of such a text that is changed.
    """

    share: float
    words: float

    def __post_init__(self) -> None:
        share("augment.share", self.share)
        share("augment.words", self.words)


@dataclass(frozen=True)
class ModelConfig:
    """The base model and what of it is trained.

    ``base`` is a folder (relative to the repository) with a base model or a bundle, or a hub name.
    ``frozen_layers`` counts from the bottom; the embeddings are frozen whenever it is not negative (-1 trains
    everything).
    """

    base: str
    licence: str
    frozen_layers: int
    encoder_dropout: float
    head_dropout: float
    adapter: AdapterConfig

    def __post_init__(self) -> None:
        if self.frozen_layers < -1:
            raise ConfigError(f"config: model.frozen_layers: expected -1 or more, got {self.frozen_layers}")
        share("model.encoder_dropout", self.encoder_dropout)
        share("model.head_dropout", self.head_dropout)

    @property
    def location(self) -> str:
        """The folder of the base model, or its hub name where there is no such folder."""
        return base_location(self.base)


def base_location(base: str) -> str:
    """The folder that a base model names (relative to the repository), or its hub name where there is none."""
    folder = _REPOSITORY / base
    return str(folder) if folder.is_dir() else base


@dataclass(frozen=True)
class LossConfig:
    """Weights of the losses, the label smoothing of the softmax ones, and how much rare classes count for more.

    ``own_reading``: the share of a sentiment loss that judges the reading of the text's own set, not the general one.
    ``class_weights``: the exponent on the inverse frequency of a label in its set; 0 weighs all alike.
    """

    sentiment: float
    topic_binary: float
    topic_exclusive: float
    entity: float
    smoothing: float
    own_reading: float
    class_weights: float

    def __post_init__(self) -> None:
        for name in ("sentiment", "topic_binary", "topic_exclusive", "entity"):
            if getattr(self, name) < 0:
                raise ConfigError(f"config: loss.{name}: expected 0 or more, got {getattr(self, name)}")
        share("loss.smoothing", self.smoothing)
        share("loss.own_reading", self.own_reading)
        if not 0 <= self.class_weights <= 1:
            raise ConfigError(f"config: loss.class_weights: expected 0 to 1, got {self.class_weights}")


@dataclass(frozen=True)
class LoopConfig:
    """What every kind of training says of its loop (``training/learning/loop.py``): ``steps`` updates.

    Each update takes the mean gradient of ``accumulate`` batches (a process) of at most ``batch_tokens`` padded
    tokens. ``precision``: fp32, bf16 or fp16 (GPUs only). ``licence``: any, or permissive: no other set is read.
    The model is judged after every ``eval_every`` steps; ``patience`` judgements without a new best end the run.
    ``registry``: a file of the user's own sets and streams, beside the shipped registry.
    """

    seed: int
    steps: int
    batch_tokens: int
    accumulate: int
    precision: str
    licence: str
    wandb: bool
    max_tokens: int
    threads: int
    eval_every: int
    patience: int
    save_every: int
    optimizer: OptimizerConfig
    registry: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        one_of("precision", self.precision, PRECISIONS)
        one_of("licence", self.licence, LICENCES)
        for name in ("steps", "batch_tokens", "accumulate", "max_tokens", "threads", "eval_every", "patience"):
            positive(name, getattr(self, name))
        positive("save_every", self.save_every)
        if self.batch_tokens < self.max_tokens:
            raise ConfigError(
                f"config: batch_tokens ({self.batch_tokens}) must hold one text of max_tokens ({self.max_tokens})"
            )


@dataclass(frozen=True)
class TrainConfig(LoopConfig):
    """One run; ``sets`` are rows at most."""

    quick_dev_rows: int
    dev_share: float
    dev_rows: int
    model: ModelConfig
    loss: LossConfig
    adversarial: AdversarialConfig
    sets: Mapping[str, int]
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(share=0.0, words=0.15))
    """Not in the records of runs from before there was augmentation."""

    def __post_init__(self) -> None:
        super().__post_init__()
        positive("quick_dev_rows", self.quick_dev_rows)
        positive("dev_rows", self.dev_rows)
        share("dev_share", self.dev_share)
        if not self.sets:
            raise ConfigError("config: sets: at least one set is needed")
        for name, cap in self.sets.items():
            positive(f"sets.{name}", cap)


def load_config(path: Path) -> TrainConfig:
    """Read a configuration file.

    :raises ConfigError: when it is missing, is no YAML, or a key is missing, unknown or out of range.
    """
    return parse_config(read_yaml(path))


def parse_config(document: Any) -> TrainConfig:
    """Build a configuration from plain values, as YAML or a checkpoint holds them.

    :raises ConfigError: as ``load_config``.
    """
    values = section(document, "config", TrainConfig)
    model = section(values["model"], "model", ModelConfig)
    model["adapter"] = AdapterConfig(**section(model["adapter"], "model.adapter", AdapterConfig))
    values["model"] = ModelConfig(**model)
    adversarial = section(values["adversarial"], "adversarial", AdversarialConfig)
    values["adversarial"] = AdversarialConfig(**adversarial)
    values["optimizer"] = OptimizerConfig(**section(values["optimizer"], "optimizer", OptimizerConfig))
    values["loss"] = LossConfig(**section(values["loss"], "loss", LossConfig))
    if "augment" in values:
        values["augment"] = AugmentConfig(**section(values["augment"], "augment", AugmentConfig))
    return TrainConfig(**values)
