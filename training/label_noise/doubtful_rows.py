"""Doubtful labels of a registered set, by a bundle's probabilities."""

from __future__ import annotations

from typing import Any

from services.inference.bundle import Bundle
from services.inference.classifier import Classifier
from training.data.examples import check_labels, merge_repeats
from training.data.registry import data_root, registered_sets
from training.data.sources import read_set
from training.data.taxonomy import load_taxonomy
from training.errors import ConfigError
from training.inference.bundle import classify
from training.label_noise.confident_learning import suspects
from training.metrics.label_space import label_spaces
from training.metrics.predictions import predictions


def doubtful_rows(
    bundle: Bundle, set_name: str, *, registry: str = "", threads: int = 0
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many rows of a set were checked, and those with a doubtful label, the most doubtful first.

    Sentiment is read in the set's own convention, where the bundle knows it: another view of what is negative is no
    wrong label.

    `registry`: a file of the user's own sets, beside the registered ones.

    Repeats are one row, contradictory ones are left out, as in training.

    :raises ConfigError: when the set is not registered, missing, or has several labels a row.
    :raises DataError: when a line is wrong.
    """
    sets, taxonomy = registered_sets(registry), load_taxonomy()
    if set_name not in sets:
        raise ConfigError(f"unknown set {set_name!r}; registered are {', '.join(sorted(sets))}")
    spec = sets[set_name]
    space = label_spaces(spec, taxonomy)[0]
    if space.multi:
        raise ConfigError(f"noise: expected a set with one label a row, got {set_name}, which has several")
    rows = read_set(spec, data_root())
    label_map = taxonomy.label_map(set_name)
    for row in rows:
        check_labels(row, spec, label_map, spec.path or spec.hub)
    texts = [row for row in merge_repeats(rows, rule=spec.repeats).rows if space.gold(row.labels)]
    classifier, own = Classifier(bundle, threads=threads), [set_name] * len(texts)
    values = classify(classifier, [row.text for row in texts], taxonomy, conventions=own)
    found = predictions(space, texts, values, {})
    labels = [space.labels.index(one.gold[0]) for one in found if one.gold]
    doubtful = suspects(labels, [[one.probabilities[name] for name in space.labels] for one in found])
    return len(texts), [
        {
            "id": texts[one.row].id,
            "line": texts[one.row].line,
            "text": texts[one.row].text,
            "label": space.labels[one.label],
            "suggested": space.labels[one.suggested],
            "margin": round(one.margin, 6),
            "probabilities": {name: round(value, 6) for name, value in found[one.row].probabilities.items()},
        }
        for one in doubtful
    ]
