"""Figures as a report shows them."""

from __future__ import annotations

NONE = "–"
"""Where there is nothing to measure."""


def count(value: float) -> str:
    """A number of things."""
    return f"{value:,.0f}"


def rate(value: float | None) -> str:
    """A rate, to three figures."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def minutes(value: float | None) -> str:
    """A duration in whole minutes."""
    return NONE if value is None else f"{value:,.0f}"


def coordinate(value: float) -> str:
    """A place or a length on a picture, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
