"""One distillation run from teacher to student: where data, models and loop are wired."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from training.data.examples import by_set
from training.data.registry import data_root, permitted_sets
from training.data.unlabelled import UnlabelledText, load_unlabelled, registered_streams
from training.distillation.comparison import Comparison, compare_scores
from training.distillation.config import StudentConfig, load_student_config
from training.distillation.student import student_of
from training.distillation.task import DistillationTask, unlabelled_example
from training.distillation.teacher import Teacher, load_teacher
from training.errors import CheckpointError
from training.evaluation.development_split import DevelopmentSplit
from training.export.cost import write_costs
from training.learning.checkpoint import BEST, load_tensors
from training.learning.loop import learn
from training.learning.run import RunInputs, read_run_inputs
from training.learning.supervised import TrainingData
from training.model.multitask import MultiTaskModel

LOG = logging.getLogger(__name__)


def run_distillation(teacher_folder: Path, config_file: Path, output: Path, *, resume: bool) -> Comparison | None:
    """Train a student by a configuration file and leave a checkpoint in `output` that `groundswell export` takes,
    with what it costs in `cost.json`. Only the main process compares; the others return nothing.

    :raises TrainingError: when the teacher, the configuration, a data set or the checkpoint is wrong.
    """
    teacher = load_teacher(teacher_folder)
    config = load_student_config(config_file, teacher.origin)
    inputs = read_run_inputs(config.run)
    if teacher.trained.topic_ids != inputs.taxonomy.ids:
        raise CheckpointError(f"the teacher {teacher.name} was trained with another topic taxonomy")
    config = replace(config, run=inputs.config)
    torch.manual_seed(config.run.seed)
    student = student_of(teacher.trained.model, config.layers, config.run.model)
    data = inputs.begin(output, student, teacher.trained.tokenizer)
    texts, streams = read_streams(config)
    learnt = replace(data, train=(*data.train, *map(unlabelled_example, texts)))
    learn(student, DistillationTask(student, teacher.trained.model, learnt, config), config.run, output, resume=resume)
    if os.environ.get("RANK", "0") != "0":
        return None
    student.load_state_dict(load_tensors(output / BEST)["model"])
    found = compare(teacher, student, data, inputs)
    write_costs(output, [{**found.as_json(), "streams": streams}])
    return found


def read_streams(config: StudentConfig) -> tuple[list[UnlabelledText], dict[str, dict[str, Any]]]:
    """The unlabelled texts that a configuration names and its licence permits, and the licence and number of each
    stream's texts.

    :raises TrainingError: when a stream is missing or wrong.
    """
    if not config.distillation.streams:
        return [], {}
    sources = registered_streams(config.run.registry)
    caps = permitted_sets(config.distillation.streams, sources, config.run.licence)
    texts, counts = load_unlabelled(caps, sources, data_root())
    for name, count in counts.items():
        LOG.info("%s: %s", name, count)
    facts = {
        name: {"licence": sources[name].licence, "restricted": sources[name].restricted, "kept": count.kept}
        for name, count in counts.items()
    }
    return texts, facts


def compare(teacher: Teacher, student: MultiTaskModel, data: TrainingData, inputs: RunInputs) -> Comparison:
    """Score teacher and student on all development rows; a topic counts from a probability of 0.5 on."""
    dev = DevelopmentSplit(by_set(data.dev), data.label_spaces, inputs.taxonomy)
    scores = [
        dev.score(dev.predicted(model, teacher.trained.tokenizer, max_tokens=inputs.config.max_tokens), {})
        for model in (teacher.trained.model, student)
    ]
    return compare_scores(teacher.name, *scores)
