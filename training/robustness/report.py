"""A robustness report for readers: a table for the terminal, JSON, Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from training.robustness.results import NoiseResult, kind_means

_COLUMNS = ("noise", "rows", "acc.", "noisy\nacc.", "F1", "noisy\nF1", "F1\ndrop", "flipped")
_NOTE = (
    "Over the rows that the noise changed. F1: macro-averaged; flipped: the share of these rows whose predicted labels "
    "changed."
)


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
