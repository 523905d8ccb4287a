"""The guard before an evaluation: are the texts among those that the bundle was trained on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.contamination import SeenRows, find_seen, read_seen, require_unseen
from training.evaluation.figures import SeenReport, UnseenScores
from training.evaluation.task_predictions import LabelledTexts, TaskPredictions
from training.metrics.results import ALL, Result, results


@dataclass(frozen=True)
class SeenTexts:
    """The rows of each set that the bundle was trained on; None for a bundle without a list of its training texts."""

    by_set: Mapping[str, SeenRows] | None

    def report(self, tasks: Sequence[TaskPredictions]) -> SeenReport:
        """Whether that could be checked, how many rows were seen, and the scores of the others where some were."""
        if self.by_set is None:
            return SeenReport(checked=False, rows=0, exact=0)
        without = [result for one in tasks for result in self._results(one) if result.source == ALL]
        return SeenReport(
            checked=True,
            rows=sum(found.count for found in self.by_set.values()),
            exact=sum(found.exact for found in self.by_set.values()),
            without=tuple(
                UnseenScores(
                    set_name=one.set_name,
                    task=one.task,
                    language=one.language,
                    rows=one.scores.rows,
                    accuracy=one.scores.accuracy,
                    macro_f1=one.scores.macro_f1,
                )
                for one in without
            ),
        )

    def _results(self, task: TaskPredictions) -> list[Result]:
        seen = (self.by_set or {})[task.label_space.set_name]
        if not seen.count:
            return []
        return results(task.label_space, [one for one in task.predictions if not seen.rows[one.row]])


def find_seen_texts(folder: Path, sets: Sequence[LabelledTexts], *, allow_seen: bool, file: str = "") -> SeenTexts:
    """Look the texts of each set up in the list of the bundle in `folder`; `file` names them in errors.

    :raises SeenInTraining: when a set has too many that were seen, unless they are allowed.
    :raises TrainingError: when the list is broken.
    """
    seen = read_seen(folder)
    if seen is None:
        return SeenTexts(None)
    found = {one.set_name: find_seen(seen, [text.text for text in one.texts]) for one in sets}
    if not allow_seen:
        for name, rows in found.items():
            require_unseen(rows, file or name)
    return SeenTexts(found)
