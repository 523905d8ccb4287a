"""A report on explanations for readers: a table for the terminal, JSON, Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from training.explanations.faithfulness import Faithfulness

_COLUMNS = ("explanation", "texts", "top 1", "top 2", "top 3", "mean")


def faithfulness_table(found: Sequence[Faithfulness]) -> Table:
    """One line a method."""
    view = Table(title="Probability lost without the top pieces", box=None, padding=(0, 2, 0, 0))
    for column in _COLUMNS:
        view.add_column(column, justify="left" if column == _COLUMNS[0] else "right")
    for one in found:
        view.add_row(*_cells(one))
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
    lines = ["| " + " | ".join(cells) + " |" for cells in (_COLUMNS, *map(_cells, found))]
    lines.insert(1, "|---|" + "---:|" * (len(_COLUMNS) - 1))
    return "\n".join(["## Explanations, checked by deletion", "", *lines, ""])


def _cells(one: Faithfulness) -> tuple[str, ...]:
    return (one.method, str(one.texts), *(f"{drop:.3f}" for drop in (*one.drops, one.comprehensiveness)))
