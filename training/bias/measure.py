"""Counterfactual bias: how far the sentiment moves when only a name changes. It should not.

Counterfactual token fairness: Garg et al. 2019, https://arxiv.org/abs/1809.10610.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from services.inference.scores import Scores
from training.bias.counterfactuals import Probe, load_names, template_probes
from training.evaluation.report.json_document import rounded

NEGATIVE = 0
_CHUNK = 256

Score = Callable[[Sequence[str]], Sequence[Scores]]
"""Texts to scores, such as `Classifier.score`."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GroupFigure:
    """Mean P(negative) of the texts with the names of one group, over all probes."""

    group: str
    negative: float


@dataclass(frozen=True)
class BiasResult:
    """Names of one kind in one language, in sentences (`templates`) or in real texts.

    A change is |P(negative with one name) - P(negative with another)| in the same text, over all pairs of names;
    `flipped` is the share of the pairs with different leading sentiments.
    """

    kind: str
    language: str
    source: str
    texts: int
    names: int
    mean_change: float
    p95_change: float
    flipped: float
    groups: tuple[GroupFigure, ...]

    @property
    def spread(self) -> float:
        """The highest group mean less the lowest."""
        means = [one.negative for one in self.groups]
        return max(means) - min(means)


@dataclass(frozen=True)
class BiasReport:
    """All results, by kind, language and source in the order of the probes."""

    results: tuple[BiasResult, ...]

    def as_json(self) -> list[dict[str, Any]]:
        """Plain values, rounded."""
        return [rounded({**asdict(one), "spread": one.spread}) for one in self.results]


def bias_report(score: Score, probes: Sequence[Probe] | None = None) -> BiasReport:
    """Score every text of every probe, with a progress bar, and compare within each probe.

    :param probes: by default the sentences of `names.yaml`; see `text_probes` for real texts.
    :raises ConfigError: when `names.yaml` is wrong.
    """
    chosen = template_probes(load_names()) if probes is None else list(probes)
    texts = [text for probe in chosen for text in probe.texts]
    shares: list[tuple[float, float, float]] = []
    for start in track(range(0, len(texts), _CHUNK), description="swapping names", transient=True):
        shares += [one.sentiment for one in score(texts[start : start + _CHUNK])]
    groups: dict[tuple[str, str, str], list[tuple[Probe, Floats]]] = {}
    for probe, rows in zip(chosen, _parts(shares, chosen), strict=True):
        groups.setdefault((probe.kind, probe.lang, probe.source), []).append((probe, rows))
    return BiasReport(tuple(summarise(found) for found in groups.values()))


def summarise(found: Sequence[tuple[Probe, Floats]]) -> BiasResult:
    """Figures over probes of one kind, language and source. *Shape:* (names, 3) each."""
    first = found[0][0]
    pairs = [pair for _, rows in found for pair in combinations(rows, 2)]
    changes = np.array([abs(one[NEGATIVE] - other[NEGATIVE]) for one, other in pairs])
    by_group: dict[str, list[float]] = {}
    for probe, rows in found:
        for group, row in zip(probe.groups.values(), rows, strict=True):
            by_group.setdefault(group, []).append(float(row[NEGATIVE]))
    return BiasResult(
        kind=first.kind,
        language=first.lang,
        source=first.source,
        texts=len(found),
        names=len(first.groups),
        mean_change=float(changes.mean()),
        p95_change=float(np.quantile(changes, 0.95)),
        flipped=sum(one.argmax() != other.argmax() for one, other in pairs) / len(pairs),
        groups=tuple(GroupFigure(group, float(np.mean(values))) for group, values in by_group.items()),
    )


def _parts(shares: Sequence[tuple[float, float, float]], probes: Sequence[Probe]) -> Iterator[Floats]:
    start = 0
    for probe in probes:
        end = start + len(probe.groups)
        yield np.array(shares[start:end])
        start = end
