"""What bundles say of labelled texts, in every task of their sets."""

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
from training.metrics.label_space import Readout
from training.metrics.results import Labelled, LabelledEntity, Prediction, predictions


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
    readouts: Sequence[Readout]


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


@dataclass(frozen=True)
class Bundles:
    """The bundle to judge and, where wanted, another to compare it with.

    ``general``: read sentiment in the general reading too, where the bundle knows the set's own convention.
    """

    folder: Path
    other: Path | None = None
    general: bool = False
    threads: int = 0


def judge(bundles: Bundles, sets: Sequence[LabelledTexts], taxonomy: Taxonomy) -> list[Judged]:
    """Let the bundles judge all texts, sentiment in the convention of each set, with a progress bar.

    :returns: one a set and task, in their order.
    :raises ConfigError: when a bundle lacks a topic of the taxonomy.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    """
    classifier = Classifier(load_bundle(bundles.folder), threads=bundles.threads)
    said = _say(classifier, sets, taxonomy, own=True)
    other: dict[Readout, list[Prediction]] = {}
    general: dict[Readout, list[Prediction]] = {}
    if bundles.general:
        known = classifier.bundle.manifest.conventions
        general = _say(classifier, [one for one in sets if one.set_name in known], taxonomy, own=False)
    if bundles.other is not None:
        rival = Classifier(load_bundle(bundles.other), threads=bundles.threads)
        other = _say(rival, sets, taxonomy, own=True)
    return [
        Judged(
            readout,
            [text.text for text in one.texts],
            said[readout],
            None if readout.task == "topics" else general.get(readout),
            other.get(readout),
        )
        for one in sets
        for readout in one.readouts
    ]


def _say(
    classifier: Classifier, sets: Sequence[LabelledTexts], taxonomy: Taxonomy, *, own: bool
) -> dict[Readout, list[Prediction]]:
    texts = [text for one in sets for text in one.texts]
    named = [[Named(prepare(e.named.name), e.named.occurrence) for e in text.entities] for text in texts]
    conventions = [one.set_name for one in sets for _ in one.texts] if own else None
    values = classify(classifier, [text.text for text in texts], taxonomy, named, conventions)
    thresholds = thresholds_by_index(classifier.bundle, taxonomy)
    found: dict[Readout, list[Prediction]] = {}
    start = 0
    for one in sets:
        part = values.part(range(start, start + len(one.texts)))
        start += len(one.texts)
        found |= {readout: predictions(readout, one.texts, part, thresholds) for readout in one.readouts}
    return found
