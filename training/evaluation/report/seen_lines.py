"""What readers are told of the rows that a model was trained on."""

from __future__ import annotations

from training.evaluation.figures import Evaluation


def seen_lines(evaluation: Evaluation) -> list[str]:
    """Say, a line each, how many rows the model was trained on, and the scores of each task without them."""
    seen = evaluation.seen
    if seen is None:
        return []
    if not seen.checked:
        return [f"{evaluation.model} has no list of its training texts: whether it has seen these cannot be checked"]
    if not seen.rows:
        return ["none of the rows is among the texts that the model was trained on"]
    rows = "1 row is" if seen.rows == 1 else f"{seen.rows} rows are"
    counts = f"{rows} among the texts that the model was trained on ({seen.exact} to the letter"
    return [f"{counts}, the others but for links, digits, case and punctuation); without them:"] + [
        f"{one.set_name}, {one.task}, {one.language}: {one.rows} rows, accuracy {one.accuracy:.3f}, "
        f"macro-F1 {one.macro_f1:.3f}"
        for one in seen.without
    ]
