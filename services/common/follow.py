"""Which keys follow a text: each company it names and each topic it has."""

from __future__ import annotations

from services.common.messages import ScoredText

LEAST_TOPIC = 0.5
"""A text counts for a topic when that is more likely than not; the model's own thresholds, chosen for the best F1 of
each topic, go down to 0.2, which is right for a label and too weak for evidence."""
MOST_COMPANIES = 5
"""A text that names more companies is a list of symbols, not an opinion on any of them."""


def keys_of(text: ScoredText) -> list[str]:
    """`company:ID` and `topic:ID` keys of one text, none for a language the model does not know."""
    if text.lang == "other":
        return []
    companies = [f"company:{c.id}" for c in text.companies] if len(text.companies) <= MOST_COMPANIES else []
    return companies + [f"topic:{topic}" for topic, p in text.topics.items() if p >= LEAST_TOPIC]
