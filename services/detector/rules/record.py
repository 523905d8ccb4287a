"""What is held of one business rule for one company."""

from __future__ import annotations

import msgspec

from services.detector.opinion import Opinion


class Match(msgspec.Struct):
    """A text that fits a rule; `reported` once its incident was."""

    opinion: Opinion
    reported: bool = msgspec.field(name="told", default=False)


class RuleState(msgspec.Struct):
    """The latest matches of a rule, by time and id."""

    matches: list[Match] = msgspec.field(default_factory=list)


class RuleRecord(msgspec.Struct):
    """One rule for one company: its matches, and the incident that is open until `until` (ms) unless a text fits."""

    state: RuleState = msgspec.field(default_factory=RuleState)
    id: str | None = None
    raised_at: int = 0
    until: int = 0
    severity: int = 1
