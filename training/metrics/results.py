"""From probabilities to predictions and scores in each set's own labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.metrics.label_space import LabelSpace
from training.metrics.scores import TaskScores, score_predictions

ALL = "all"
"""In place of a language or a source: several together."""
LEAST_OF_A_SOURCE = 20
"""Labelled rows that a source needs to be scored by itself."""


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
    """One entity of a text as a row of its own; ``row`` is the place of the text among the texts."""

    id: str
    lang: str
    labels: tuple[str, ...]
    source: str
    row: int


@dataclass(frozen=True)
class Prediction:
    """One text, or one entity of it, read in a set's labels; ``gold`` is None when its label has no place in the task.

    ``row``: the place of the text among the texts.
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


@dataclass(frozen=True)
class Result:
    """Scores of one task on the rows of one set in one language or of one source (``all``: of several)."""

    set_name: str
    task: str
    language: str
    outside: int
    scores: TaskScores
    source: str = ALL


def predictions(
    space: LabelSpace, rows: Sequence[Labelled], values: Probabilities, thresholds: Mapping[int, float]
) -> list[Prediction]:
    """Read the probabilities of rows, in their order; ``thresholds`` are by topic index.

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


def results(space: LabelSpace, found: Sequence[Prediction]) -> list[Result]:
    """Score predictions over all rows, in each language where there are several, and of each source likewise.

    A source with fewer than 20 labelled rows is not scored by itself.
    """
    labelled = [one for one in found if one.gold is not None]
    languages, sources = Counter(one.lang for one in labelled), Counter(one.source for one in labelled)
    whole = ALL if len(languages) > 1 else next(iter(languages), ALL)
    slices = [(whole, ALL, list(found))] if labelled else []
    if len(languages) > 1:
        slices += [(lang, ALL, [one for one in found if one.lang == lang]) for lang in sorted(languages)]
    if len(sources) > 1:
        large = sorted(source for source, rows in sources.items() if source and rows >= LEAST_OF_A_SOURCE)
        slices += [(whole, source, [one for one in found if one.source == source]) for source in large]
    return [
        Result(space.set_name, space.task, language, *_score(space, part), source) for language, source, part in slices
    ]


def _score(space: LabelSpace, part: Sequence[Prediction]) -> tuple[int, TaskScores]:
    """How many rows are outside the task, and the scores of the others."""
    pairs = [(one.gold, one.predicted) for one in part if one.gold is not None]
    gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return len(part) - len(pairs), score_predictions(gold, predicted, space.labels, multi=space.multi)


def score_sets(
    label_spaces: Sequence[LabelSpace],
    rows: Mapping[str, Sequence[Labelled]],
    values: Mapping[str, Probabilities],
    thresholds: Mapping[int, float],
) -> list[Result]:
    """Score several sets, rows and probabilities by set name; sets without a row in a task are left out."""
    return [
        result
        for space in label_spaces
        if space.set_name in rows
        for result in results(space, predictions(space, rows[space.set_name], values[space.set_name], thresholds))
    ]


def mean_macro_f1(scored: Sequence[Result]) -> float:
    """Mean macro-F1 over sets and tasks (all languages of a set together)."""
    whole: dict[tuple[str, str], float] = {}
    for result in scored:
        whole.setdefault((result.set_name, result.task), result.scores.macro_f1)
    return sum(whole.values()) / max(1, len(whole))
