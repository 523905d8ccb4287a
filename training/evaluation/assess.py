"""From what bundles say to what that is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.progress import track

from training.data.registry import data_root
from training.evaluation.lexicons.available import load_lexicons
from training.evaluation.measure import Evaluation, Judged, SeenReport, measure
from training.metrics.results import Result, results


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
