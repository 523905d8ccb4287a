"""A bias report for readers: a table for the terminal, Markdown, and a picture of the group means."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from rich.table import Table

from training.bias.counterfactuals import TEMPLATES
from training.bias.measure import BiasReport, BiasResult, GroupFigure

_COLUMNS = ("names", "lang", "in", "texts", "mean", "p95", "flipped", "spread", "most negative")
_LEFT = ("names", "lang", "in", "most negative")
_NOTE = (
    "mean and p95 (95th percentile): of the change of P(negative) between two names in the same text, over all pairs; "
    "flipped: the share of pairs with different leading sentiments; spread: the highest group mean of P(negative) less "
    "the lowest."
)


def bias_table(report: BiasReport, title: str) -> Table:
    """One line a kind, language and source."""
    view = Table(title=title, caption=_NOTE, box=None, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        view.add_column(column, justify="left" if column in _LEFT else "right", no_wrap=True)
    for one in report.results:
        view.add_row(*_cells(one))
    return view


def bias_markdown(report: BiasReport, title: str) -> str:
    """The table, and the mean of each group, as Markdown."""
    lines = [f"# {title}", "", "| " + " | ".join(_COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    lines += ["| " + " | ".join(_cells(one)) + " |" for one in report.results]
    lines += ["", _NOTE, ""]
    for one in report.results:
        lines += [f"## {one.kind}, {one.language}, {one.source}", "", "| group | mean P(negative) |", "|---|---|"]
        lines += [f"| {each.group} | {each.negative:.3f} |" for each in _ranked(one)]
        lines.append("")
    return "\n".join(lines)


def bias_picture(report: BiasReport, path: Path) -> None:
    """Draw the mean P(negative) of each group of the sentences as bars, one panel a kind and language (PNG).

    All groups read the same sentences, so the bars of a panel should be alike; the line is their mean.
    """
    shown = [one for one in report.results if one.source == TEMPLATES] or list(report.results)
    rows = (len(shown) + 1) // 2
    heights = [1.0 + 0.2 * max(len(one.groups) for one in shown[2 * row : 2 * row + 2]) for row in range(rows)]
    figure = Figure(figsize=(11, sum(heights)), layout="constrained")
    panels = list(figure.subplots(rows, 2, squeeze=False, height_ratios=heights).flat)
    for panel, one in zip(panels, shown, strict=False):
        ranked = _ranked(one)[::-1]
        means = [each.negative for each in ranked]
        panel.barh([each.group for each in ranked], means, color="#4c78a8")
        panel.axvline(sum(means) / len(means), color="#333333", linewidth=1)
        panel.set_xlim(0, max(0.5, 1.1 * max(means)))
        panel.set_title(f"{one.kind}, {one.language}: mean change {one.mean_change:.3f}, flipped {one.flipped:.1%}")
        panel.set_xlabel("mean P(negative) in the same sentences")
    for panel in panels[len(shown) :]:
        panel.set_visible(False)
    figure.savefig(path, dpi=110)


def _ranked(one: BiasResult) -> list[GroupFigure]:
    return sorted(one.groups, key=lambda each: -each.negative)


def _cells(one: BiasResult) -> list[str]:
    figures = [f"{one.mean_change:.3f}", f"{one.p95_change:.3f}", f"{one.flipped:.1%}", f"{one.spread:.3f}"]
    return [one.kind, one.language, one.source, str(one.texts), *figures, _ranked(one)[0].group]
