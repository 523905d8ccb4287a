"""Business rules on one company: an incident when enough publishers bring negative texts within a time.

Texts that follow each other by at most the rule's time are one incident, and it is reported once. The result does not
depend on the order in which texts of one window come.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from services.detector.evidence import evidence_of
from services.detector.opinion import Opinion
from services.detector.rules.record import Match, RuleState
from services.domain.event_time import HOUR_MS
from services.domain.messages import Evidence
from services.text.copies import shared_bits
from services.watchlists.model import Rule

MOST_MATCHES = 32
"""Matches remembered of a rule; more than the sources that a rule may ask for."""


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A rule is fulfilled. `texts` has one text of each cluster of near-repeats, the earliest, with their number."""

    rule: Rule
    texts: tuple[Evidence, ...]
    sources: tuple[str, ...]
    """The publishers, in the order in which they spoke."""
    first_time: int
    last_time: int


def fits(rule: Rule, opinion: Opinion) -> bool:
    """Whether one text about a company is what the rule looks for."""
    if rule.topics is not None and not any(topic in rule.topics for topic in opinion.topics):
        return False
    return opinion.negative >= rule.negative


def match(rule: Rule, state: RuleState, opinion: Opinion) -> RuleMatch | None:
    """Take in a text about a company that the rule covers; what is found when it fulfils the rule, once an incident.

    A text that is known already, or older than all that is remembered, changes nothing.
    """
    known = ((each.opinion.id, each.opinion.content) for each in state.matches)
    if not fits(rule, opinion) or (opinion.id, opinion.content) in known:
        return None
    new = Match(opinion)
    state.matches = _pruned([*state.matches, new], rule)
    if not any(each is new for each in state.matches):
        return None
    incident = _incident(state.matches, new, rule)
    if any(each.reported for each in incident):
        _mark_reported(incident)
        return None
    window = _window(incident, new, rule)
    if len(_publishers(window)) < rule.sources:
        return None
    _mark_reported(incident)
    return _rule_match(rule, window)


def _mark_reported(incident: Sequence[Match]) -> None:
    for each in incident:
        each.reported = True


def _pruned(matches: list[Match], rule: Rule) -> list[Match]:
    """The matches by time, without those too old to count with a text that is late by an hour, or by the rule's time.

    One too many makes room: the oldest for whose publisher a later one stands, or else the oldest.
    """
    matches = sorted(matches, key=lambda each: (each.opinion.time, each.opinion.id))
    oldest = matches[-1].opinion.time - rule.within_ms - max(rule.within_ms, HOUR_MS)
    matches = [each for each in matches if each.opinion.time >= oldest]
    if len(matches) > MOST_MATCHES:
        latest = {_publisher(each.opinion): each for each in matches}
        matches.remove(next((m for m in matches if latest[_publisher(m.opinion)] is not m), matches[0]))
    return matches


def _incident(matches: Sequence[Match], new: Match, rule: Rule) -> list[Match]:
    """The matches around `new` that follow each other by at most the rule's time."""
    runs: list[list[Match]] = []
    for each in matches:
        if runs and each.opinion.time - runs[-1][-1].opinion.time <= rule.within_ms:
            runs[-1].append(each)
        else:
            runs.append([each])
    return next(run for run in runs if any(each is new for each in run))


def _window(incident: Sequence[Match], new: Match, rule: Rule) -> list[Opinion]:
    """The texts of the rule's time that hold `new` and the most sources; of several the earliest."""
    opinions = [each.opinion for each in incident]
    starts = [o.time for o in opinions if 0 <= new.opinion.time - o.time <= rule.within_ms]
    windows = [[o for o in opinions if start <= o.time <= start + rule.within_ms] for start in starts]
    return max(windows, key=lambda window: len(_publishers(window)))


def _publishers(opinions: Sequence[Opinion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_publisher, opinions)))


def _publisher(opinion: Opinion) -> str:
    return opinion.publisher or opinion.source


def _rule_match(rule: Rule, window: Sequence[Opinion]) -> RuleMatch:
    clusters: list[list[Opinion]] = []
    for opinion in window:
        bits = shared_bits(opinion.sketch, [one[0].sketch for one in clusters])
        if bits.any():
            clusters[int(np.argmax(bits))].append(opinion)
        else:
            clusters.append([opinion])
    return RuleMatch(
        rule=rule,
        texts=tuple(evidence_of(one[0], len(one)) for one in clusters),
        sources=_publishers(window),
        first_time=window[0].time,
        last_time=window[-1].time,
    )
