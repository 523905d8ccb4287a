"""A reliability diagram: how often a model is right, over how sure it looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from training.metrics.reliability import BINS, Bin


def draw_reliability(bins: Sequence[Bin], error: float, title: str, path: Path) -> None:
    """Draw the bins (PNG): their accuracy as bars against the diagonal of perfect calibration, their sizes below."""
    width = 1 / BINS
    places = [min(int(one.confidence * BINS), BINS - 1) * width for one in bins]
    figure = Figure(figsize=(4.8, 5.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.bar(places, [one.accuracy for one in bins], width, align="edge", color="#4c78a8", edgecolor="white")
    upper.plot([0, 1], [0, 1], color="#333333", linewidth=1, linestyle="--", label="perfect")
    upper.plot(
        [one.confidence for one in bins], [one.accuracy for one in bins], "o", color="#e45756", label="bin means"
    )
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
    upper.set_title(f"{title}\nECE {error:.3f}", fontsize=10)
    upper.legend(loc="upper left", fontsize=8, frameon=False)
    lower.bar(places, [one.decisions for one in bins], width, align="edge", color="#9ecae9", edgecolor="white")
    lower.set(xlabel="probability", ylabel="decisions")
    figure.savefig(path, dpi=110)
