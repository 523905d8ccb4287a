"""The texts shown with an incident: distinct authors, near-repeats collapsed, most negative first."""

from __future__ import annotations

from services.detector.opinion import Opinion
from services.detector.params import Params
from services.detector.state import EvidenceText, KeyState
from services.domain.event_time import MINUTE_MS
from services.domain.messages import Evidence
from services.text.copies import shared_bits


def add_evidence(state: KeyState, opinion: Opinion, weight: float, params: Params) -> None:
    """Remember a counted negative text; one a cluster, the weakest makes room, the earliest is never evicted."""
    if not opinion.leads or weight <= 0 or shared_bits(opinion.sketch, [one.sketch for one in state.evidence]).any():
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
            sketch=opinion.sketch,
            highlights=opinion.highlights,
        )
    )
    if len(state.evidence) > params.most_evidence:
        earliest = min(state.evidence, key=lambda one: (one.time, one.id))
        others = [one for one in state.evidence if one is not earliest]
        state.evidence.remove(min(others, key=lambda one: (one.weight * one.negative, one.id)))


def revise_evidence(state: KeyState, opinion: Opinion, weight: float, params: Params) -> None:
    """Show a text in place of the earlier one that it replaces, or neither where it is not negative."""
    state.evidence = [one for one in state.evidence if one.id != opinion.revises]
    add_evidence(state, opinion, weight, params)


def expire_evidence(state: KeyState, at: int, params: Params) -> None:
    """While no incident is open, drop what no window reaches back to."""
    oldest = at - params.longest_minutes * MINUTE_MS
    state.evidence = [one for one in state.evidence if one.time > oldest]


def select_evidence(state: KeyState, params: Params) -> tuple[Evidence, ...]:
    """At most ten texts for an incident, ranked by weight x P(negative), one an author, with their reach."""
    ranked = sorted(state.evidence, key=lambda one: (-one.weight * one.negative, one.time, one.id))
    clusters = state.weights.clusters
    sketches = [cluster.sketch for cluster in clusters]
    authors: set[str] = set()
    chosen: list[Evidence] = []
    for text in ranked:
        if text.author is not None and text.author in authors:
            continue
        if text.author is not None:
            authors.add(text.author)
        bits = shared_bits(text.sketch, sketches)
        reach = sum(cluster.copies for cluster, shared in zip(clusters, bits, strict=True) if shared)
        chosen.append(evidence_of(text, max(reach, 1)))
    return tuple(chosen[: params.evidence_shown])


def evidence_of(text: EvidenceText | Opinion, reach: int) -> Evidence:
    """One text as an incident shows it; `reach` counts its near-repeats, itself included."""
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
