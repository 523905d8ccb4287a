"""The configuration of a distillation run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from training.config import NO_ADAPTER, NO_ADVERSARY, TrainConfig
from training.config_file import ConfigFile, Count, Positive, Section, Share, Weight
from training.errors import ConfigError


@dataclass(frozen=True)
class Origin:
    """The base model that the teacher was made from, as the student's record names it."""

    base: str
    licence: str


class StudentModelConfig(Section):
    """The student: `layers` of the teacher's, all of its width; `frozen_layers` as in a training configuration."""

    layers: Count
    frozen_layers: int = Field(ge=-1)
    encoder_dropout: Share
    head_dropout: Share


class DistillationConfig(Section):
    """Weights of the three losses, the temperature of the soft one, and the unlabelled texts of each stream at most.

    `soft`: to answer as the teacher does; `hidden`: to have its states; `hard`: to give the labels.
    """

    temperature: Positive
    soft: Weight
    hidden: Weight
    hard: Weight
    streams: Mapping[str, Count]

    @model_validator(mode="after")
    def _the_teacher_teaches(self) -> Self:
        if self.soft + self.hidden == 0:
            raise ValueError("soft and hidden are both 0: nothing is learnt from the teacher")
        return self


class StudentFile(ConfigFile, extra="allow"):
    """A student's configuration as it is written: beside these sections, those of a training configuration."""

    model: StudentModelConfig
    distillation: DistillationConfig


@dataclass(frozen=True)
class StudentConfig:
    """One run: how the student is trained, as any model is, its depth, and what it learns from the teacher."""

    run: TrainConfig
    layers: int
    distillation: DistillationConfig


def load_student_config(path: Path, origin: Origin) -> StudentConfig:
    """Read a student's configuration file.

    :raises ConfigError: as `ConfigFile.load`.
    """
    return student_config(StudentFile.load(path), origin)


def student_config(file: StudentFile, origin: Origin) -> StudentConfig:
    """Complete what a file says of a student by what is the teacher's, and by what no student has.

    :raises ConfigError: when a key of the training configuration is missing, unknown or out of range.
    """
    rest: dict[str, Any] = dict(file.model_extra or {})
    if "adversarial" in rest:
        raise ConfigError("config: adversarial: a student learns from its teacher without an adversary")
    own = file.model.model_dump(exclude={"layers"})
    model = {"base": origin.base, "licence": origin.licence, "adapter": NO_ADAPTER, **own}
    run = TrainConfig.parse({**rest, "model": model, "adversarial": NO_ADVERSARY})
    return StudentConfig(run, file.model.layers, file.distillation)
