"""An evaluation as a JSON document: written once, read again for the model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from services.domain.errors import InvalidInput
from training.evaluation.figures import Evaluation
from training.metrics.counts import NEGATIVE
from training.metrics.results import ALL, Result, mean_macro_f1

FILE = "evaluation.json"


def evaluation_json(evaluation: Evaluation, results: Sequence[Result]) -> dict[str, Any]:
    """Plain values: `results` by language and source with a report by class, then all of the evaluation."""
    content = msgspec.to_builtins(evaluation)
    return {
        "model": evaluation.model,
        **results_json(results),
        **{name: rounded(value) for name, value in content.items()},
    }


def read_evaluation(path: Path) -> Evaluation:
    """Read the evaluation that lies in a folder or file.

    :raises InvalidInput: when it is missing or not what `groundswell evaluate` wrote.
    """
    file = path / FILE if path.is_dir() else path
    try:
        return msgspec.json.decode(file.read_bytes(), type=Evaluation)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidInput(f"{file}: expected the figures that `groundswell evaluate` writes: {error}") from error


def results_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return results as plain values, with means by task and language and over all sets."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        if one.source == ALL:
            groups.setdefault((one.task, one.language), []).append(one)
    return {
        "mean_macro_f1": round(mean_macro_f1(results), 4),
        "by_task_and_language": [
            {
                "task": task,
                "language": language,
                "sets": len(group),
                "mean_accuracy": round(sum(one.scores.accuracy for one in group) / len(group), 4),
                "mean_macro_f1": round(sum(one.scores.macro_f1 for one in group) / len(group), 4),
            }
            for (task, language), group in groups.items()
        ],
        "results": [_result(one) for one in results],
    }


def _result(one: Result) -> dict[str, Any]:
    scores = one.scores
    more = {"micro_f1": scores.micro_f1, "majority_micro_f1": scores.baseline_micro_f1}
    if NEGATIVE in scores.report:
        more["negative_f1"] = scores.report[NEGATIVE]["f1-score"]
    return {
        "set": one.set_name,
        "task": one.task,
        "language": one.language,
        "source": one.source,
        "rows": scores.rows,
        "rows_outside_the_labels": one.outside,
        "accuracy": round(scores.accuracy, 4),
        "macro_f1": round(scores.macro_f1, 4),
        "majority_accuracy": round(scores.baseline_accuracy, 4),
        "majority_macro_f1": round(scores.baseline_macro_f1, 4),
        **{name: round(value, 4) for name, value in more.items() if value is not None},
        "report": rounded(scores.report),
    }


def rounded(value: Any) -> Any:
    """Plain values, their numbers with four decimals."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value if value is None or isinstance(value, str | int) else round(float(value), 4)
