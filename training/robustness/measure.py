"""Measure a bundle on the development splits with and without noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rich.progress import track

from services.inference.classifier import Classifier
from training.augmentation.augment import with_noise
from training.augmentation.kinds import KINDS
from training.data.examples import Example
from training.evaluation.development_split import DevelopmentSplit
from training.evaluation.thresholds import thresholds_by_index
from training.inference.bundle import classify
from training.metrics.label_space import LabelSpace
from training.metrics.predictions import predictions
from training.metrics.probabilities import Probabilities
from training.robustness.results import NoiseResult, compare_rows


@dataclass(frozen=True)
class Noise:
    """How much noise (the largest `words` share that is changed), and the seed that draws it."""

    words: float
    seed: int


@dataclass(frozen=True)
class NoisyRow:
    """An example with noise; `row` is its place among the clean ones."""

    row: int
    kind: str
    example: Example


def measure_robustness(classifier: Classifier, chosen: DevelopmentSplit, noise: Noise) -> list[NoiseResult]:
    """Score examples clean and with each kind of noise of their language, by set and task.

    Sentiment is read in the convention of each set, as `evaluate` reads it.
    """
    noisy = add_noise(chosen.texts, noise)
    examples = [*chosen.texts, *(one.example for one in noisy)]
    values = classify(
        classifier,
        [example.text for example in examples],
        chosen.taxonomy,
        [[entity.named for entity in example.entities] for example in examples],
        [example.set_name for example in examples],
    )
    thresholds = thresholds_by_index(classifier.bundle, chosen.taxonomy)
    found: list[NoiseResult] = []
    for space in chosen.label_spaces:
        found += compare_task(space, len(chosen.texts), noisy, values, thresholds)
    return found


def add_noise(examples: Sequence[Example], noise: Noise) -> list[NoisyRow]:
    """Each example with each kind of noise of its language, without those that came out as they were."""
    found: list[NoisyRow] = []
    for kind in track(KINDS, description="adding noise", transient=True):
        for row, example in enumerate(examples):
            noisy = with_noise(example, kind, Random(f"{noise.seed} {kind.name} {row}"), words=noise.words)
            if noisy.text != example.text:
                found.append(NoisyRow(row, kind.name, noisy))
    return found


def compare_task(
    space: LabelSpace,
    clean: int,
    noisy: Sequence[NoisyRow],
    values: Probabilities,
    thresholds: Mapping[int, float],
) -> list[NoiseResult]:
    """Compare one task of one set under each kind of noise.

    `values` are those of `clean` examples, and then of the noisy ones; `thresholds` are by topic index.
    """
    by_kind: dict[str, list[tuple[int, NoisyRow]]] = {}
    for place, one in enumerate(noisy, start=clean):
        if one.example.set_name == space.set_name:
            by_kind.setdefault(one.kind, []).append((place, one))
    results: list[NoiseResult | None] = []
    for kind, found in by_kind.items():
        examples = [one.example for _, one in found]
        before, after = (
            predictions(space, examples, values.part(part), thresholds)
            for part in ([one.row for _, one in found], [place for place, _ in found])
        )
        results.append(compare_rows(space, kind, before, after))
    return [one for one in results if one is not None]
