"""Business rules on one company: an alert when enough sources bring negative texts within a time.

Texts that follow each other by at most the rule's time are one incident, and it is told once. The result does not
depend on the order in which texts of one window come.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.detector.evidence import evidence_of
from services.detector.opinion import Opinion
from services.domain.event_time import HOUR_MS
from services.domain.messages import Evidence
from services.text.fingerprint import near
from services.watchlists.model import Rule

MOST_MATCHES = 32
"""Matches kept of a rule; more than the sources that a rule may ask for."""


class Match(msgspec.Struct):
    """A text that fits a rule; `told` once its incident was."""

    opinion: Opinion
    told: bool = False


class RuleState(msgspec.Struct):
    """What is kept of one rule for one company: its latest matches, by time and id."""

    matches: list[Match] = msgspec.field(default_factory=list)


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A rule is fulfilled. `texts` has one text of each group of near-repeats, the earliest, with their number."""

    rule: Rule
    texts: tuple[Evidence, ...]
    sources: tuple[str, ...]
    """In the order in which they spoke."""
    first_time: int
    last_time: int


def fits(rule: Rule, opinion: Opinion) -> bool:
    """Whether one text about a company is what the rule looks for."""
    if rule.topics is not None and not any(topic in rule.topics for topic in opinion.topics):
        return False
    return opinion.negative >= rule.negative


def apply(rule: Rule, state: RuleState, opinion: Opinion) -> RuleMatch | None:
    """Take in a text about a company that the rule covers; what to tell when it fulfils the rule, once an incident.

    A text that is known already, or older than all that is kept, changes nothing.
    """
    if not fits(rule, opinion) or any(each.opinion.id == opinion.id for each in state.matches):
        return None
    match = Match(opinion)
    state.matches = _kept([*state.matches, match], rule)
    if not any(each is match for each in state.matches):
        return None
    incident = _incident(state.matches, match, rule)
    if any(each.told for each in incident):
        _tell(incident)
        return None
    window = _window(incident, match, rule)
    if len(_sources(window)) < rule.sources:
        return None
    _tell(incident)
    return _rule_match(rule, window)


def _tell(incident: Sequence[Match]) -> None:
    for each in incident:
        each.told = True


def _kept(matches: list[Match], rule: Rule) -> list[Match]:
    """The matches by time, without those too old to count with a text that is late by an hour, or by the rule's time.

    One too many makes room: the oldest for whose source a later one stands, or else the oldest.
    """
    matches = sorted(matches, key=lambda each: (each.opinion.time, each.opinion.id))
    oldest = matches[-1].opinion.time - rule.within_ms - max(rule.within_ms, HOUR_MS)
    matches = [each for each in matches if each.opinion.time >= oldest]
    if len(matches) > MOST_MATCHES:
        latest = {each.opinion.source: each for each in matches}
        matches.remove(next((m for m in matches if latest[m.opinion.source] is not m), matches[0]))
    return matches


def _incident(matches: Sequence[Match], match: Match, rule: Rule) -> list[Match]:
    """The matches around `match` that follow each other by at most the rule's time."""
    groups: list[list[Match]] = []
    for each in matches:
        if groups and each.opinion.time - groups[-1][-1].opinion.time <= rule.within_ms:
            groups[-1].append(each)
        else:
            groups.append([each])
    return next(group for group in groups if any(each is match for each in group))


def _window(incident: Sequence[Match], match: Match, rule: Rule) -> list[Opinion]:
    """The texts of the rule's time that hold `match` and the most sources; of several the earliest."""
    opinions = [each.opinion for each in incident]
    starts = [o.time for o in opinions if 0 <= match.opinion.time - o.time <= rule.within_ms]
    windows = [[o for o in opinions if start <= o.time <= start + rule.within_ms] for start in starts]
    return max(windows, key=lambda window: len(_sources(window)))


def _sources(opinions: Sequence[Opinion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(opinion.source for opinion in opinions))


def _rule_match(rule: Rule, window: Sequence[Opinion]) -> RuleMatch:
    groups: list[list[Opinion]] = []
    for opinion in window:
        found = next((group for group in groups if near(group[0].fingerprint, opinion.fingerprint)), None)
        if found is None:
            groups.append([opinion])
        else:
            found.append(opinion)
    return RuleMatch(
        rule=rule,
        texts=tuple(evidence_of(group[0], len(group)) for group in groups),
        sources=_sources(window),
        first_time=window[0].time,
        last_time=window[-1].time,
    )
