"""The head of an added topic: what serving computes, sigmoid(weights . x + bias) of a unit pooled vector x."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from training.fewshot.contrastive import fit_projection

Floats = npt.NDArray[np.float64]
_ZERO_SHOT_SCALE = 20.0
_DEVIATIONS = 2.0


@dataclass(frozen=True)
class Head:
    """One linear unit. *Shape:* weights (width,)."""

    weights: Floats
    bias: float

    def probabilities(self, units: Floats) -> Floats:
        """P(topic) of unit vectors. *Shapes:* (texts, width); (texts,)."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (units @ self.weights + self.bias))))


def fit_head(units: Floats, labels: npt.NDArray[np.bool_], seed: int) -> Head:
    """Centre and scale the vectors, project them contrastively, fit a logistic regression, and fold all of it into
    one linear unit. *Shapes:* (texts, width), (texts,).
    """
    centre = units.mean(axis=0)
    spread = max(float(np.sqrt(((units - centre) ** 2).sum(axis=1).mean())), 1e-12)
    inputs = (units - centre) / spread
    projection = fit_projection(inputs, labels, seed)
    regression = LogisticRegression(class_weight="balanced", max_iter=1000).fit(inputs @ projection.T, labels)
    weights = regression.coef_[0] @ projection / spread
    return Head(weights, float(regression.intercept_[0] - weights @ centre))


def prototype_head(prototypes: Floats, references: Floats) -> Head:
    """A head without examples: the cosine to the mean of the topic's names.

    The probability is 0.5 where the cosine is two standard deviations above the mean cosine of the references,
    the names of the model's own topics: nothing better is known without examples, and it is not measured.

    *Shapes:* (names, width), (references, width), of length 1.
    """
    mean = prototypes.mean(axis=0)
    direction = mean / max(float(np.linalg.norm(mean)), 1e-12)
    cosines = references @ direction
    boundary = float(cosines.mean() + _DEVIATIONS * cosines.std())
    return Head(_ZERO_SHOT_SCALE * direction, -_ZERO_SHOT_SCALE * boundary)


def topic_languages(examples: Sequence[tuple[str, bool]], known: Sequence[str]) -> tuple[str, ...]:
    """The languages, of those the model knows, in which there are examples of the topic: (language, positive)."""
    taught = {lang for lang, positive in examples if positive}
    return tuple(lang for lang in known if lang in taught)
