"""What to call keys in front of people."""

from __future__ import annotations

from services.companies import CompanyLinker
from services.domain.key import MonitoredKey


def name_of(key: MonitoredKey, linker: CompanyLinker) -> str:
    """The entity, and a company's names, such as `AAPL Apple 苹果`; a pair is `legal_regulation of JPM …`."""
    if key.kind == "market":
        return f"all keys of kind {key.entity}"
    if key.company is None:
        return f"{key.entity} (topic 话题)"
    names = linker.name(key.company)
    return key.label({key.company: " ".join(dict.fromkeys((key.company, names.en, names.zh)))})
