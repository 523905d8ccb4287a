"""Everything that is measured of one task of one set: scores, their intervals, baselines, calibration, confusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from training.evaluation.baselines import baselines
from training.evaluation.lexicons.lexicon import Lexicon
from training.metrics.bootstrap import Difference, Estimate, paired_bootstrap
from training.metrics.confusion import Confusion, confusion
from training.metrics.counts import Counts, Labels, count, metrics
from training.metrics.label_space import Readout
from training.metrics.reliability import Bin, calibration_error, decisions, reliability
from training.metrics.results import ALL, Prediction

GENERAL = "general reading"
OTHER = "other bundle"


@dataclass(frozen=True)
class Judged:
    """What bundles say of one task of one set, row by row; ``texts`` are those that the predictions point to.

    ``general``: in the general reading, where ``predictions`` are in the set's own convention. ``other``: of the
    bundle that this one is compared with.
    """

    readout: Readout
    texts: Sequence[str]
    predictions: Sequence[Prediction]
    general: Sequence[Prediction] | None = None
    other: Sequence[Prediction] | None = None


class Rival(msgspec.Struct, frozen=True):
    """Another system on the same rows: its scores, and the model's less these."""

    name: str
    scores: dict[str, float]
    differences: dict[str, Difference]


class TaskReport(msgspec.Struct, frozen=True, kw_only=True, rename={"set_name": "set"}):
    """Of one task of one set; ``texts`` are what the intervals are drawn over, several ``rows`` each of entities."""

    set_name: str
    task: str
    language: str
    rows: int
    texts: int
    scores: dict[str, Estimate]
    baselines: tuple[Rival, ...]
    general: Rival | None
    other: Rival | None
    calibration_error: float
    bins: tuple[Bin, ...]
    confusion: Confusion


class UnseenScores(msgspec.Struct, frozen=True, kw_only=True, rename={"set_name": "set"}):
    """Of one task of one set, without the rows that the model was trained on."""

    set_name: str
    task: str
    language: str
    rows: int
    accuracy: float
    macro_f1: float


class SeenReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows the model was trained on, ``exact`` of them to the letter; the scores without them, of sets that
    have some. ``checked`` is false of a bundle that does not know.
    """

    checked: bool
    rows: int
    exact: int
    without: tuple[UnseenScores, ...] = ()


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a bundle, on what, beside which other bundle; ``missing`` lexicon files were left out."""

    model: str
    measured_on: str
    compared_with: str | None
    missing: tuple[str, ...]
    tasks: tuple[TaskReport, ...]
    seen: SeenReport | None = None


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
