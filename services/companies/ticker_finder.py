"""Tickers without an exchange or a `$`: `#TSLA`, `(SMCI)`, and `NVDA puts` where the text speaks of markets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.companies.dictionary import CompanyRecord
from services.companies.hits import Hit

_TICKER = re.compile(r"(?<![A-Za-z0-9_$.&/@'-])(#?)([A-Z]{2,5})(?![A-Za-z0-9_&/@-]|\.[A-Za-z])")
_AMERICAN = re.compile(r"[A-Z]{2,5}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_WORD = re.compile(r"[A-Za-z]+")
_MOST_CAPITALS = 0.6
"""Of the words: in a text that shouts, capitals say nothing."""

_MARKET = frozenset(
    "stock stocks share shares shareholder shareholders investor investors holder holders put puts call calls option "
    "options leaps long short shorts shorted shorting squeeze bag bags bagholder bagholders bagholding buy bought buying "
    "sell sold selling seller sellers dump dumped dumping dumps pump pumped moon mooning rip dip dips red green toast "
    "tank tanks tanked tanking crash crashed crashes crashing plunge plunges plunged plunging tumble tumbles tumbled "
    "slump slumps slumped slide slides sliding sink sinks sank sinking drop drops dropped dropping falls fell falling "
    "gain gains gained surge surges surged soar soars soared rally rallies rallied jumps jumped slips slipped spikes "
    "earnings guidance revenue revenues profit profits loss losses margin margins eps forecast outlook dividend dividends "
    "buyback buybacks offering dilution dilutive merger acquisition takeover bankrupt bankruptcy delisted delisting "
    "delist audit auditor auditors filing lawsuit fraud downgrade downgraded upgrade upgraded analyst analysts valuation "
    "overvalued undervalued premarket aftermarket breakout bull bulls bullish bear bears bearish ath debt bond bonds "
    "trade trades trader traders trading position portfolio ticker averaged iv strike expiry gamma theta calls yolo "
    "tendies retail sector cash earning quarter quarterly calls insider insiders ipo hedge broker chart support resistance".split()
)
"""Said of stocks more than of anything else."""
_BUSINESS = _MARKET | frozenset(
    "company ceo cfo chief board boss fund funds market markets price prices priced target rating close closed open up "
    "down today tomorrow week hours hold holding holds dying dead cooked done trash garbage scam junk layoffs layoff "
    "fired fires quit quits customer customers order orders sales sale deliveries delivery chip chips outage recall "
    "recalls product products subscriber subscribers users growth miss misses missed beat beats cut cuts raise raises "
    "burn burning money worth value million billion lol lmao wtf hate worst awful terrible bad ugly pain sucks screwed "
    "wrecked rekt ruined collapse collapsed collapsing bleed bleeding bloodbath fear panic probe sued investigated".split()
)
_CHINESE_MARKET = re.compile(
    r"股|财报|业绩|营收|净利|利润|亏|涨|跌|盘[前后中]|做[空多]|看[空多涨跌]|期权|买入|卖出|抄底|割肉|清仓|减持|增持|回购|市值|估值|评级|目标价|退市|"
    r"暴雷|爆雷|崩|腰斩|出口|制裁|裁员|召回|起诉|诉讼|调查|罚|订单|交付|销量|指引|芯片|高管|公司|美元|上市"
)
_IDEOGRAPH = re.compile(r"[一-鿿]")
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
            Hit(match.start(), match.end(), company)
            for match, company in found
            if self._is_ticker(match, said, shouts)
        ]

    def _is_ticker(self, match: re.Match[str], said: set[str], shouts: bool) -> bool:
        bare = match[2] in self._bare
        if match[1]:
            return bare
        if shouts:
            return False
        if _in_brackets(match):
            return bare or not said.isdisjoint(_BUSINESS)
        return bare and _shown(match, said)


def _in_brackets(match: re.Match[str]) -> bool:
    """`The meme stock (GME)`, but not the abbreviation of the words before it, as in `Food and Drug Agency (FDA)`."""
    text, start, end = match.string, match.start(), match.end()
    if text[start - 1 : start] != "(" or text[end : end + 1] != ")":
        return False
    initials = [word[0].upper() for word in _WORD.findall(text[:start]) if word.lower() not in ("of", "and", "the", "for")]
    return initials[-len(match[2]) :] != list(match[2])


def _shown(match: re.Match[str], said: set[str]) -> bool:
    """Does what else the text says speak of markets, or of business where the ticker is long enough?"""
    if _IDEOGRAPH.search(match.string):
        return bool(_CHINESE_MARKET.search(match.string))
    return len(match[2]) > _SHORT or not said.isdisjoint(_BUSINESS)
