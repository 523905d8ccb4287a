"""The names of followed keys: `company:ID`, `topic:ID`, and `pair:TOPIC|ID` for a topic of one company."""

from __future__ import annotations


def kind_of(key: str) -> str:
    """`company`, `topic` or `pair`, of `company:AAPL`."""
    return key.partition(":")[0]


def company_key(company: str) -> str:
    """The key of a company."""
    return f"company:{company}"


def topic_key(topic: str) -> str:
    """The key of a topic."""
    return f"topic:{topic}"


def pair_key(topic: str, company: str) -> str:
    """The key of the texts of one topic about one company."""
    return f"pair:{topic}|{company}"
