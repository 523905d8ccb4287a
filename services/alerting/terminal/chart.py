"""A bar chart in plain characters, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = len(BLOCKS) - 1
BAR = 2
"""Columns of a bar; a blank follows it."""


def bar_chart(values: Sequence[float], labels: Sequence[str], height: int) -> list[str]:
    """`height` lines of bars, an axis from 0 to the largest of `values`, and a label of two characters under each bar.

    A value above 0 shows as one eighth of a line at least.
    """
    most = max(values)
    top = f"{most:,.1f}"
    pad = " " * len(top)
    eighths = [_eighths(value, most, height) for value in values]
    lines = []
    for row in reversed(range(height)):
        bars = (BLOCKS[min(max(each - EIGHTHS * row, 0), EIGHTHS)] * BAR for each in eighths)
        lines.append(f"{top if row == height - 1 else pad} │{' '.join(bars)}".rstrip())
    lines.append(f"{'0':>{len(top)}} └{'─' * ((BAR + 1) * len(values) - 1)}")
    lines.append(f"{pad}  {' '.join(labels)}")
    return lines


def _eighths(value: float, most: float, height: int) -> int:
    """The length of a bar in eighths of a line."""
    return 0 if value <= 0.0 else max(1, round(value / most * height * EIGHTHS))
