"""The band of probabilities in which the model abstains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.text.language import detect
from training.data.examples import Example
from training.metrics.probabilities import Probabilities

ABSTAINED = 0.1
"""Share of the development texts, the least sure ones, that fall into the abstain band."""
FEWEST = 100
"""Labelled texts of a language that a band needs."""


@dataclass(frozen=True)
class AbstainBand:
    """Texts whose leading sentiment is below `below`: how many, and how often right inside and outside."""

    language: str
    below: float
    texts: int
    accuracy_inside: float
    accuracy_outside: float


def abstain_bands(examples: Sequence[Example], values: Probabilities) -> list[AbstainBand]:
    """For each language the probability below which the least sure tenth of the labelled texts lies."""
    bands: list[AbstainBand] = []
    langs = [detect(example.text) for example in examples]
    for lang in sorted(set(langs) - {"other"}):
        rows = [row for row, example in enumerate(examples) if langs[row] == lang and len(example.classes) == 3]
        if len(rows) < FEWEST:
            continue
        tones = np.array([values.sentiment[row] for row in rows])
        sure, leading = tones.max(axis=1), tones.argmax(axis=1)
        right = np.array([int(k) in examples[row].allowed for row, k in zip(rows, leading, strict=True)])
        below = round(float(np.quantile(sure, ABSTAINED)), 4)
        inside = sure < below
        outside = float(right[~inside].mean())
        within = float(right[inside].mean()) if inside.any() else 0.0
        bands.append(AbstainBand(lang, below, int(inside.sum()), within, outside))
    return bands
