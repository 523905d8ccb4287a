"""Everything that is measured of the tasks of sets: scores, their intervals, baselines, calibration, confusion."""

from __future__ import annotations

from collections.abc import Sequence

from rich.progress import track

from training.data.registry import data_root
from training.evaluation.baselines import baselines
from training.evaluation.figures import Evaluation, Rival, SeenReport, TaskReport
from training.evaluation.lexicons.available import load_lexicons
from training.evaluation.lexicons.lexicon import Lexicon
from training.evaluation.task_predictions import TaskPredictions
from training.metrics.bootstrap import paired_bootstrap
from training.metrics.confusion import confusion
from training.metrics.counts import Counts, Labels, count, metrics
from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction
from training.metrics.reliability import calibration_error, decisions, reliability
from training.metrics.results import ALL

GENERAL = "general reading"
OTHER = "other bundle"


def measure(
    tasks: Sequence[TaskPredictions],
    *,
    model: str,
    measured_on: str,
    compared_with: str | None = None,
    seen: SeenReport | None = None,
) -> Evaluation:
    """Measure every task of a model, with a progress bar.

    Lexicons are read from the data root; those that are not there are left out.

    :param compared_with: the other bundle whose predictions the tasks have.
    :param seen: how much of the texts the model was trained on.
    :raises DataError: when a lexicon's file is wrong.
    """
    lexicons, missing = load_lexicons(data_root())
    if all(one.label_space.task == "topics" for one in tasks):
        missing = []
    measured = [measure_task(one, lexicons) for one in track(tasks, description="measuring", transient=True)]
    return Evaluation(
        model=model,
        measured_on=measured_on,
        compared_with=compared_with,
        missing=tuple(missing),
        tasks=tuple(task for task in measured if task is not None),
        seen=seen,
    )


def measure_task(found: TaskPredictions, lexicons: Sequence[Lexicon]) -> TaskReport | None:
    """Measure one task; None when no row has a label in it."""
    space = found.label_space
    labelled = [one for one in found.predictions if one.gold is not None]
    if not labelled:
        return None
    said = baselines(space, labelled, found.texts, lexicons)
    names = tuple(said)
    for name, others in ((GENERAL, found.general), (OTHER, found.other)):
        if others is not None:
            said[name] = [one.predicted for one in others if one.gold is not None]
    model = _counts(space, labelled, [one.predicted for one in labelled])
    systems = {name: _counts(space, labelled, each) for name, each in said.items()}
    drawn = paired_bootstrap(model, systems)
    rivals = {name: Rival(name, _values(each), drawn.differences[name]) for name, each in systems.items()}
    bins = reliability(*decisions(space, labelled))
    languages = {one.lang for one in labelled}
    return TaskReport(
        set_name=space.set_name,
        task=space.task,
        language=languages.pop() if len(languages) == 1 else ALL,
        rows=len(labelled),
        texts=len(model.decisions),
        scores=drawn.estimates,
        baselines=tuple(rivals[name] for name in names),
        general=rivals.get(GENERAL),
        other=rivals.get(OTHER),
        calibration_error=calibration_error(bins),
        bins=bins,
        confusion=confusion(space, labelled),
    )


def _counts(space: LabelSpace, labelled: Sequence[Prediction], predicted: Sequence[Labels]) -> Counts:
    gold = [one.gold for one in labelled if one.gold is not None]
    return count(gold, predicted, space.labels, multi=space.multi, texts=[one.row for one in labelled])


def _values(counts: Counts) -> dict[str, float]:
    return {name: float(values[0]) for name, values in metrics(counts).items()}
