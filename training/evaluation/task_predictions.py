"""What bundles say of labelled texts, in every task of their sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.inference.bundle import load_bundle
from services.inference.classifier import Classifier
from services.text.mentions import Named
from training.data.examples import prepare
from training.data.taxonomy import Taxonomy
from training.evaluation.thresholds import thresholds_by_index
from training.inference.bundle import classify
from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Labelled, LabelledEntity, Prediction, predictions
from training.metrics.results import Result, results


class NamedEntity(LabelledEntity, Protocol):
    """A labelled entity and how it is named."""

    @property
    def named(self) -> Named:
        """Its name and, where known, which occurrence."""


class LabelledText(Labelled, Protocol):
    """A row or an example, with its text."""

    @property
    def text(self) -> str:
        """The text, cleaned or not."""

    @property
    def entities(self) -> Sequence[NamedEntity]:
        """The labelled entities."""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts of one set, and the tasks in which the set reads them."""

    set_name: str
    texts: Sequence[LabelledText]
    label_spaces: Sequence[LabelSpace]


@dataclass(frozen=True)
class TaskPredictions:
    """What bundles say of one task of one set, row by row; `texts` are those that the predictions point to.

    `general`: in the general reading, where `predictions` are in the set's own convention. `other`: of the
    bundle that this one is compared with.
    """

    label_space: LabelSpace
    texts: Sequence[str]
    predictions: Sequence[Prediction]
    general: Sequence[Prediction] | None = None
    other: Sequence[Prediction] | None = None

    @property
    def results(self) -> list[Result]:
        """The scores of the predictions, over all rows, by language and by source."""
        return results(self.label_space, self.predictions)


@dataclass(frozen=True)
class Bundles:
    """The bundle that is evaluated and, where wanted, another to compare it with.

    `general`: read sentiment in the general reading too, where the bundle knows the set's own convention.
    """

    folder: Path
    other: Path | None = None
    general: bool = False
    threads: int = 0


def predict_tasks(bundles: Bundles, sets: Sequence[LabelledTexts], taxonomy: Taxonomy) -> list[TaskPredictions]:
    """Let the bundles predict all texts, sentiment in the convention of each set, with a progress bar.

    :returns: one a set and task, in their order.
    :raises ConfigError: when a bundle lacks a topic of the taxonomy.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    """
    classifier = Classifier(load_bundle(bundles.folder), threads=bundles.threads)
    own = _predict(classifier, sets, taxonomy, in_convention=True)
    other: dict[LabelSpace, list[Prediction]] = {}
    general: dict[LabelSpace, list[Prediction]] = {}
    if bundles.general:
        known = classifier.bundle.manifest.conventions
        general = _predict(classifier, [one for one in sets if one.set_name in known], taxonomy, in_convention=False)
    if bundles.other is not None:
        compared = Classifier(load_bundle(bundles.other), threads=bundles.threads)
        other = _predict(compared, sets, taxonomy, in_convention=True)
    return [
        TaskPredictions(
            space,
            [text.text for text in one.texts],
            own[space],
            None if space.task == "topics" else general.get(space),
            other.get(space),
        )
        for one in sets
        for space in one.label_spaces
    ]


def _predict(
    classifier: Classifier, sets: Sequence[LabelledTexts], taxonomy: Taxonomy, *, in_convention: bool
) -> dict[LabelSpace, list[Prediction]]:
    texts = [text for one in sets for text in one.texts]
    named = [[Named(prepare(e.named.name), e.named.occurrence) for e in text.entities] for text in texts]
    conventions = [one.set_name for one in sets for _ in one.texts] if in_convention else None
    values = classify(classifier, [text.text for text in texts], taxonomy, named, conventions)
    thresholds = thresholds_by_index(classifier.bundle, taxonomy)
    found: dict[LabelSpace, list[Prediction]] = {}
    start = 0
    for one in sets:
        part = values.part(range(start, start + len(one.texts)))
        start += len(one.texts)
        found |= {space: predictions(space, one.texts, part, thresholds) for space in one.label_spaces}
    return found
