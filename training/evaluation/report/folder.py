"""An evaluation in a folder: figures (JSON), a page (Markdown), and pictures (PNG)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.progress import track

from services.domain.errors import InvalidInput
from training.data.taxonomy import Taxonomy
from training.evaluation.figures import Evaluation
from training.evaluation.report.json_document import FILE
from training.evaluation.report.markdown_page import markdown_page
from training.evaluation.report.pictures.confusion import draw_confusion
from training.evaluation.report.pictures.fonts import drawable, plain_names
from training.evaluation.report.pictures.reliability import draw_reliability
from training.metrics.label_space import LabelSpace
from training.metrics.results import Result

PAGE = "evaluation.md"
PICTURES = "pictures"


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    results: Sequence[Result],
    document: Mapping[str, Any],
    label_spaces: Sequence[LabelSpace],
    taxonomy: Taxonomy,
) -> None:
    """Write `evaluation.json`, `evaluation.md` and `pictures/`; what else is in the folder stays.

    :raises InvalidInput: when the folder cannot be written.
    """
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        write_json(folder / FILE, document)
        pictures = _draw(folder, evaluation, label_spaces, taxonomy)
        (folder / PAGE).write_text(markdown_page(evaluation, results, pictures), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{folder}: cannot be written: {error.strerror}") from error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write figures, readable for people too.

    :raises InvalidInput: when the file cannot be written.
    """
    _write(path, json.dumps(document, indent=1, ensure_ascii=False))


def write_report(path: Path, document: Mapping[str, Any], markdown: str) -> None:
    """Write figures as JSON, and beside them for readers as Markdown.

    :raises InvalidInput: when a file cannot be written.
    """
    write_json(path, document)
    _write(path.with_suffix(".md"), markdown.rstrip())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from error


def _draw(
    folder: Path, evaluation: Evaluation, label_spaces: Sequence[LabelSpace], taxonomy: Taxonomy
) -> dict[tuple[str, str], list[str]]:
    """Draw both pictures of each task; their paths relative to `folder`."""
    by_task = {(one.set_name, one.task): one for one in label_spaces}
    paths: dict[tuple[str, str], list[str]] = {}
    for task in track(evaluation.tasks, description="drawing", transient=True):
        space = by_task[task.set_name, task.task]
        stem, title = f"{PICTURES}/{task.set_name}-{task.task}", f"{task.task}, {task.rows:,} rows"
        if task.set_name.isascii():
            title = f"{task.set_name}, {title}"
        names, family = drawable(space.labels, plain_names(space, taxonomy))
        draw_confusion(task.confusion, names, family, title, folder / f"{stem}-confusion.png")
        draw_reliability(task.bins, task.calibration_error, title, folder / f"{stem}-calibration.png")
        paths[task.set_name, task.task] = [f"{stem}-confusion.png", f"{stem}-calibration.png"]
    return paths
