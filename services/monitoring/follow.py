"""Which keys follow a text: each company it names and each topic it has."""

from __future__ import annotations

from services.common.messages import ScoredText

MOST_COMPANIES = 5
"""A text that names more companies is a list of symbols, not an opinion on any of them."""


def keys_of(text: ScoredText) -> list[str]:
    """`company:ID` and `topic:ID` keys of one text, none for a language the model does not know."""
    if text.lang == "other":
        return []
    companies = [f"company:{c.id}" for c in text.companies] if len(text.companies) <= MOST_COMPANIES else []
    return companies + [f"topic:{topic}" for topic in text.topics]
