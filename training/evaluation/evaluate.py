"""Evaluate a bundle on a file in a registered set's format, or on all development splits."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from services.common.bundle import Bundle, load_bundle
from services.common.classifier import Classifier
from services.common.jsonl import open_writer
from services.common.mentions import Named
from training.config import TrainConfig
from training.data.corpus import build_corpus
from training.data.examples import check_labels, prepare
from training.data.reader import read_rows
from training.data.registry import LabelledSet, data_root, load_registry
from training.data.taxonomy import Taxonomy, load_taxonomy
from training.errors import ConfigError
from training.evaluation.dev import by_set, score_dev
from training.evaluation.readout import Readout, readouts
from training.evaluation.results import Prediction, Result, predictions, results
from training.evaluation.served import classify


@dataclass(frozen=True)
class FileEvaluation:
    """What a bundle says about a file, read in one set's labels.

    ``entities`` are the predictions for the entities of each row, empty where the set names none; ``results`` are of
    the texts first, then of the entities.
    """

    readout: Readout
    predictions: list[Prediction]
    entities: list[list[Prediction]]
    results: list[Result]

    @property
    def outside(self) -> int:
        """Rows whose label has no place in the task; they are predicted but not scored."""
        return sum(prediction.gold is None for prediction in self.predictions)


def evaluate_file(folder: Path, set_name: str, file: Path, *, threads: int = 0) -> FileEvaluation:
    """Predict and score every row of a file (``-`` and ``.gz`` too); nothing is dropped as a repeat.

    :raises ConfigError: when the set is not registered or the bundle lacks its topics.
    :raises DataError: when a line is wrong or has a label that the set does not know.
    :raises BundleInvalid: when the bundle is incomplete or altered.
    """
    registry, taxonomy = load_registry(), load_taxonomy()
    if set_name not in registry:
        raise ConfigError(f"unknown set {set_name!r}; registered are {', '.join(sorted(registry))}")
    spec = registry[set_name]
    readout, *others = readouts(spec, taxonomy)
    rows = list(read_rows(file, multi=spec.topics == "multi", entities=spec.entities))
    label_map = taxonomy.label_map(set_name)
    for row in rows:
        check_labels(row, spec, label_map, file.name)
    if not rows:
        raise ConfigError(f"{file.name}: no rows")
    bundle = load_bundle(folder)
    named = [[Named(prepare(one.named.name), one.named.occurrence) for one in row.entities] for row in rows]
    classifier = Classifier(bundle, threads=threads)
    values = classify(classifier, [row.text for row in rows], taxonomy, named, [set_name] * len(rows))
    found = predictions(readout, rows, values, thresholds_by_index(bundle, taxonomy))
    by_entity = [one for one in others if one.task == "entities"]
    towards = predictions(by_entity[0], rows, values, {}) if by_entity else []
    scored = results(readout, found) + (results(by_entity[0], towards) if towards else [])
    line = iter(towards)
    return FileEvaluation(readout, found, [list(islice(line, len(row.entities))) for row in rows], scored)


def evaluate_dev(folder: Path, config: TrainConfig, *, threads: int = 0) -> list[Result]:
    """Score a bundle on the development split of every set that a configuration names.

    :raises TrainingError: when a set is missing or wrong.
    :raises BundleInvalid: when the bundle is incomplete or altered.
    """
    registry, taxonomy = load_registry(), load_taxonomy()
    bundle = load_bundle(folder)
    groups = by_set(build_corpus(config, registry, taxonomy, data_root()).dev)
    texts = [example.text for group in groups.values() for example in group]
    named = [[entity.named for entity in example.entities] for group in groups.values() for example in group]
    own = [example.set_name for group in groups.values() for example in group]
    values = classify(Classifier(bundle, threads=threads), texts, taxonomy, named, own)
    wanted = dev_readouts(config, registry, taxonomy)
    return score_dev(wanted, groups, values, thresholds_by_index(bundle, taxonomy))


def dev_readouts(config: TrainConfig, registry: dict[str, LabelledSet], taxonomy: Taxonomy) -> list[Readout]:
    """Return how each set of a configuration reads its tasks."""
    return [readout for name in config.sets for readout in readouts(registry[name], taxonomy)]


def thresholds_by_index(bundle: Bundle, taxonomy: Taxonomy) -> dict[int, float]:
    """Return the bundle's topic thresholds by the topic's index in the taxonomy."""
    given = bundle.manifest.topic_thresholds
    return {index: given[name] for index, name in enumerate(taxonomy.ids) if name in given}


def write_predictions(path: Path, found: FileEvaluation) -> None:
    """Write one JSON object a line: id, gold, predicted, probabilities, and the same of each of its entities.

    :raises InvalidInput: when the file cannot be written.
    """
    with open_writer(path) as writer:
        for prediction, entities in zip(found.predictions, found.entities, strict=True):
            record = prediction.as_json(multi=found.readout.multi)
            if entities:
                record["entities"] = [one.as_json(multi=False) for one in entities]
            writer.write(record)
