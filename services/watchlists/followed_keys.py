"""Which keys follow a text: companies it names, topics it has, and topics of a company where that is followed."""

from __future__ import annotations

from services.domain.key import MonitoredKey
from services.domain.messages import ScoredText
from services.watchlists.model import Watchlists

LEAST_TOPIC = 0.5
"""A text counts for a topic when that is more likely than not; the model's own thresholds, chosen for the best F1 of
each topic, go down to 0.2, which is right for a label and too weak for evidence."""
MOST_COMPANIES = 5
"""A text that names more companies is a list of symbols, not an opinion on any of them."""
MOST_TOPICS = 20
"""And one of more topics is about none: a text feeds at most 5 companies, 20 topics and their 100 pairs."""


def followed_keys(text: ScoredText, watchlists: Watchlists) -> list[MonitoredKey]:
    """The followed keys of one text, none for a language the model does not know or a time that nobody knows."""
    if text.lang == "other" or not text.in_detection:
        return []
    companies = [c.id for c in text.companies] if len(text.companies) <= MOST_COMPANIES else []
    topics = topics_of(text)
    keys = [MonitoredKey.of_company(company) for company in companies]
    keys += [MonitoredKey.of_topic(topic) for topic in topics]
    keys += [MonitoredKey.of_pair(topic, company) for topic in topics for company in companies]
    return [key for key in keys if watchlists.follows(key)]


def topics_of(text: ScoredText) -> tuple[str, ...]:
    """The topics that a text counts for."""
    topics = tuple(topic for topic, p in text.topics.items() if p >= LEAST_TOPIC)
    return topics if len(topics) <= MOST_TOPICS else ()
