"""The registry of labelled data sets: where each lies and what its labels mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from training.data.origin import Origin, read_origin
from training.data.registry_file import DEFAULT_REGISTRY, SETS, read_section, registered
from training.data.rows import ENTITY_KINDS
from training.errors import ConfigError

SENTIMENTS = ("negative", "neutral", "positive")
TOPIC_KINDS = ("none", "single", "multi", "some")
REPEAT_RULES = ("drop", "union", "majority")
_REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class LabelledSet:
    """One data set, a file (`path`) or a split of a dataset of the hub (`hub`, `split`).

    `sentiment` maps a label to the indices of the classes it allows. `origin` says where to get the file. `group` is
    the field (such as a company) whose rows stay on one side of the development split.
    """

    name: str
    path: str
    languages: tuple[str, ...]
    licence: str
    restricted: bool
    sentiment: Mapping[str, tuple[int, ...]]
    classes: tuple[int, ...]
    topics: str
    ignored: frozenset[str]
    repeats: str
    entities: str = "none"
    hub: str = ""
    split: str = ""
    group: str = ""
    origin: Origin = field(default_factory=Origin)

    def __post_init__(self) -> None:
        if bool(self.path) == bool(self.hub) or bool(self.hub) != bool(self.split):
            got = f"path {self.path!r}, hub {self.hub!r}, split {self.split!r}"
            raise ConfigError(f"registry: {self.name}: expected a path, or a hub and a split, got {got}")
        if self.topics not in TOPIC_KINDS:
            raise ConfigError(f"registry: {self.name}: topics: expected one of {TOPIC_KINDS}, got {self.topics!r}")
        if self.repeats not in REPEAT_RULES:
            raise ConfigError(f"registry: {self.name}: repeats: expected one of {REPEAT_RULES}, got {self.repeats!r}")
        if self.entities not in ENTITY_KINDS:
            raise ConfigError(f"registry: {self.name}: entities: expected one of {ENTITY_KINDS}, got {self.entities!r}")
        if self.entities != "none" and not self.sentiment:
            raise ConfigError(f"registry: {self.name}: entities need a sentiment map for their labels")
        if not self.sentiment and self.topics == "none":
            raise ConfigError(f"registry: {self.name}: needs a sentiment map or topics")

    @property
    def reads_sentiment(self) -> bool:
        """Whether its labels can be told apart by sentiment (no two allow the same class)."""
        members = [index for group in self.sentiment.values() for index in group]
        return len(self.sentiment) > 1 and len(members) == len(set(members))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that this set teaches."""
        given = {
            "sentiment": bool(self.sentiment),
            "topics": self.topics != "none",
            "entities": self.entities != "none",
        }
        return tuple(task for task, has in given.items() if has)


class Licensed(Protocol):
    """A set, labelled or not, as far as its licence matters."""

    @property
    def restricted(self) -> bool:
        """Whether its licence permits less than any use, or is not stated."""


def permitted_sets(sets: Mapping[str, int], registry: Mapping[str, Licensed], licence: str) -> dict[str, int]:
    """The sets that a run may use: all (`any`), or those whose licence permits any use (`permissive`).

    :raises ConfigError: when a set is not registered, or none is left.
    """
    for name in sets:
        if name not in registry:
            raise ConfigError(f"config: unknown set {name!r}; registered are {sorted(registry)}")
    kept = {name: cap for name, cap in sets.items() if licence == "any" or not registry[name].restricted}
    if not kept:
        raise ConfigError(f"config: none of the sets {sorted(sets)} has a permissive licence")
    return kept


def data_root() -> Path:
    """The folder that holds the sets: `GROUNDSWELL_DATA`, else `../shared/data` beside a clone, else `data` here."""
    if given := os.environ.get("GROUNDSWELL_DATA"):
        return Path(given)
    beside = _REPOSITORY.parent / "shared" / "data"
    return beside if beside.is_dir() else Path("data")


def registered_sets(own: str) -> dict[str, LabelledSet]:
    """The sets of the shipped registry by name, and those of a user's own file (none: ""), which replace the shipped
    ones of the same name.

    :raises ConfigError: as `load_registry`.
    """
    return registered(load_registry, own)


def load_registry(path: Path = DEFAULT_REGISTRY) -> dict[str, LabelledSet]:
    """Read the labelled sets of a registry file by name.

    :raises ConfigError: when the file is missing, is no YAML, or a set lacks a field or has a wrong one.
    """
    return read_section(path, SETS, _labelled_set)


def _labelled_set(name: str, entry: dict[str, Any]) -> LabelledSet:
    known = {
        "path",
        "hub",
        "split",
        "languages",
        "licence",
        "restricted",
        "sentiment",
        "classes",
        "topics",
        "ignored",
        "repeats",
        "entities",
        "group",
        "origin",
    }
    if unknown := sorted(set(entry) - known):
        raise ConfigError(f"registry: {name}: unknown keys {unknown}")
    sentiment = {label: _class_indices(name, classes) for label, classes in entry.get("sentiment", {}).items()}
    union = tuple(sorted({index for group in sentiment.values() for index in group}))
    return LabelledSet(
        name=name,
        path=str(entry.get("path", "")),
        languages=tuple(entry["languages"]),
        licence=str(entry["licence"]),
        restricted=bool(entry["restricted"]),
        sentiment=sentiment,
        classes=_class_indices(name, entry["classes"]) if "classes" in entry else union,
        topics=str(entry.get("topics", "none")),
        ignored=frozenset(entry.get("ignored", ())),
        repeats=str(entry.get("repeats", "drop")),
        entities=str(entry.get("entities", "none")),
        hub=str(entry.get("hub", "")),
        split=str(entry.get("split", "")),
        group=str(entry.get("group", "")),
        origin=read_origin(name, entry.get("origin")),
    )


def _class_indices(name: str, classes: list[str]) -> tuple[int, ...]:
    for sentiment in classes:
        if sentiment not in SENTIMENTS:
            raise ConfigError(f"registry: {name}: expected classes of {SENTIMENTS}, got {sentiment!r}")
    return tuple(sorted(SENTIMENTS.index(sentiment) for sentiment in classes))
