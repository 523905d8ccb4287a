"""What streams are like: how many texts, how unevenly, and how often the classifier is right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Regime:
    """A kind of stream.

    `median_rate`: texts an hour of the median key; `rate_spread`: standard deviation of the logarithm of the rate
    between keys; `dispersion`: variance of the factor by which an hour differs from the usual (1 = by its mean);
    `memory`: correlation of that factor from one hour to the next; `accuracy`: how often the classifier is right.
    """

    name: str
    median_rate: float = 0.6
    rate_spread: float = 1.0
    dispersion: float = 0.7
    memory: float = 0.7
    accuracy: float = 0.8


REGIMES = (
    Regime("low count"),
    Regime("rare", median_rate=0.1),
    Regime("busy", median_rate=12.0, rate_spread=0.5),
    Regime("bursty", dispersion=3.0, memory=0.85),
    Regime("right 90 %", accuracy=0.9),
    Regime("right 75 %", accuracy=0.75),
    Regime("right 69 %", accuracy=0.69),
)
