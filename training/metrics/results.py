"""The scores of predictions, by set, task, language and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Labelled, Prediction, predictions
from training.metrics.probabilities import Probabilities
from training.metrics.scores import TaskScores, score_predictions

ALL = "all"
"""In place of a language or a source: several together."""
LEAST_OF_A_SOURCE = 20
"""Labelled rows that a source needs to be scored by itself."""


@dataclass(frozen=True)
class Result:
    """Scores of one task on the rows of one set in one language or of one source (`all`: of several)."""

    set_name: str
    task: str
    language: str
    outside: int
    scores: TaskScores
    source: str = ALL


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
    spaces: Sequence[LabelSpace],
    rows: Mapping[str, Sequence[Labelled]],
    values: Probabilities,
    thresholds: Mapping[int, float],
) -> list[Result]:
    """Score the probabilities of the rows of several sets, one set after the other.

    Sets without a row in a task are left out; `thresholds` are by topic index.
    """
    start = 0
    parts: dict[str, Probabilities] = {}
    for name, group in rows.items():
        parts[name] = values.part(range(start, start + len(group)))
        start += len(group)
    return [
        result
        for space in spaces
        if space.set_name in rows
        for result in results(space, predictions(space, rows[space.set_name], parts[space.set_name], thresholds))
    ]


def mean_macro_f1(scored: Sequence[Result]) -> float:
    """Mean macro-F1 over sets and tasks (all languages of a set together)."""
    whole: dict[tuple[str, str], float] = {}
    for result in scored:
        whole.setdefault((result.set_name, result.task), result.scores.macro_f1)
    return sum(whole.values()) / max(1, len(whole))
