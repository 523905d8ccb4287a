"""Tickers without an exchange or a `$`: `#TSLA`, `(SMCI)`, and `NVDA puts` where the text speaks of markets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from services.companies.dictionary import CompanyRecord
from services.companies.hits import Hit
from services.domain.errors import InvalidInput

MARKET_WORDS = Path(__file__).resolve().parent / "data" / "market_words.json"

_TICKER = re.compile(r"(?<![A-Za-z0-9_$.&/@'-])(#?)([A-Z]{2,5})(?![A-Za-z0-9_&/@-]|\.[A-Za-z])")
_AMERICAN = re.compile(r"[A-Z]{2,5}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_WORD = re.compile(r"[A-Za-z]+")
_MOST_CAPITALS = 0.6
"""Of the words: in a text that shouts, capitals say nothing."""

_CHINESE_MARKET = re.compile(
    r"股|财报|业绩|营收|净利|利润|亏|涨|跌|盘[前后中]|做[空多]|看[空多涨跌]|期权|买入|卖出|抄底|割肉|清仓|减持|增持|回购|市值|估值|评级|目标价|退市|"
    r"暴雷|爆雷|崩|腰斩|出口|制裁|裁员|召回|起诉|诉讼|调查|罚|订单|交付|销量|指引|芯片|高管|公司|美元|上市"
)
_IDEOGRAPH = re.compile(r"[一-鿿]")
_ABBREVIATED = 80
"""Characters before a bracket in which the words stand whose initials it may hold."""
_SHORT = 3
"""Tickers of so few letters are abbreviations of much else: what is said of stocks alone shows them."""


class TickerFinder:
    """Finds the `bare_tickers` of `companies`, and in brackets their other American tickers that are no words."""

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        records = list(companies)[::-1]
        words = {word.upper() for record in records for word in record.word_tickers}
        self._bare = frozenset(ticker for record in records for ticker in record.bare_tickers)
        self._ids = {
            ticker: record.id
            for record in records
            for ticker in (*record.tickers, record.id)
            if _AMERICAN.fullmatch(ticker) and ticker not in words
        }

    def find(self, text: str) -> list[Hit]:
        """All tickers in a folded `text` that its context shows to be some."""
        found = [(match, self._ids[match[2]]) for match in _TICKER.finditer(text) if match[2] in self._ids]
        if not found:
            return []
        words = _WORD.findall(text)
        shouts = len(words) > 2 and len(_CAPITALS.findall(text)) > _MOST_CAPITALS * len(words)
        said = {word.lower() for word in words if not word.isupper() or shouts}
        return [
            Hit(match.start(), match.end(), company) for match, company in found if self._is_ticker(match, said, shouts)
        ]

    def _is_ticker(self, match: re.Match[str], said: set[str], shouts: bool) -> bool:
        bare = match[2] in self._bare
        if match[1]:
            return bare
        if shouts:
            return False
        if _in_brackets(match):
            return bare or not said.isdisjoint(_market_words())
        return bare and _shown(match, said)


def _in_brackets(match: re.Match[str]) -> bool:
    """`The meme stock (GME)`, but not the abbreviation of the words before it, as in `Food and Drug Agency (FDA)`."""
    text, start, end = match.string, match.start(), match.end()
    if text[start - 1 : start] != "(" or text[end : end + 1] != ")":
        return False
    initials = [
        word[0].upper()
        for word in _WORD.findall(text[max(0, start - _ABBREVIATED) : start])
        if word.lower() not in ("of", "and", "the", "for")
    ]
    return initials[-len(match[2]) :] != list(match[2])


def _shown(match: re.Match[str], said: set[str]) -> bool:
    """Is a ticker too long for an abbreviation of something else, or does the text speak of markets and business?"""
    if _IDEOGRAPH.search(match.string):
        return bool(_CHINESE_MARKET.search(match.string))
    return len(match[2]) > _SHORT or not said.isdisjoint(_market_words())


@cache
def _market_words() -> frozenset[str]:
    """English words of texts that speak of stocks and companies.

    :raises InvalidInput: when their file is missing or damaged.
    """
    try:
        return msgspec.json.decode(MARKET_WORDS.read_bytes(), type=frozenset[str])
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(f"market words {MARKET_WORDS}: {error}") from error
