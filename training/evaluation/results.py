"""From probabilities to predictions and scores in each set's own labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.evaluation.readout import Readout
from training.evaluation.scores import TaskScores, score_predictions


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
    def entities(self) -> Sequence["LabelledEntity"]:
        """The labelled entities."""


@dataclass(frozen=True)
class Probabilities:
    """Of many texts. *Shapes:* sentiment (texts, 3), summing to 1; topics (texts, topics), independent;
    entities (texts, entities of the text, 3).
    """

    sentiment: list[list[float]]
    topics: list[list[float]]
    entities: list[list[list[float]]]

    def part(self, rows: Sequence[int]) -> "Probabilities":
        """Those of some texts."""
        return Probabilities(
            [self.sentiment[row] for row in rows],
            [self.topics[row] for row in rows],
            [self.entities[row] for row in rows],
        )


class LabelledEntity(Protocol):
    """An entity of a row, as far as scoring looks at it."""

    @property
    def label(self) -> str:
        """The label in the set's own names."""


@dataclass(frozen=True)
class EntityRow:
    """One entity of a text as a row of its own."""

    id: str
    lang: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Prediction:
    """One text read in a set's labels; ``gold`` is None when its label has no place in the task."""

    id: str
    lang: str
    labels: tuple[str, ...]
    gold: tuple[str, ...] | None
    predicted: tuple[str, ...]
    probabilities: dict[str, float]

    def as_json(self, *, multi: bool) -> dict[str, Any]:
        """Return the object of a predictions file: label lists in a multi-label set, else strings."""
        gold: Any = list(self.labels) if self.gold is None else list(self.gold)
        predicted: Any = list(self.predicted)
        if not multi:
            gold, predicted = gold[0], predicted[0]
        probabilities = {label: round(value, 6) for label, value in self.probabilities.items()}
        return {"id": self.id, "gold": gold, "predicted": predicted, "probabilities": probabilities}


@dataclass(frozen=True)
class Result:
    """Scores of one task on the rows of one set in one language (``all`` where there are several)."""

    set_name: str
    task: str
    language: str
    outside: int
    scores: TaskScores


def predictions(
    readout: Readout, rows: Sequence[Labelled], values: Probabilities, thresholds: Mapping[int, float]
) -> list[Prediction]:
    """Read the probabilities of rows, in their order; ``thresholds`` are by topic index.

    :raises ValueError: when there are not as many probabilities as rows.
    """
    if readout.task == "entities":
        table = [line for lines in values.entities for line in lines]
        items: Sequence[EntityRow | Labelled] = entity_rows(rows)
    else:
        table, items = (values.sentiment if readout.task == "sentiment" else values.topics), rows
    found: list[Prediction] = []
    for row, line in zip(items, table, strict=True):
        own = readout.probabilities(line)
        chosen = readout.predict(own, thresholds)
        found.append(Prediction(row.id, row.lang, row.labels, readout.gold(row.labels), chosen, own))
    return found


def entity_rows(rows: Sequence[Labelled]) -> list[EntityRow]:
    """Every entity of every row, in order, as a row of its own."""
    return [
        EntityRow(f"{row.id}#{index}", row.lang, (entity.label,))
        for row in rows
        for index, entity in enumerate(row.entities)
    ]


def results(readout: Readout, found: Sequence[Prediction]) -> list[Result]:
    """Score predictions over all rows and, where there are several languages, in each."""
    languages = sorted({prediction.lang for prediction in found if prediction.gold is not None})
    slices = [("all", list(found))] if len(languages) > 1 else []
    slices += [(language, [one for one in found if one.lang == language]) for language in languages]
    scored: list[Result] = []
    for language, part in slices:
        gold = [one.gold for one in part if one.gold is not None]
        predicted = [one.predicted for one in part if one.gold is not None]
        scores = score_predictions(gold, predicted, readout.labels, multi=readout.multi)
        outside = sum(one.gold is None for one in part)
        scored.append(Result(readout.set_name, readout.task, language, outside, scores))
    return scored


def score_sets(
    readouts: Sequence[Readout],
    rows: Mapping[str, Sequence[Labelled]],
    values: Mapping[str, Probabilities],
    thresholds: Mapping[int, float],
) -> list[Result]:
    """Score several sets, rows and probabilities by set name; sets without a row in a task are left out."""
    return [
        result
        for readout in readouts
        if readout.set_name in rows
        for result in results(
            readout, predictions(readout, rows[readout.set_name], values[readout.set_name], thresholds)
        )
    ]


def mean_macro_f1(scored: Sequence[Result]) -> float:
    """Mean macro-F1 over sets and tasks (all languages of a set together)."""
    whole: dict[tuple[str, str], float] = {}
    for result in scored:
        whole.setdefault((result.set_name, result.task), result.scores.macro_f1)
    return sum(whole.values()) / max(1, len(whole))
