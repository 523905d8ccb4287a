"""The configuration of a distillation run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.config import AdapterConfig, AdversarialConfig, TrainConfig, parse_config
from training.config_fields import positive, read_yaml, section
from training.errors import ConfigError

_PLAIN = {
    "adapter": asdict(AdapterConfig(kind="none", rank=1, alpha=1.0, dropout=0.0)),
    "adversarial": asdict(AdversarialConfig(kind="none", weight=1.0, epsilon=1.0)),
}


@dataclass(frozen=True)
class Origin:
    """The base model that the teacher was made from, as the student's record names it."""

    base: str
    licence: str


@dataclass(frozen=True)
class StudentModelConfig:
    """The student: ``layers`` of the teacher's, all of its width; ``frozen_layers`` as in a training configuration."""

    layers: int
    frozen_layers: int
    encoder_dropout: float
    head_dropout: float

    def __post_init__(self) -> None:
        positive("model.layers", self.layers)


@dataclass(frozen=True)
class DistillationConfig:
    """Weights of the three losses, the temperature of the soft one, and the unlabelled texts of each stream at most.

    ``soft``: to answer as the teacher does; ``hidden``: to have its states; ``hard``: to give the labels.
    """

    temperature: float
    soft: float
    hidden: float
    hard: float
    streams: Mapping[str, int]

    def __post_init__(self) -> None:
        positive("distillation.temperature", self.temperature)
        for name in ("soft", "hidden", "hard"):
            if getattr(self, name) < 0:
                raise ConfigError(f"config: distillation.{name}: expected 0 or more, got {getattr(self, name)}")
        if self.soft + self.hidden == 0:
            raise ConfigError("config: distillation: soft and hidden are both 0: nothing is learnt from the teacher")
        if not isinstance(self.streams, Mapping):
            raise ConfigError(f"config: distillation.streams: expected a mapping, got {self.streams!r}")
        for name, cap in self.streams.items():
            positive(f"distillation.streams.{name}", cap)


@dataclass(frozen=True)
class StudentConfig:
    """One run: how the student is trained, as any model is, its depth, and what it learns from the teacher."""

    run: TrainConfig
    layers: int
    distillation: DistillationConfig


def load_student_config(path: Path, origin: Origin) -> StudentConfig:
    """Read a configuration file.

    :raises ConfigError: when it is missing, is no YAML, or a key is missing, unknown or out of range.
    """
    return parse_student_config(read_yaml(path), origin)


def parse_student_config(document: Any, origin: Origin) -> StudentConfig:
    """Build a configuration from plain values: those of a training configuration, but for ``adversarial`` and with
    other fields under ``model``, and a section ``distillation``.

    :raises ConfigError: as ``load_student_config``.
    """
    if not isinstance(document, dict) or not {"model", "distillation"} <= set(document):
        raise ConfigError("config: expected the sections model and distillation of a student's configuration")
    values = {key: value for key, value in document.items() if key not in ("model", "distillation")}
    if "adversarial" in values:
        raise ConfigError("config: adversarial: a student learns from its teacher without an adversary")
    model = StudentModelConfig(**section(document["model"], "model", StudentModelConfig))
    plain = {name: value for name, value in asdict(model).items() if name != "layers"}
    values["model"] = {"base": origin.base, "licence": origin.licence, "adapter": _PLAIN["adapter"], **plain}
    values["adversarial"] = _PLAIN["adversarial"]
    own = DistillationConfig(**section(document["distillation"], "distillation", DistillationConfig))
    return StudentConfig(parse_config(values), model.layers, own)
