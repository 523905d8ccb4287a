"""From a text, or from the tickers that its source gave, to companies."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from services.companies.code_finder import CodeFinder
from services.companies.company_names import CompanyNames, names_of
from services.companies.dictionary import DICTIONARY, CompanyRecord, read_companies
from services.companies.hits import Hit, longest
from services.companies.name_finder import NameFinder
from services.companies.word_sense import is_company_here, is_list
from services.domain.limits import MAX_TICKER_CHARS
from services.domain.messages import Company


class CompanyLinker:
    """Links texts to the companies of a dictionary; pure, and the same result for the same text."""

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        records = tuple(companies)
        self._names = {record.id: names_of(record) for record in records}
        ids: dict[str, str] = {record.id.upper(): record.id for record in records}
        for record in records:
            for ticker in record.tickers:
                ids.setdefault(ticker.upper(), record.id)
        words = frozenset(word for record in records for word in record.word_tickers)
        self._code_finder = CodeFinder(ids, words)
        self._name_finder = NameFinder(records)

    def link(self, text: str) -> tuple[Company, ...]:
        """The companies named in `text`, one entry each, in order of first mention.

        The text is read in Unicode NFKC, and so are the mentions.
        """
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
        hits = self._code_finder.find(text) + self._name_finder.find(text)
        if not hits:
            return ()
        hits = longest(hits)
        sure = {hit.id for hit in hits if not hit.ordinary}
        found: dict[str, Company] = {}
        for index, hit in enumerate(hits):
            if hit.id is None or hit.id in found:
                continue
            if not hit.ordinary or hit.id in sure or _shown_to_be_company(text, hits, index):
                found[hit.id] = Company(id=hit.id, mention=text[hit.start : hit.end])
        return tuple(found.values())

    def by_tickers(self, tickers: Sequence[str]) -> tuple[Company, ...]:
        """The companies of the tickers that a source gave, one entry each, in order.

        An unknown ticker is a company of its own, upper-cased; one that is empty, not printable, has
        white space inside or is longer than 20 characters is left out.
        """
        found: dict[str, Company] = {}
        for given in tickers:
            ticker = unicodedata.normalize("NFKC", given).strip().lstrip("$")
            if not ticker or len(ticker) > MAX_TICKER_CHARS or not ticker.isprintable() or " " in ticker:
                continue
            company = self._code_finder.resolve(ticker) or ticker.upper()
            found.setdefault(company, Company(id=company, mention=given))
        return tuple(found.values())

    def name(self, company_id: str) -> CompanyNames:
        """What to call a company; one that is not in the dictionary by its id."""
        return self._names.get(company_id) or CompanyNames(en=company_id, zh=company_id)


def _shown_to_be_company(text: str, hits: list[Hit], index: int) -> bool:
    """Is an ordinary word a company here: by what stands around it, or in a list with a sure one?"""
    hit = hits[index]
    if is_company_here(text, hit.start, hit.end):
        return True
    left, right = hits[index - 1] if index else None, hits[index + 1] if index + 1 < len(hits) else None
    return bool(
        (left and left.id and not left.ordinary and is_list(text[left.end : hit.start]))
        or (right and right.id and not right.ordinary and is_list(text[hit.end : right.start]))
    )


@cache
def default_linker() -> CompanyLinker:
    """The linker over the shipped dictionary, loaded once.

    :raises InvalidInput: when the dictionary is missing or damaged.
    """
    return CompanyLinker(read_companies(DICTIONARY))
