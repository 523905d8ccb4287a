"""How sure the model may look: temperatures by head and language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from services.inference.activations import softmax
from services.inference.calibration import ENTITIES, SENTIMENT, TOPICS, calibrate
from services.inference.scores import Scores
from services.text.language import detect
from training.data.examples import Example
from training.metrics.probabilities import Probabilities
from training.metrics.reliability import expected_calibration_error

Floats = npt.NDArray[np.float64]
_LEAST = 100
_TINY = 1e-12


@dataclass(frozen=True)
class HeadCalibration:
    """Of one head in one language; `before` and `after` are expected calibration errors."""

    language: str
    head: str
    decisions: int
    temperature: float
    before: float
    after: float


@dataclass(frozen=True)
class _Decisions:
    """Of one head: the logits and what would be right. *Shapes:* (decisions, classes).

    `together`: which classes one label of the decision's set covers, as "not negative" covers two. *Shape:*
    (decisions, classes, classes).
    """

    logits: Floats
    allowed: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.bool_]
    together: npt.NDArray[np.bool_]


def fit_temperatures(examples: Sequence[Example], values: Probabilities) -> list[HeadCalibration]:
    """Fit a temperature a head and language by the least negative log likelihood of the development labels.

    A label that allows several classes counts by their summed probability; classes that a set does not know are
    left out. A head with fewer than 100 decisions in a language keeps 1. Guo et al. 2017,
    https://arxiv.org/abs/1706.04599.
    """
    langs = np.array([detect(example.text) for example in examples])
    fitted: list[HeadCalibration] = []
    for lang in sorted(set(langs.tolist()) - {"other"}):
        rows = np.flatnonzero(langs == lang).tolist()
        part = [examples[row] for row in rows]
        for head, decisions in _heads(part, values.part(rows)).items():
            if len(decisions.logits) >= _LEAST:
                best = minimize_scalar(_loss(decisions), bounds=(-1.5, 1.5), method="bounded")
                warm = float(np.exp(best.x))
                before, after = (expected_calibration_error(*_confidences(decisions, t)) for t in (1.0, warm))
                fitted.append(HeadCalibration(lang, head, len(decisions.logits), round(warm, 4), before, after))
    return fitted


def by_language(fitted: Sequence[HeadCalibration]) -> dict[str, dict[str, float]]:
    """Temperatures as the manifest holds them."""
    found: dict[str, dict[str, float]] = {}
    for one in fitted:
        found.setdefault(one.language, {})[one.head] = one.temperature
    return found


def calibrated(
    examples: Sequence[Example], values: Probabilities, temperatures: dict[str, dict[str, float]]
) -> Probabilities:
    """The probabilities as serving will give them."""
    soft = Probabilities([], [], [])
    for example, tones, topics, entities in zip(
        examples, values.sentiment, values.topics, values.entities, strict=True
    ):
        a, b, c = tones
        towards = tuple((x, y, z) for x, y, z in entities)
        scores = Scores((a, b, c), {str(index): p for index, p in enumerate(topics)}, towards)
        scores = calibrate(scores, temperatures.get(detect(example.text), {}))
        soft.sentiment.append(list(scores.sentiment))
        soft.topics.append(list(scores.topics.values()))
        soft.entities.append([list(one) for one in scores.entities])
    return soft


def _heads(examples: Sequence[Example], values: Probabilities) -> dict[str, _Decisions]:
    texts = [(row, example) for row, example in enumerate(examples) if example.allowed]
    entities = [(row, index, one) for row, e in enumerate(examples) for index, one in enumerate(e.entities)]
    topics = [(row, index) for row, example in enumerate(examples) for index in example.known]
    chances = [values.topics[row][index] for row, index in topics]
    about = [index in examples[row].topics for row, index in topics]
    return {
        SENTIMENT: _decisions(
            [values.sentiment[row] for row, _ in texts],
            [e.allowed for _, e in texts],
            [e.classes for _, e in texts],
            [e.set_name for _, e in texts],
        ),
        ENTITIES: _decisions(
            [values.entities[row][index] for row, index, _ in entities],
            [one.allowed for *_, one in entities],
            [one.classes for *_, one in entities],
            [examples[row].set_name for row, *_ in entities],
        ),
        TOPICS: _decisions(
            [[1.0 - p, p] for p in chances],
            [(int(one),) for one in about],
            [(0, 1)] * len(about),
            [""] * len(about),
            width=2,
        ),
    }


def _decisions(
    shares: Sequence[Sequence[float]],
    allowed: Sequence[tuple[int, ...]],
    classes: Sequence[tuple[int, ...]],
    sets: Sequence[str],
    width: int = 3,
) -> _Decisions:
    logits = np.log(np.maximum(np.array(shares, dtype=np.float64).reshape(-1, width), _TINY))
    return _Decisions(logits, _masks(allowed, width), _masks(classes, width), _together(allowed, sets, width))


def _together(allowed: Sequence[tuple[int, ...]], sets: Sequence[str], width: int) -> npt.NDArray[np.bool_]:
    """For each decision and class, the classes of the narrowest label of its set that covers the class."""
    tables: dict[str, npt.NDArray[np.bool_]] = {}
    for name in set(sets):
        labels = {label for label, owner in zip(allowed, sets, strict=True) if owner == name}
        table = np.eye(width, dtype=np.bool_)
        for label in sorted(labels, key=len, reverse=True):
            table[list(label)] = _masks([label], width)
        tables[name] = table
    return np.array([tables[name] for name in sets], dtype=np.bool_).reshape(-1, width, width)


def _masks(rows: Sequence[tuple[int, ...]], width: int) -> npt.NDArray[np.bool_]:
    masks = np.zeros((len(rows), width), dtype=np.bool_)
    for index, row in enumerate(rows):
        masks[index, list(row)] = True
    return masks


def _shares(decisions: _Decisions, temperature: float) -> Floats:
    """Probabilities within the classes that count. *Shape:* (decisions, classes)."""
    return softmax(np.where(decisions.classes, decisions.logits / temperature, -np.inf))


def _loss(decisions: _Decisions) -> Callable[[float], float]:
    def loss(log_temperature: float) -> float:
        shares = _shares(decisions, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum((shares * decisions.allowed).sum(axis=1), _TINY)).mean())

    return loss


def _confidences(decisions: _Decisions, temperature: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """How sure the leading label is, and whether it is right. *Shapes:* (decisions,)."""
    shares = (decisions.together @ _shares(decisions, temperature)[..., None])[..., 0]
    leading = shares.argmax(axis=1)
    return shares.max(axis=1), decisions.allowed[np.arange(len(leading)), leading]
