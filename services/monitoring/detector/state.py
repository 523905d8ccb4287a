"""What the detector keeps of one followed key; a few kilobytes, bounded, and the same after a save and a load."""

from __future__ import annotations

import msgspec

from services.common.messages import Highlight
from services.monitoring.detector.baseline import Baseline
from services.monitoring.detector.weights import Weights


class Bin(msgspec.Struct):
    """Five minutes: weighted texts and weighted negative units."""

    start: int
    texts: float = 0.0
    negative: float = 0.0


class Held(msgspec.Struct):
    """A text kept as evidence, the earliest of its near-repeats."""

    id: str
    text: str
    time: int
    negative: float
    weight: float
    author: str | None
    source: str
    url: str | None
    fingerprint: int
    because: tuple[Highlight, ...] = ()


class Incident(msgspec.Struct):
    """An alert that is open, or the last one that was. Times in milliseconds of event time."""

    id: str
    raised_at: int
    above_at: int
    severity: int
    revision: int = 0
    cleared_at: int | None = None


class KeyState(msgspec.Struct):
    """State of one key."""

    first_at: int
    now: int
    """Event time of the last evaluation."""
    next_hour: int
    """The first hour (since 1970) that the baseline has not learned."""
    texts: float = 0.0
    gained: float = 0.0
    """CUSUM gain of texts not yet evaluated."""
    cusum: float = 0.0
    score: float = 0.0
    bins: list[Bin] = msgspec.field(default_factory=list)
    evidence: list[Held] = msgspec.field(default_factory=list)
    weights: Weights = msgspec.field(default_factory=Weights)
    baseline: Baseline = msgspec.field(default_factory=Baseline)
    incident: Incident | None = None

    def is_open(self) -> bool:
        """True while an alert is open."""
        return self.incident is not None and self.incident.cleared_at is None
