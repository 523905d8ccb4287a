"""From probabilities to predictions in a set's own labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.metrics.label_space import LabelSpace
from training.metrics.probabilities import Probabilities


class LabelledEntity(Protocol):
    """An entity of a row, as far as scoring looks at it."""

    @property
    def label(self) -> str:
        """The label in the set's own names."""


class Labelled(Protocol):
    """A row or an example, as far as scoring looks at it."""

    @property
    def id(self) -> str:
        """The id of the text."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the set's own names."""

    @property
    def lang(self) -> str:
        """The language code."""

    @property
    def source(self) -> str:
        """Where the text comes from, empty where that is not known."""

    @property
    def entities(self) -> Sequence[LabelledEntity]:
        """The labelled entities."""


@dataclass(frozen=True)
class EntityRow:
    """One entity of a text as a row of its own; `row` is the place of the text among the texts."""

    id: str
    lang: str
    labels: tuple[str, ...]
    source: str
    row: int


@dataclass(frozen=True)
class Prediction:
    """One text, or one entity of it, read in a set's labels; `gold` is None when its label has no place in the task.

    `row`: the place of the text among the texts.
    """

    id: str
    lang: str
    labels: tuple[str, ...]
    gold: tuple[str, ...] | None
    predicted: tuple[str, ...]
    probabilities: dict[str, float]
    row: int = 0
    source: str = ""

    def as_json(self, *, multi: bool) -> dict[str, Any]:
        """Return the object of a predictions file: label lists in a multi-label set, else strings."""
        gold: Any = list(self.labels) if self.gold is None else list(self.gold)
        predicted: Any = list(self.predicted)
        if not multi:
            gold, predicted = gold[0], predicted[0]
        probabilities = {label: round(value, 6) for label, value in self.probabilities.items()}
        return {"id": self.id, "gold": gold, "predicted": predicted, "probabilities": probabilities}


def predictions(
    space: LabelSpace, rows: Sequence[Labelled], values: Probabilities, thresholds: Mapping[int, float]
) -> list[Prediction]:
    """Read the probabilities of rows, in their order; `thresholds` are by topic index.

    :raises ValueError: when there are not as many probabilities as rows.
    """
    if space.task == "entities":
        table, items = [line for lines in values.entities for line in lines], entity_rows(rows)
    else:
        table = values.sentiment if space.task == "sentiment" else values.topics
        items = [EntityRow(one.id, one.lang, one.labels, one.source, row) for row, one in enumerate(rows)]
    found: list[Prediction] = []
    for item, line in zip(items, table, strict=True):
        own = space.probabilities(line)
        chosen = space.predict(own, thresholds)
        gold = space.gold(item.labels)
        found.append(Prediction(item.id, item.lang, item.labels, gold, chosen, own, item.row, item.source))
    return found


def entity_rows(rows: Sequence[Labelled]) -> list[EntityRow]:
    """Every entity of every row, in order, as a row of its own."""
    return [
        EntityRow(f"{one.id}#{index}", one.lang, (entity.label,), one.source, row)
        for row, one in enumerate(rows)
        for index, entity in enumerate(one.entities)
    ]
