"""How far scores would move with other texts: the paired bootstrap over texts.

Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13 (percentile intervals); Berg-Kirkpatrick et al.
2012, An Empirical Investigation of Statistical Significance in NLP, https://aclanthology.org/D12-1091 (the test).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.metrics.counts import Counts, Floats, metrics

RESAMPLES = 2_000
LEVEL = 0.95
_SEED = 20261101
_BLOCK = 100
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A score and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """A system's score less another's on the same texts, its interval, and the chance of one so large if there were
    none (two-sided).
    """

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Bootstrap:
    """By score: how sure the scores of a system are, and how it differs from each other system."""

    estimates: dict[str, Estimate]
    differences: dict[str, dict[str, Difference]]


def paired_bootstrap(
    system: Counts, others: Mapping[str, Counts], *, resamples: int = RESAMPLES, seed: int = _SEED
) -> Bootstrap:
    """Draw as many texts as there are, with replacement, `resamples` times, the same for all systems.

    The entities of a text are drawn together. Intervals hold the middle 95 % of the drawn values.

    :raises ValueError: when the systems are not of the same number of texts.
    """
    sizes = {len(one.decisions) for one in (system, *others.values())}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"expected systems of equally many texts, at least one, got {sorted(sizes)}")
    drawn = _draw([system, *others.values()], resamples, seed)
    exact = [{name: float(values[0]) for name, values in metrics(one).items()} for one in (system, *others.values())]
    estimates = {name: Estimate(exact[0][name], *_interval(values)) for name, values in drawn[0].items()}
    differences = {
        other: {
            metric: _difference(exact[0][metric] - exact[index][metric], drawn[0][metric] - drawn[index][metric])
            for metric in drawn[0]
        }
        for index, other in enumerate(others, start=1)
    }
    return Bootstrap(estimates, differences)


def _draw(systems: list[Counts], resamples: int, seed: int) -> list[dict[str, Floats]]:
    """Every score of every system on every resample, each (resamples,)."""
    texts = len(systems[0].decisions)
    random = np.random.default_rng(seed)
    blocks: list[list[dict[str, Floats]]] = []
    for start in range(0, resamples, _BLOCK):
        size = min(_BLOCK, resamples - start)
        weights = random.multinomial(texts, np.full(texts, 1 / texts), size=size).astype(np.float64)
        blocks.append([metrics(one, weights) for one in systems])
    return [
        {name: np.concatenate([block[index][name] for block in blocks]) for name in blocks[0][index]}
        for index in range(len(systems))
    ]


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _difference(observed: float, drawn: Floats) -> Difference:
    """The test shifts the drawn differences to a mean of none: how many are then as large as the one observed?"""
    as_large = int((np.abs(drawn - observed) >= abs(observed) - _ROUNDING).sum())
    return Difference(observed, *_interval(drawn), (as_large + 1) / (len(drawn) + 1))
