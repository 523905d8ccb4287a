"""Everything that is measured of the tasks of sets: scores, their intervals, baselines, calibration, confusion."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.progress import track

from training.data.registry import data_root
from training.evaluation.baselines import baselines
from training.evaluation.figures import Evaluation, Rival, SeenReport, TaskReport
from training.evaluation.lexicons.available import load_lexicons
from training.evaluation.lexicons.lexicon import Lexicon
from training.evaluation.task_predictions import Judged
from training.metrics.bootstrap import paired_bootstrap
from training.metrics.confusion import confusion
from training.metrics.counts import Counts, Labels, count, metrics
from training.metrics.label_space import Readout
from training.metrics.reliability import calibration_error, decisions, reliability
from training.metrics.results import ALL, Prediction, Result, results

GENERAL = "general reading"
OTHER = "other bundle"


@dataclass(frozen=True)
class Subject:
    """Which bundle is evaluated, on what, which other one beside it, and how much of the texts it was trained on."""

    model: str
    measured_on: str
    compared_with: str | None = None
    seen: SeenReport | None = None


def assess(subject: Subject, judged: Sequence[Judged]) -> tuple[Evaluation, list[Result]]:
    """Measure every task, with a progress bar, and score it by language and source.

    Lexicons are read from the data root; those that are not there are left out.

    :raises DataError: when a lexicon's file is wrong.
    """
    lexicons, missing = load_lexicons(data_root())
    if all(one.readout.task == "topics" for one in judged):
        missing = []
    tasks = [measure(one, lexicons) for one in track(judged, description="measuring", transient=True)]
    evaluation = Evaluation(
        model=subject.model,
        measured_on=subject.measured_on,
        compared_with=subject.compared_with,
        missing=tuple(missing),
        tasks=tuple(task for task in tasks if task is not None),
        seen=subject.seen,
    )
    return evaluation, [result for one in judged for result in results(one.readout, one.predictions)]


def measure(judged: Judged, lexicons: Sequence[Lexicon]) -> TaskReport | None:
    """Measure one task; None when no row has a label in it."""
    readout = judged.readout
    labelled = [one for one in judged.predictions if one.gold is not None]
    if not labelled:
        return None
    said = baselines(readout, labelled, judged.texts, lexicons)
    names = tuple(said)
    for name, others in ((GENERAL, judged.general), (OTHER, judged.other)):
        if others is not None:
            said[name] = [one.predicted for one in others if one.gold is not None]
    model = _counts(readout, labelled, [one.predicted for one in labelled])
    systems = {name: _counts(readout, labelled, each) for name, each in said.items()}
    drawn = paired_bootstrap(model, systems)
    rivals = {name: Rival(name, _values(each), drawn.differences[name]) for name, each in systems.items()}
    bins = reliability(*decisions(readout, labelled))
    languages = {one.lang for one in labelled}
    return TaskReport(
        set_name=readout.set_name,
        task=readout.task,
        language=languages.pop() if len(languages) == 1 else ALL,
        rows=len(labelled),
        texts=len(model.decisions),
        scores=drawn.estimates,
        baselines=tuple(rivals[name] for name in names),
        general=rivals.get(GENERAL),
        other=rivals.get(OTHER),
        calibration_error=calibration_error(bins),
        bins=bins,
        confusion=confusion(readout, labelled),
    )


def _counts(readout: Readout, labelled: Sequence[Prediction], predicted: Sequence[Labels]) -> Counts:
    gold = [one.gold for one in labelled if one.gold is not None]
    return count(gold, predicted, readout.labels, multi=readout.multi, texts=[one.row for one in labelled])


def _values(counts: Counts) -> dict[str, float]:
    return {name: float(values[0]) for name, values in metrics(counts).items()}
