"""A confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from training.metrics.confusion import NOTHING, Confusion

_DARK = 0.5
_NUMBERED = 12
"""So many labels at most have a number in each cell; of more, only cells with a twentieth of a row have one."""
_SHOWN = 0.05


def draw_confusion(found: Confusion, names: Sequence[str], family: str, title: str, path: Path) -> None:
    """Draw a matrix (PNG): gold labels down, predicted ones across, shaded by the share of each row.

    :param names: what stands for the labels, in their order; `family` is a font that has their characters.
    """
    counts = np.array(found.counts, dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    across = [*names, *([NOTHING] if len(found.columns) > len(names) else [])]
    side = 2.6 + 0.42 * max(4, len(across))
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    panel = figure.add_subplot()
    image = panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        share = shares[row, column]
        if len(names) <= _NUMBERED or share >= _SHOWN:
            color = "white" if share > _DARK else "black"
            panel.text(column, row, f"{counts[row, column]:.0f}", ha="center", va="center", color=color, fontsize=8)
    panel.set_xticks(range(len(across)), across, rotation=45, ha="right", rotation_mode="anchor")
    panel.set_yticks(range(len(names)), names)
    for label in (*panel.get_xticklabels(), *panel.get_yticklabels()):
        label.set(family=family, fontsize=9, parse_math=False)
    panel.set(xlabel="predicted", ylabel="gold")
    panel.set_title(title, fontsize=10)
    figure.colorbar(image, ax=panel, shrink=0.7, label="share of the gold label")
    figure.savefig(path, dpi=110)
