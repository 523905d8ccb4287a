"""The threshold of an added topic and what to expect of it, by repeated stratified cross validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.progress import track
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from services.inference.added_topics import Quality
from training.fewshot.head import fit_head

FOLDS = 5
REPEATS = 4
RARE = 0.05
"""The largest share of a stream that a topic is taken to have: of the examples it often has half."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Validated:
    """The threshold for serving, a logit, and the quality of heads whose threshold was chosen without the texts they
    judge.
    """

    threshold: float
    quality: Quality


def best_threshold(logits: Floats, labels: Flags, weights: Floats) -> float:
    """The threshold of the best F1, in the middle of the gap that it lies in; the highest of several equals.

    `weights`: for how many texts each counts.
    """
    values = np.unique(logits)
    cuts = np.concatenate([[values[0] - 1.0], (values[1:] + values[:-1]) / 2])
    found = logits[None, :] >= cuts[:, None]
    right = (found & labels) @ weights
    f1 = 2 * right / (found @ weights + weights[labels].sum())
    return float(cuts[np.flatnonzero(f1 >= f1.max() - 1e-12)[-1]])


def cross_validate(units: Floats, labels: Flags, *, seed: int = 0) -> Validated:
    """Stratified k-fold, repeated with other folds; k is 5, or the size of the smaller class.

    The texts of a fold are decided by a head fitted on the other folds, at the threshold that is best for what such
    heads say of the other folds. The figures are means over the repeats; the threshold for serving is the best one
    over all repeats. Texts that are not of the topic count for so many that the topic is as rare as in a stream.
    *Shapes:* (texts, width), of length 1, and (texts,).
    """
    folds = min(FOLDS, int(labels.sum()), int((~labels).sum()))
    prevalence = min(RARE, float(labels.mean()))
    odds = (1 - prevalence) / prevalence
    weights = np.where(labels, 1.0, odds * labels.sum() / (~labels).sum())
    outside = np.zeros((REPEATS, len(labels)))
    scores = []
    for repeat in track(range(REPEATS), description="cross-validating", transient=True):
        splits = list(StratifiedKFold(folds, shuffle=True, random_state=seed + repeat).split(units, labels))
        for kept, left in splits:
            outside[repeat, left] = fit_head(units[kept], labels[kept]).logits(units[left])
        decisions = np.zeros(len(labels), dtype=bool)
        for kept, left in splits:
            decisions[left] = outside[repeat, left] >= best_threshold(
                outside[repeat, kept], labels[kept], weights[kept]
            )
        found = precision_recall_fscore_support(
            labels, decisions, average="binary", zero_division=0.0, sample_weight=weights
        )
        scores.append(found[:3])
    precision, recall, f1 = (round(float(value), 4) for value in np.mean(scores, axis=0))
    quality = Quality(
        f1=f1,
        precision=precision,
        recall=recall,
        prevalence=round(prevalence, 4),
        n=len(labels),
        positives=int(labels.sum()),
        folds=folds,
        repeats=REPEATS,
    )
    threshold = best_threshold(outside.ravel(), np.tile(labels, REPEATS), np.tile(weights, REPEATS))
    return Validated(threshold, quality)
