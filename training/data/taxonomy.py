"""The topic taxonomy: which topics exist and which labels of which data set mean them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.errors import ConfigError

DEFAULT_TAXONOMY = Path(__file__).parent / "taxonomy.yaml"

LabelsBySet = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Topic:
    """One topic, with the labels that mean it and those that rule it out, by data set."""

    id: str
    name_en: str
    name_zh: str
    description: str
    labels: LabelsBySet
    absent: LabelsBySet


@dataclass(frozen=True)
class Taxonomy:
    """All topics in the order of the model's topic outputs."""

    topics: tuple[Topic, ...]

    def __post_init__(self) -> None:
        ids = [topic.id for topic in self.topics]
        if len(ids) != len(set(ids)):
            raise ConfigError(f"taxonomy: topic ids must differ, got {ids}")
        seen: dict[tuple[str, str], str] = {}
        for topic in self.topics:
            for key in ((name, label) for name, labels in topic.labels.items() for label in labels):
                if key in seen:
                    raise ConfigError(f"taxonomy: label {key} stands under {seen[key]} and {topic.id}")
                seen[key] = topic.id

    @property
    def ids(self) -> tuple[str, ...]:
        """The topic ids, in output order."""
        return tuple(topic.id for topic in self.topics)

    def label_map(self, set_name: str) -> dict[str, int]:
        """Map each label of a set that means a topic to that topic's index."""
        return {label: index for index, topic in enumerate(self.topics) for label in topic.labels.get(set_name, ())}

    def ruled_out(self, set_name: str, label: str) -> tuple[int, ...]:
        """Return the indices of the topics that a label of a set rules out."""
        return tuple(i for i, topic in enumerate(self.topics) if label in topic.absent.get(set_name, ()))


def load_taxonomy(path: Path = DEFAULT_TAXONOMY) -> Taxonomy:
    """Read the taxonomy file.

    :raises ConfigError: when the file is missing, is no YAML, or a topic lacks a field.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Taxonomy(topics=tuple(_topic(entry) for entry in document["topics"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"taxonomy {path.name}: {type(error).__name__}: {error}") from error


def _topic(entry: dict[str, Any]) -> Topic:
    return Topic(
        id=str(entry["id"]),
        name_en=str(entry["name_en"]),
        name_zh=str(entry["name_zh"]),
        description=str(entry["description"]),
        labels={name: tuple(labels) for name, labels in entry["labels"].items()},
        absent={name: tuple(labels) for name, labels in entry.get("absent", {}).items()},
    )
