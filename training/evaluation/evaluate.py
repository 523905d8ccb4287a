"""Evaluate a bundle on a file in a registered set's format, or on all development splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.files.jsonl import open_writer
from training.config import TrainConfig
from training.data.examples import check_labels
from training.data.registry import registered_sets
from training.data.rows import Row, read_rows
from training.data.taxonomy import load_taxonomy
from training.errors import ConfigError
from training.evaluation.contamination import SeenTexts, find_seen_texts
from training.evaluation.development_split import development_split
from training.evaluation.task_predictions import Bundles, LabelledTexts, TaskPredictions, predict_tasks
from training.metrics.label_space import LabelSpace, label_spaces
from training.metrics.predictions import Prediction
from training.metrics.results import Result


@dataclass(frozen=True)
class FileEvaluation:
    """What a bundle says about the rows of a file in each task of a set, the first one being what it is read in, and
    which of them it was trained on.
    """

    rows: Sequence[Row]
    tasks: list[TaskPredictions]
    seen: SeenTexts

    @property
    def label_space(self) -> LabelSpace:
        """The task of the predictions."""
        return self.tasks[0].label_space

    @property
    def predictions(self) -> Sequence[Prediction]:
        """One a row."""
        return self.tasks[0].predictions

    @property
    def entities(self) -> list[list[Prediction]]:
        """The predictions for the entities of each row, empty where the set names none."""
        found: list[list[Prediction]] = [[] for _ in self.rows]
        for prediction in (
            one for each in self.tasks if each.label_space.task == "entities" for one in each.predictions
        ):
            found[prediction.row].append(prediction)
        return found

    @property
    def results(self) -> list[Result]:
        """The scores of each task."""
        return [result for one in self.tasks for result in one.results]

    @property
    def outside(self) -> int:
        """Rows whose label has no place in the task; they are predicted but not scored."""
        return sum(prediction.gold is None for prediction in self.predictions)


def evaluate_file(
    folder: Path,
    set_name: str,
    file: Path,
    *,
    other: Path | None = None,
    registry: str = "",
    threads: int = 0,
    allow_seen: bool = False,
) -> FileEvaluation:
    """Predict every row of a file (`-` and `.gz` too); nothing is dropped as a repeat.

    `registry`: a file of the user's own sets, beside the registered ones.

    :raises SeenInTraining: when the bundle was trained on too many of the rows, unless `allow_seen`.
    :raises ConfigError: when the set is not registered or the bundle lacks its topics.
    :raises DataError: when a line is wrong or has a label that the set does not know.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    """
    sets, taxonomy = registered_sets(registry), load_taxonomy()
    if set_name not in sets:
        raise ConfigError(f"unknown set {set_name!r}; registered are {', '.join(sorted(sets))}")
    spec = sets[set_name]
    rows = list(read_rows(file, multi=spec.topics == "multi", entities=spec.entities))
    label_map = taxonomy.label_map(set_name)
    for row in rows:
        check_labels(row, spec, label_map, file.name)
    if not rows:
        raise ConfigError(f"{file.name}: no rows")
    texts = [LabelledTexts(set_name, rows, label_spaces(spec, taxonomy))]
    seen = find_seen_texts(folder, texts, allow_seen=allow_seen, file=file.name)
    return FileEvaluation(rows, predict_tasks(Bundles(folder, other, threads=threads), texts, taxonomy), seen)


def evaluate_development(
    folder: Path, config: TrainConfig, *, other: Path | None = None, threads: int = 0, allow_seen: bool = False
) -> tuple[list[TaskPredictions], SeenTexts]:
    """Predict the development split of every set that a configuration names, in both readings.

    :raises SeenInTraining: as `evaluate_file`: the bundle was made by a configuration with other splits.
    :raises TrainingError: when a set is missing or wrong.
    :raises BundleInvalid: when a bundle is incomplete or altered.
    """
    dev = development_split(config)
    sets = [
        LabelledTexts(name, group, [one for one in dev.label_spaces if one.set_name == name])
        for name, group in dev.groups.items()
    ]
    seen = find_seen_texts(folder, sets, allow_seen=allow_seen)
    return predict_tasks(Bundles(folder, other, general=True, threads=threads), sets, dev.taxonomy), seen


def write_predictions(path: Path, found: FileEvaluation) -> None:
    """Write one JSON object a line: id, gold, predicted, probabilities, and the same of each of its entities.

    :raises InvalidInput: when the file cannot be written.
    """
    with open_writer(path) as writer:
        for prediction, entities in zip(found.predictions, found.entities, strict=True):
            record = prediction.as_json(multi=found.label_space.multi)
            if entities:
                record["entities"] = [one.as_json(multi=False) for one in entities]
            writer.write(record)
