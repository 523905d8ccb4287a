"""Names in texts: all of them in one pass (Aho-Corasick), where the boundaries fit."""

from __future__ import annotations

import re
from collections.abc import Iterable

import ahocorasick

from services.companies.dictionary import CompanyRecord
from services.companies.fold import folded
from services.companies.hits import Hit, Sense

_URL = re.compile(r"(?:https?://|www\.)[^\s一-鿿]+", re.IGNORECASE)
_FIRST_CJK = "⺀"
"""From here on (U+2E80) a character is Chinese, Japanese or Korean: no part of a Latin word."""

_NATIONAL = re.compile(r"中国.{2}|.*银行|[工农中建交招]行")
_BEYOND = re.compile(r"(?:业|行业|情|为|程|政|走|间(?:同业|市场|债|外)|协会|学会|大学|市场|企业|联赛)(?!绩|务|内|部)")
"""What makes a longer word of a name like 中国银行: 中国银行业, 中国电影市场, 化工行情."""

_Pattern = tuple[str, str | None, Sense]


class NameFinder:
    """Finds the names of `companies`; of two companies with the same name the first has it."""

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        patterns: dict[str, _Pattern] = {}
        shouted: dict[str, _Pattern] = {}
        for company in companies:
            for phrase in map(folded, company.not_names):
                for form in {phrase, phrase.title(), phrase.upper(), _curly(phrase)}:
                    patterns.setdefault(form, (form, None, "name"))
            for sense, names in _by_sense(company):
                for name in map(folded, names):
                    for form in {name, _curly(name)}:
                        patterns.setdefault(form, (form, company.id, sense))
                        capitals = form.upper()
                        if capitals != form:
                            shouted.setdefault(capitals, (capitals, company.id, sense))
        for form, pattern in shouted.items():
            patterns.setdefault(form, pattern)
        self._automaton = ahocorasick.Automaton()
        for form, pattern in patterns.items():
            self._automaton.add_word(form, pattern)
        if patterns:
            self._automaton.make_automaton()
        self._empty = not patterns

    def find(self, text: str) -> list[Hit]:
        """All names with fitting boundaries in a folded `text`, in no order; they may overlap."""
        if self._empty:
            return []
        hits = []
        for last, (form, company, sense) in self._automaton.iter(text):
            start = last - len(form) + 1
            if _fits(text, start, last + 1) and not (_NATIONAL.fullmatch(form) and _BEYOND.match(text, last + 1)):
                hits.append(Hit(start, last + 1, company, sense))
        if hits and ("://" in text or "www." in text.lower()):
            links = [match.span() for match in _URL.finditer(text)]
            hits = [hit for hit in hits if not any(a <= hit.start < b for a, b in links)]
        return hits


def _by_sense(company: CompanyRecord) -> tuple[tuple[Sense, tuple[str, ...]], ...]:
    return ("name", company.names), ("homonym", company.homonyms), ("word", company.words)


def _curly(name: str) -> str:
    """The name with a typographer's apostrophe."""
    return name.replace("'", "’")


def _fits(text: str, start: int, end: int) -> bool:
    """Neither end of `text[start:end]` cuts a Latin word or a number in two; Chinese has no such ends."""
    return not (
        (start > 0 and _joins(text[start - 1]) and _joins(text[start]))
        or (end < len(text) and _joins(text[end - 1]) and _joins(text[end]))
    )


def _joins(character: str) -> bool:
    """Is it part of a Latin word?"""
    return character < _FIRST_CJK and (character.isalnum() or character == "_")
