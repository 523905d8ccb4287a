"""The threshold of an added topic and what to expect of it, by repeated stratified cross validation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.progress import track
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from services.common.added_topics import Quality
from training.fewshot.head import fit_head

FOLDS = 5
REPEATS = 4

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Validated:
    """The threshold for serving, and the quality of heads whose threshold was chosen without the texts they judge."""

    threshold: float
    quality: Quality


def best_threshold(probabilities: Floats, labels: Flags) -> float:
    """The threshold of the best F1, in the middle of the gap that it lies in; the highest of several equals."""
    values = np.unique(probabilities)
    cuts = np.concatenate([[values[0] / 2], (values[1:] + values[:-1]) / 2])
    found = probabilities[None, :] >= cuts[:, None]
    right = (found & labels).sum(axis=1)
    f1 = 2 * right / (found.sum(axis=1) + labels.sum())
    return float(cuts[np.flatnonzero(f1 == f1.max())[-1]])


def cross_validate(units: Floats, labels: Flags, *, seed: int = 0) -> Validated:
    """Stratified k-fold, repeated with other folds; k is 5, or the size of the smaller class.

    The texts of a fold are judged by a head fitted on the other folds, at the threshold that is best for what such
    heads say of the other folds. The figures are means over the repeats; the threshold for serving is the best one
    over all repeats. *Shapes:* (texts, width), of length 1, and (texts,).
    """
    folds = min(FOLDS, int(labels.sum()), int((~labels).sum()))
    outside = np.zeros((REPEATS, len(labels)))
    scores = []
    for repeat in track(range(REPEATS), description="cross-validating", transient=True):
        splits = list(StratifiedKFold(folds, shuffle=True, random_state=seed + repeat).split(units, labels))
        for kept, left in splits:
            outside[repeat, left] = fit_head(units[kept], labels[kept], seed + repeat).probabilities(units[left])
        decisions = np.zeros(len(labels), dtype=bool)
        for kept, left in splits:
            decisions[left] = outside[repeat, left] >= best_threshold(outside[repeat, kept], labels[kept])
        scores.append(precision_recall_fscore_support(labels, decisions, average="binary", zero_division=0.0)[:3])
    precision, recall, f1 = (round(float(value), 4) for value in np.mean(scores, axis=0))
    quality = Quality(
        f1=f1,
        precision=precision,
        recall=recall,
        n=len(labels),
        positives=int(labels.sum()),
        folds=folds,
        repeats=REPEATS,
    )
    return Validated(best_threshold(outside.ravel(), np.tile(labels, REPEATS)), quality)
