"""What the detector holds of one followed key; a few kilobytes, bounded, and the same after a save and a load."""

from __future__ import annotations

import msgspec

from services.detector.baseline import Baseline
from services.detector.weights import Weights
from services.domain.messages import Highlight


class Bin(msgspec.Struct):
    """A stretch of time from `start` (ms): weighted texts and weighted negative units."""

    start: int
    texts: float = 0.0
    negative: float = 0.0


class EvidenceText(msgspec.Struct):
    """A text remembered as evidence, the earliest of its near-repeats."""

    id: str
    text: str
    time: int
    negative: float
    weight: float
    author: str | None
    source: str
    url: str | None
    sketch: bytes = b""
    highlights: tuple[Highlight, ...] = msgspec.field(name="because", default=())


class Incident(msgspec.Struct):
    """The incident that is open, or the last one that was. Times in milliseconds of event time."""

    id: str
    raised_at: int
    above_at: int
    severity: int
    minutes: int
    """The window that raised it; longer ones do not keep it open."""
    clear_below: float
    """It may clear when the score is lower than this."""
    score: float
    """The largest so far."""
    p_value: float
    """The smallest so far."""
    revision: int = 0
    cleared_at: int | None = None


class Peak(msgspec.Struct):
    """The largest score of one day (since 1970, UTC) so far, for the tail of the key's cohort.

    `censored_at`: the score at which an incident was due when one was raised. `open`: the day began with an open one.
    `floor`: the score with which it began; what does not exceed it belongs to the day before.
    """

    day: int
    cohort: str
    open: bool
    floor: float
    score: float = 0.0
    censored_at: float | None = msgspec.field(name="cut_at", default=None)


class KeyState(msgspec.Struct):
    """State of one key."""

    first_at: int
    now: int
    """Event time of the last evaluation."""
    next_hour: int
    """The first hour (since 1970) that the baseline has not learned."""
    texts: float = 0.0
    recent: list[tuple[int, float]] = msgspec.field(default_factory=list)
    """(time, score) of the evaluations that the present score must have lasted through, earliest first."""
    look_again_at: int | None = None
    """When a score that stands would have lasted long enough, if no text comes before (ms)."""
    score: float = 0.0
    """The score that has lasted."""
    bins: list[Bin] = msgspec.field(default_factory=list)
    """Five minutes each, for the shorter windows."""
    hours: list[Bin] = msgspec.field(default_factory=list)
    """An hour each, for the long window and the baseline."""
    evidence: list[EvidenceText] = msgspec.field(default_factory=list)
    weights: Weights = msgspec.field(default_factory=Weights)
    baseline: Baseline = msgspec.field(default_factory=Baseline)
    incident: Incident | None = None
    cleared_at: int | None = None
    """When the last incident was over (ms); what came before it is not looked at again."""
    peak: Peak | None = None

    def is_open(self) -> bool:
        """True while an incident is open."""
        return self.incident is not None and self.incident.cleared_at is None

    def is_waiting(self) -> bool:
        """True when the passing of event time alone can change it."""
        return self.is_open() or self.look_again_at is not None
