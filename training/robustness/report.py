"""A robustness report for readers: tables for the terminal, JSON, Markdown; of noise, and of explanations."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from training.evaluation.faithfulness import Faithfulness
from training.robustness.results import NoiseResult, kind_means

_COLUMNS = ("noise", "rows", "acc.", "noisy\nacc.", "F1", "noisy\nF1", "F1\ndrop", "flipped")
_NOTE = (
    "Over the rows that the noise changed. F1: macro-averaged; flipped: the share of these rows whose predicted labels "
    "changed."
)
_DELETED = ("explanation", "texts", "top 1", "top 2", "top 3", "mean")


def noise_table(results: Sequence[NoiseResult], title: str) -> Table:
    """A heading for each set and task, one line a kind of noise, and the means of each kind at the end."""
    view = Table(title=title, caption=_NOTE, box=None, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        view.add_column(column, justify="left" if column == _COLUMNS[0] else "right", no_wrap=True)
    for heading, lines in _blocks(results).items():
        view.add_row(f"[bold]{heading}")
        for line in lines:
            view.add_row(*line)
    return view


def noise_json(results: Sequence[NoiseResult]) -> dict[str, Any]:
    """All results, and their means by kind of noise."""
    means = [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(one).items()}
        for one in kind_means(results)
    ]
    return {"by_kind": means, "results": [one.as_json() for one in results]}


def noise_markdown(results: Sequence[NoiseResult]) -> str:
    """The table as Markdown."""
    lines = ["| set | " + " | ".join(column.replace("\n", " ") for column in _COLUMNS) + " |"]
    lines.append("|---|---|" + "---:|" * (len(_COLUMNS) - 1))
    for heading, block in _blocks(results).items():
        lines += [f"| {heading} | " + " | ".join(line) + " |" for line in block]
    return "\n".join([*lines, "", _NOTE, ""])


def faithfulness_table(found: Sequence[Faithfulness]) -> Table:
    """One line a method."""
    view = Table(title="Probability lost without the top pieces", box=None, padding=(0, 2, 0, 0))
    for column in _DELETED:
        view.add_column(column, justify="left" if column == _DELETED[0] else "right")
    for one in found:
        view.add_row(*_deleted(one))
    return view


def faithfulness_json(found: Sequence[Faithfulness]) -> list[dict[str, Any]]:
    """The drops after leaving out one, two and three pieces, and their mean."""
    return [
        {
            "method": one.method,
            "texts": one.texts,
            "drops": [round(drop, 4) for drop in one.drops],
            "comprehensiveness": round(one.comprehensiveness, 4),
        }
        for one in found
    ]


def faithfulness_markdown(found: Sequence[Faithfulness]) -> str:
    """The table as Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (_DELETED, *map(_deleted, found))]
    lines.insert(1, "|---|" + "---:|" * (len(_DELETED) - 1))
    return "\n".join(["## Explanations, checked by deletion", "", *lines, ""])


def _deleted(one: Faithfulness) -> tuple[str, ...]:
    return (one.method, str(one.texts), *(f"{drop:.3f}" for drop in (*one.drops, one.comprehensiveness)))


def _blocks(results: Sequence[NoiseResult]) -> dict[str, list[tuple[str, ...]]]:
    """Lines by set and task, and the means."""
    blocks: dict[str, list[tuple[str, ...]]] = {}
    for one in results:
        figures = (one.accuracy, one.noisy_accuracy, one.macro_f1, one.noisy_macro_f1)
        line = (one.kind, str(one.rows), *(f"{value:.3f}" for value in figures), *_costs(one.drop, one.flipped))
        blocks.setdefault(f"{one.set_name}, {one.task}", []).append(line)
    blocks["mean"] = [
        (one.kind, "", "", "", "", "", *_costs(one.macro_f1_drop, one.flipped)) for one in kind_means(results)
    ]
    return blocks


def _costs(drop: float, flipped: float) -> tuple[str, str]:
    return (f"{drop:+.3f}", f"{flipped:.1%}")
