"""An evaluation as a JSON document: written once, read again for the model card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from services.domain.errors import InvalidInput
from training.evaluation.measure import Evaluation
from training.evaluation.report import as_json, rounded
from training.metrics.results import Result

FILE = "evaluation.json"


def as_document(evaluation: Evaluation, results: Sequence[Result]) -> dict[str, Any]:
    """Plain values: ``results`` by language and source with a report by class, then all of the evaluation."""
    content = msgspec.to_builtins(evaluation)
    return {"model": evaluation.model, **as_json(results), **{name: rounded(value) for name, value in content.items()}}


def read_evaluation(path: Path) -> Evaluation:
    """Read the evaluation that lies in a folder or file.

    :raises InvalidInput: when it is missing or not what ``groundswell evaluate`` wrote.
    """
    file = path / FILE if path.is_dir() else path
    try:
        return msgspec.json.decode(file.read_bytes(), type=Evaluation)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidInput(f"{file}: expected the figures that `groundswell evaluate` writes: {error}") from error
