"""The head of an added topic: what serving computes, sigmoid(weights . x + bias) of a unit pooled vector x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from services.inference.added_topics import unit
from training.fewshot.contrastive import fit_projection

Floats = npt.NDArray[np.float64]
DECIDED_AT = 0.5
"""P(topic) from which on a text is of the topic; monitoring follows texts from there on too."""
_INVERSE_PENALTY = 10.0
_ZERO_SHOT_SCALE = 20.0


@dataclass(frozen=True)
class Head:
    """One linear unit. *Shape:* weights (width,)."""

    weights: Floats
    bias: float

    def logits(self, units: Floats) -> Floats:
        """logit(P) of unit vectors. *Shapes:* (texts, width); (texts,)."""
        return np.asarray(units @ self.weights + self.bias)

    def decided_at(self, logit: float) -> Head:
        """The head that gives P = 0.5 where this one gives `logit`."""
        return Head(self.weights, self.bias - logit)


def fit_head(units: Floats, labels: npt.NDArray[np.bool_]) -> Head:
    """Centre and scale the vectors, project them contrastively, fit a logistic regression, and fold all of it into
    one linear unit. *Shapes:* (texts, width), (texts,).
    """
    centre = units.mean(axis=0)
    inputs = _scaled(units - centre)
    projection = fit_projection(inputs.vectors, labels)
    points = _scaled(inputs.vectors @ projection.T)
    regression = LogisticRegression(C=_INVERSE_PENALTY, class_weight="balanced", max_iter=1000)
    regression.fit(points.vectors, labels)
    weights = regression.coef_[0] @ projection / (inputs.spread * points.spread)
    return Head(weights, float(regression.intercept_[0] - weights @ centre))


def prototype_head(names: Floats, others: Floats) -> Head:
    """A head without examples: what the topic's names have that the names of other topics have not.

    Its direction is the mean of the unit differences between each name and the mean of the others; P is 0.5 where
    the names themselves lie. *Shapes:* (names, width), (others, width), of length 1.
    """
    mean = unit(names - others.mean(axis=0)).mean(axis=0)
    direction = unit(mean[None])[0]
    boundary = float((names @ direction).mean())
    return Head(_ZERO_SHOT_SCALE * direction, -_ZERO_SHOT_SCALE * boundary)


def topic_languages(examples: Sequence[tuple[str, bool]], known: Sequence[str]) -> tuple[str, ...]:
    """The languages, of those the model knows, in which there are examples of the topic: (language, positive)."""
    taught = {lang for lang, positive in examples if positive}
    return tuple(lang for lang in known if lang in taught)


@dataclass(frozen=True)
class _Scaled:
    """Vectors whose mean square length is 1, and what they were divided by."""

    vectors: Floats
    spread: float


def _scaled(vectors: Floats) -> _Scaled:
    spread = max(float(np.sqrt((vectors**2).sum(axis=1).mean())), 1e-12)
    return _Scaled(vectors / spread, spread)
