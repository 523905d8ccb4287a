"""What to call keys in front of people."""

from __future__ import annotations

from services.companies import CompanyLinker
from services.detector.market import MARKET


def name_of(key: str, linker: CompanyLinker) -> str:
    """The entity, and a company's names, such as `AAPL Apple 苹果`; a pair is `legal_regulation of JPM …`."""
    kind, _, entity = key.partition(":")
    topic, _, company = entity.rpartition("|")
    if kind == MARKET:
        return f"all keys of kind {entity}"
    if kind == "topic":
        return f"{entity} (topic 话题)"
    names = linker.name(company)
    shown = " ".join(dict.fromkeys((company, names.en, names.zh)))
    return f"{topic} of {shown}" if topic else shown
