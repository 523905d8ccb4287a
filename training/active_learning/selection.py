"""Which texts are worth labelling: those of which a model is unsure, each for a reason of its own."""

import numpy as np
import numpy.typing as npt

from services.common.added_topics import unit

Floats = npt.NDArray[np.float64]


def margins(probabilities: Floats) -> Floats:
    """The lead of the most probable class over the next, 0 where the model is least sure.

    Scheffer et al. 2001, Active Hidden Markov Models for Information Extraction. *Shapes:* (texts, classes); (texts,).
    """
    ordered = np.sort(probabilities, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def least_sure(probabilities: Floats, most: int) -> list[int]:
    """The texts with the smallest margins, the smallest first; ties by position. *Shape:* (texts, classes)."""
    return [int(row) for row in np.argsort(margins(probabilities), kind="stable")[:most]]


def gradient_embeddings(probabilities: Floats, pooled: Floats) -> Floats:
    """How the last layer would be pushed if the leading class of each text were its label.

    (p - onehot(argmax p)) x z: long where the model is unsure, in a direction that depends on what it hesitates
    between and on the text. Ash et al. 2020 (BADGE), https://arxiv.org/abs/1906.03671, equation 1. Pooled vectors all
    have much in common, so z is the text's vector less the mean of all, brought to length 1.

    *Shapes:* (texts, classes), (texts, width); returns (texts, classes * width).
    """
    directions = unit(pooled - pooled.mean(axis=0))
    pushes = probabilities - np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    return np.asarray(np.einsum("nc,nw->ncw", pushes, directions).reshape(len(pooled), -1))


def spread_out(points: Floats, count: int, seed: int) -> list[int]:
    """Choose up to ``count`` points that are long and far apart, by the seeding of k-means++.

    The longest is the first; each next one is drawn with a probability that grows with the square of its distance to
    the nearest one chosen (Arthur and Vassilvitskii 2007, k-means++; here the origin counts as chosen too, so short
    points, of which the model is sure, are seldom drawn). Copies of a chosen point never are.

    *Shape:* (points, width).
    """
    random = np.random.default_rng(seed)
    distances = (points**2).sum(axis=1)
    chosen: list[int] = []
    while len(chosen) < min(count, len(points)) and distances.sum() > 0:
        drawn = random.choice(len(points), p=distances / distances.sum()) if chosen else distances.argmax()
        chosen.append(int(drawn))
        distances = np.minimum(distances, ((points - points[drawn]) ** 2).sum(axis=1))
    return chosen
