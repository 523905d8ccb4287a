"""What the manifest says about labels and data: plain values for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.data.corpus import SetCounts
from training.data.registry import SENTIMENTS, LabelledSet
from training.data.taxonomy import Taxonomy


def label_maps(sets: Sequence[LabelledSet], taxonomy: Taxonomy) -> dict[str, Any]:
    """For each set: label -> sentiment classes that it allows, and label -> topic id."""
    maps: dict[str, Any] = {}
    for spec in sets:
        entry: dict[str, Any] = {}
        if spec.sentiment:
            entry["sentiment"] = {
                label: [SENTIMENTS[index] for index in group] for label, group in spec.sentiment.items()
            }
        if spec.topics != "none":
            ids = taxonomy.ids
            entry["topics"] = {label: ids[index] for label, index in taxonomy.label_map(spec.name).items()}
        maps[spec.name] = entry
    return maps


def training_data(sets: Sequence[LabelledSet], counts: Mapping[str, SetCounts]) -> list[dict[str, Any]]:
    """For each set: name, licence, whether that restricts its use, language, task and the number of training rows."""
    return [
        {
            "name": spec.name,
            "licence": spec.licence,
            "restricted": spec.restricted,
            "language": "+".join(code for code in spec.languages if code != "und"),
            "task": "+".join(spec.tasks),
            "rows": counts[spec.name].train,
        }
        for spec in sets
    ]


def topic_languages(sets: Sequence[LabelledSet], taxonomy: Taxonomy) -> list[tuple[str, ...]]:
    """For each topic: the languages of the sets that label it."""
    taught: list[set[str]] = [set() for _ in taxonomy.topics]
    for spec in sets:
        if spec.topics != "none":
            for index in taxonomy.label_map(spec.name).values():
                taught[index] |= {code for code in spec.languages if code != "und"}
    return [tuple(sorted(languages)) for languages in taught]
