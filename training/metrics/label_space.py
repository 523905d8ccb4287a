"""The label space of a task of a data set: a model's probabilities in the set's own labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.data.registry import LabelledSet
from training.data.taxonomy import Taxonomy

DEFAULT_THRESHOLD = 0.5
JOIN = "/"
"""Between the labels of one set that mean the same topic."""


@dataclass(frozen=True)
class LabelSpace:
    """The labels of one task of one set, and which of the model's outputs each of them means.

    `groups[i]` are the indices of the classes (sentiment) or of the topic that `labels[i]` means;
    `multi`: labels are chosen one by one by a threshold, else the most probable one is.
    """

    set_name: str
    task: str
    labels: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    multi: bool

    def gold(self, labels: Sequence[str]) -> tuple[str, ...] | None:
        """Return the names that a row's labels have here; None when the row is outside this task."""
        members = {part: label for label in self.labels for part in label.split(JOIN)}
        names = tuple(dict.fromkeys(members[label] for label in labels if label in members))
        if not names and not (self.multi and not labels):
            return None
        return names if self.multi else names[:1]

    def probabilities(self, values: Sequence[float]) -> dict[str, float]:
        """Map each label to its probability, given those of all classes or topics of the task."""
        sums = [sum(values[index] for index in group) for group in self.groups]
        total = 1.0 if self.task == "topics" else max(sum(sums), 1e-12)
        return {label: value / total for label, value in zip(self.labels, sums, strict=True)}

    def predict(self, probabilities: Mapping[str, float], thresholds: Mapping[int, float]) -> tuple[str, ...]:
        """Choose labels: those at the threshold of their topic (`multi`), or the most probable one."""
        if self.multi:
            return tuple(
                label
                for label, group in zip(self.labels, self.groups, strict=True)
                if probabilities[label] >= thresholds.get(group[0], DEFAULT_THRESHOLD)
            )
        return (max(self.labels, key=lambda label: probabilities[label]),)


def label_spaces(spec: LabelledSet, taxonomy: Taxonomy) -> tuple[LabelSpace, ...]:
    """Return the tasks that a set's own labels can be read in: sentiment, topics, entities.

    Labels of one set that mean the same topic are one label here, their names joined by `/`.
    """
    found: list[LabelSpace] = []
    if spec.reads_sentiment:
        ordered = sorted(spec.sentiment, key=lambda label: spec.sentiment[label])
        groups = tuple(spec.sentiment[label] for label in ordered)
        found.append(LabelSpace(spec.name, "sentiment", tuple(ordered), groups, multi=False))
        if spec.entities != "none":
            found.append(LabelSpace(spec.name, "entities", tuple(ordered), groups, multi=False))
    if spec.topics != "none":
        by_topic: dict[int, list[str]] = {}
        for label, index in taxonomy.label_map(spec.name).items():
            by_topic.setdefault(index, []).append(label)
        names = tuple(JOIN.join(labels) for labels in by_topic.values())
        groups = tuple((index,) for index in by_topic)
        found.append(LabelSpace(spec.name, "topics", names, groups, multi=spec.topics == "multi"))
    return tuple(found)
