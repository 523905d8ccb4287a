"""What an evaluation measures, as it is written and read again."""

from __future__ import annotations

import msgspec

from training.metrics.bootstrap import Difference, Estimate
from training.metrics.confusion import Confusion
from training.metrics.reliability import Bin


class Rival(msgspec.Struct, frozen=True):
    """Another system on the same rows: its scores, and the model's less these."""

    name: str
    scores: dict[str, float]
    differences: dict[str, Difference]


class TaskReport(msgspec.Struct, frozen=True, kw_only=True, rename={"set_name": "set"}):
    """Of one task of one set; `texts` are what the intervals are drawn over, several `rows` each of entities."""

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
    """How many rows the model was trained on, `exact` of them to the letter; the scores without them, of sets that
    have some. `checked` is false of a bundle that does not know.
    """

    checked: bool
    rows: int
    exact: int
    without: tuple[UnseenScores, ...] = ()


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a bundle, on what, beside which other bundle; `missing` lexicon files were left out."""

    model: str
    measured_on: str
    compared_with: str | None
    missing: tuple[str, ...]
    tasks: tuple[TaskReport, ...]
    seen: SeenReport | None = None
