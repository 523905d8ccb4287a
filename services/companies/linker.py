"""From a text, or from the tickers that its source gave, to companies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from services.companies.code_finder import CodeFinder
from services.companies.company_names import CompanyNames, names_of
from services.companies.dictionary import CompanyRecord
from services.companies.fold import folded
from services.companies.hits import Hit, longest
from services.companies.homonyms import company_odds
from services.companies.in_use import companies_in_use
from services.companies.name_finder import NameFinder
from services.companies.resolver import CompanyResolver
from services.companies.speakers import only_speaks
from services.companies.special_treatment import SpecialTreatmentFinder
from services.companies.ticker_finder import TickerFinder
from services.companies.word_sense import is_company_here, is_list
from services.domain.limits import MAX_TICKER_CHARS
from services.domain.messages import Company

MOST_JUDGED = 20
"""Homonyms of a text whose contexts are looked at."""


class Mention(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text name company `id`."""

    id: str
    start: int
    end: int


class CompanyLinker:
    """Links texts to the companies of a dictionary; pure, and the same result for the same text."""

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        records = tuple(companies)
        self.resolver = CompanyResolver(records)
        words = frozenset(word for record in records for word in record.word_tickers)
        self._speakers = frozenset(record.id for record in records if record.speaks)
        self._finders = (
            CodeFinder(self.resolver, words),
            TickerFinder(records),
            SpecialTreatmentFinder(records),
            NameFinder(records),
        )

    def mentions(self, text: str) -> list[Mention]:
        """The first mention of each company that `text` speaks of, in their order."""
        plain = folded(text)
        hits = longest(hit for finder in self._finders for hit in finder.find(plain))
        sure = {hit.id for hit in hits if hit.sense == "name"}
        odds = _odds(plain, hits, sure)
        found: dict[str, Mention] = {}
        for index, hit in enumerate(hits):
            if hit.id is None or hit.id in found:
                continue
            if not (hit.id in sure or odds.get(hit.id, 0.0) > 0 or _shown_to_be_company(plain, hits, index)):
                continue
            if not (hit.id in self._speakers and only_speaks(plain, hits, index)):
                found[hit.id] = Mention(hit.id, hit.start, hit.end)
        return list(found.values())

    def link(self, text: str) -> tuple[Company, ...]:
        """The companies that `text` speaks of, one entry each, in order of first mention."""
        return tuple(Company(id=one.id, mention=text[one.start : one.end]) for one in self.mentions(text))

    def by_tickers(self, tickers: Sequence[str]) -> tuple[Company, ...]:
        """The companies of the tickers that a source gave, one entry each, in order.

        An unknown ticker is a company of its own, upper-cased; one that is empty, not printable, has
        white space inside or is longer than 20 characters is left out.
        """
        found: dict[str, Company] = {}
        for given in tickers:
            ticker = folded(given).strip().lstrip("$")
            if not ticker or len(ticker) > MAX_TICKER_CHARS or not ticker.isprintable():
                continue
            company = self.resolver.code(ticker)
            if company is None and " " in ticker:
                continue
            company = company or ticker.upper()
            found.setdefault(company, Company(id=company, mention=given))
        return tuple(found.values())

    def name(self, company_id: str) -> CompanyNames:
        """What to call a company; one that is not in the dictionary by its id."""
        record = self.resolver.records.get(company_id)
        return names_of(record) if record else CompanyNames(en=company_id, zh=company_id)


def _odds(text: str, hits: list[Hit], sure: set[str | None]) -> dict[str | None, float]:
    """Of each company that is named by homonyms alone, the odds that these are it: all mean the same in one text."""
    odds: dict[str | None, float] = {}
    for hit in [hit for hit in hits if hit.sense == "homonym" and hit.id not in sure][:MOST_JUDGED]:
        odds[hit.id] = odds.get(hit.id, 0.0) + company_odds(text, hit.start, hit.end)
    return odds


def _shown_to_be_company(text: str, hits: list[Hit], index: int) -> bool:
    """Is an ordinary word a company here: by what stands around it, or any name in a list with a sure one?"""
    hit = hits[index]
    if hit.sense == "word" and is_company_here(text, hit.start, hit.end):
        return True
    left, right = hits[index - 1] if index else None, hits[index + 1] if index + 1 < len(hits) else None
    return bool(
        (left and left.id and left.sense == "name" and is_list(text[left.end : hit.start]))
        or (right and right.id and right.sense == "name" and is_list(text[hit.end : right.start]))
    )


@cache
def default_linker() -> CompanyLinker:
    """The linker over the companies in use, made once.

    :raises InvalidInput: when the dictionary is missing or damaged.
    """
    return CompanyLinker(companies_in_use())
