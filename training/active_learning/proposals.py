"""Proposals: texts of a file that are worth labelling, with what the model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.files.jsonl import open_writer
from services.inference.bundle import Bundle
from services.inference.classifier import Classifier
from training.active_learning.candidates import Candidate
from training.active_learning.question import Question
from training.active_learning.selection import least_sure, margins, spread_out
from training.inference.bundle import score_texts
from training.inference.embeddings import embed

WIDER = 5
"""So many times more texts are compared than are proposed: those with the smallest margins."""


@dataclass(frozen=True)
class Proposal:
    """A text worth labelling; `opinion` is what the model says, by label."""

    candidate: Candidate
    opinion: dict[str, float]
    margin: float

    def as_json(self) -> dict[str, Any]:
        """The object of a file of proposals, with a label to be filled in."""
        return {
            "id": self.candidate.id,
            "text": self.candidate.text,
            "label": None,
            "lang": self.candidate.lang,
            "source": self.candidate.source,
            "opinion": {label: round(value, 4) for label, value in self.opinion.items()},
            "margin": round(self.margin, 4),
        }


def propose(
    bundle: Bundle, candidates: Sequence[Candidate], question: Question, count: int, *, threads: int = 0
) -> list[Proposal]:
    """Propose up to `count` texts of which the model is unsure and that differ, the most doubtful first.

    Texts in a language that the model does not know are left out.

    :raises ExportError: when the bundle's graph has no pooled vector.
    """
    known = [one for one in candidates if one.lang in bundle.manifest.languages]
    if not known:
        return []
    scores = score_texts(Classifier(bundle, threads=threads), [one.text for one in known])
    opinions = [question.opinion(one) for one in scores]
    probabilities = np.array([list(opinion.values()) for opinion in opinions])
    narrowed = least_sure(probabilities, WIDER * count)
    pooled = embed(bundle, [known[row].text for row in narrowed]).astype(np.float64)
    chosen = [narrowed[row] for row in spread_out(pooled, count)]
    leads = margins(probabilities)
    return [Proposal(known[row], opinions[row], float(leads[row])) for row in chosen]


def write_proposals(path: Path, proposals: Sequence[Proposal]) -> None:
    """Write one object a line.

    :raises InvalidInput: when the file cannot be written.
    """
    with open_writer(path) as writer:
        for proposal in proposals:
            writer.write(proposal.as_json())
