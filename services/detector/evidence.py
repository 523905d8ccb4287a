"""The texts shown with an alert: distinct authors, near-repeats collapsed, most negative first."""

from __future__ import annotations

from services.detector.opinion import Opinion
from services.detector.params import Params
from services.detector.state import EvidenceText, KeyState
from services.domain.event_time import MINUTE_MS
from services.domain.messages import Evidence
from services.text.fingerprint import near


def hold(state: KeyState, opinion: Opinion, weight: float, params: Params) -> None:
    """Keep a counted negative text; one a cluster, the weakest makes room, the earliest is never evicted."""
    if not opinion.leads or weight <= 0 or any(near(h.fingerprint, opinion.fingerprint) for h in state.evidence):
        return
    state.evidence.append(
        EvidenceText(
            id=opinion.id,
            text=opinion.text,
            time=opinion.time,
            negative=opinion.negative,
            weight=weight,
            author=opinion.author,
            source=opinion.source,
            url=opinion.url,
            fingerprint=opinion.fingerprint,
            highlights=opinion.highlights,
        )
    )
    if len(state.evidence) > params.evidence_kept:
        earliest = min(state.evidence, key=lambda h: (h.time, h.id))
        others = [h for h in state.evidence if h is not earliest]
        state.evidence.remove(min(others, key=lambda h: (h.weight * h.negative, h.id)))


def forget_old(state: KeyState, at: int, params: Params) -> None:
    """While no alert is open, drop what no window reaches back to."""
    oldest = at - params.longest_minutes * MINUTE_MS
    state.evidence = [h for h in state.evidence if h.time > oldest]


def shown(state: KeyState, params: Params) -> tuple[Evidence, ...]:
    """At most ten texts for an alert, ranked by weight x P(negative), one an author, with their reach."""
    ranked = sorted(state.evidence, key=lambda h: (-h.weight * h.negative, h.time, h.id))
    authors: set[str] = set()
    chosen: list[Evidence] = []
    for held in ranked:
        if held.author is not None and held.author in authors:
            continue
        if held.author is not None:
            authors.add(held.author)
        reach = sum(c.copies for c in state.weights.clusters if near(c.fingerprint, held.fingerprint))
        chosen.append(evidence_of(held, max(reach, 1)))
    return tuple(chosen[: params.evidence_shown])


def evidence_of(text: EvidenceText | Opinion, reach: int) -> Evidence:
    """One text as an alert shows it; `reach` counts its near-repeats, itself included."""
    return Evidence(
        id=text.id,
        text=text.text,
        time=text.time,
        negative=text.negative,
        source=text.source,
        url=text.url,
        reach=reach,
        highlights=text.highlights,
    )
