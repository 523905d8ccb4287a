"""The companies of a line of `score-file`: found as the stream finds them, with their places in the line's own text."""

from __future__ import annotations

from typing import Any

from services.companies import CompanyLinker
from services.domain.limits import MAX_COMPANIES
from services.domain.messages import Company
from services.text.ticker_list import ticker_list

Placed = tuple[Company, tuple[int, int] | None]
"""A company and the characters of the text that name it; None where the text as it was given does not."""


def placed_companies(record: dict[str, Any], cleaned: str, linker: CompanyLinker) -> list[Placed]:
    """Those of the `tickers` that the source gave, or else those that the cleaned text, title included, names."""
    text, tickers = record["text"] or "", ticker_list(record["tickers"])
    if tickers is not None:
        return [(company, None) for company in linker.by_tickers(tickers)]
    found = linker.mentions(cleaned)[:MAX_COMPANIES]
    places = {one.id: (one.start, one.end) for one in (found if text == cleaned else linker.mentions(text))}
    return [(Company(id=one.id, mention=cleaned[one.start : one.end]), places.get(one.id)) for one in found]


def described(company: Company, place: tuple[int, int] | None, text: str, linker: CompanyLinker) -> dict[str, Any]:
    """A company as a line of the output has it, without its sentiment."""
    start, end = place or (None, None)
    mention = company.mention if place is None else text[start:end]
    return {"id": company.id, "name": linker.name(company.id).both, "mention": mention, "start": start, "end": end}
