"""Where codes stand in a text: `$AAPL`, `(NYSE: C)`, `600519.SH`, `sz002446`, `(000799)`, `700 HK Equity`.

What a code means the resolver says; here it is judged whether it is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from services.companies.exchanges import MARKETS
from services.companies.hits import Hit
from services.companies.resolver import CompanyResolver

_END = r"(?![A-Za-z0-9_$])"
# "HEI$T", "L$D", "U$D" and "L@$T" are no cashtags: nothing that can be part of a word or amount goes before.
_CASHTAG = re.compile(r"(?<![\w$£€@#?&%^*<+])\$([A-Za-z]{1,6})([.\-_][A-Za-z]{1,2})?(?![\w$∆]|[!@*]\w)")
_CLOSED_CASHTAG = re.compile(r"(?<![\w$])\$([A-Z]{1,6})\$(?![A-Za-z0-9$])")
_CUT = re.compile(r"(?:\.\.\.|…)\s*")
_NAMED = "|".join(sorted((re.escape(each) for each in MARKETS if len(each) > 1), key=len, reverse=True))
_EXCHANGE = re.compile(
    rf"(?<![A-Za-z0-9])((?i:{_NAMED})(?:\s(?i:American|Arca)|\s?/\s?(?:{_NAMED})){{0,3}})\s?:\s?\$?"
    rf"(\d{{1,6}}|[A-Z]{{1,5}}(?:[.\-][A-Z])?){_END}"
)
_EXCHANGE_AFTER = re.compile(rf"(?<![A-Za-z0-9_$.:])(\d{{1,6}}|[A-Z]{{1,5}}):({_NAMED}){_END}")
_SUFFIXED = re.compile(r"(?<![A-Za-z0-9_$.\-])([A-Z0-9][A-Z0-9\-]{0,9})\.([A-Z]{1,4}|sh|sz|ss|bj|hk)(?![A-Za-z0-9_])")
_PREFIXED = re.compile(r"(?<![A-Za-z0-9])(SH|SZ|BJ|HK|sh|sz|bj|hk|Sh|Sz|Bj|Hk)[.:]?(\d{4,6})(?![\dA-Za-z.%])")
_CHINESE_EXCHANGE = re.compile(
    r"(港股|港交所|联交所|沪市|深市|北交所|上交所|深交所|美股)[:\s(]{0,2}(\d{4,6}|[A-Z]{1,5})(?![\dA-Za-z.%])"
)
_CHINESE_EXCHANGE_AFTER = re.compile(r"(?<![A-Za-z0-9.])(\d{5})[\s)]{0,2}(港股)")
_BLOOMBERG = re.compile(
    r"(?<![A-Za-z0-9_$.])(?:([A-Z0-9]{1,6}) ([A-Z]{2}) Equity|(\d{1,5})\s(HK)(?!\s?(?:\$|[Dd]ollar|[Cc]ent)))"
    r"(?![A-Za-z])"
)
_SIX_DIGITS = re.compile(r"(?<![A-Za-z0-9])\d{6}(?!\d)")
_FIVE_DIGITS = re.compile(r"(?<=[(\[])0\d{3,4}(?=[)\]])")

_MAY_HAVE_SUFFIX = re.compile(r"[A-Z0-9]\.[A-Zsbh]")
_MAY_HAVE_CODE = re.compile(r"\d{4}")

_MARK_BEFORE = re.compile(r"(?:[(\[【]|代码:?)\s*$")
_MARK_AFTER = re.compile(r"\s*[)\]】,;、]")
_CODES_BEFORE = re.compile(r"(?<!\d)\d{6}\s?[,、/;]\s?$")
_CODES_AFTER = re.compile(r"\s?[,、/;]\s?\d{6}(?!\d)")
_NUMBER_BEFORE = re.compile(r"(?:[\d.,:/\-+~#$¥￥£€@=]|[第共达约超近逾]|电话|邮编|订单|群|号码|No)\s?$")
_NUMBER_AFTER = re.compile(
    r"[%‰/:\-+~=@A-Za-z]|[.,]\d|\s?(?:[万亿千百十多余元股人吨手份户台辆套件张个名位家次年月日号点倍条米平]|RMB|USD|CNY)"
)
_CHINESE = re.compile(r"[一-鿿]")


class CodeFinder:
    """Finds the codes that `resolver` knows.

    A cashtag that is not all upper case is taken only when it is none of the ordinary `words`.
    """

    def __init__(self, resolver: CompanyResolver, words: frozenset[str]) -> None:
        self._resolver = resolver
        self._words = words

    def find(self, text: str) -> list[Hit]:
        """All hits in a folded `text`, in no order; they may overlap."""
        hits: list[Hit] = []
        if "$" in text:
            hits += _hits(_CASHTAG, text, self._cashtag)
            hits += _hits(_CLOSED_CASHTAG, text, lambda match: self._resolver.code(match[1]))
        if ":" in text:
            hits += _hits(_EXCHANGE, text, self._on_exchanges)
            hits += _hits(_EXCHANGE_AFTER, text, lambda match: self._listed(match[1], match[2]))
        if _MAY_HAVE_SUFFIX.search(text):
            hits += _hits(_SUFFIXED, text, lambda match: self._resolver.code(match[0]))
        if " Equity" in text or " HK" in text:
            hits += _hits(_BLOOMBERG, text, lambda m: self._listed(m[1] or m[3], m[2] or m[4]))
        if _MAY_HAVE_CODE.search(text):
            hits += _hits(_PREFIXED, text, lambda match: self._listed(match[2], match[1]))
            hits += _hits(_SIX_DIGITS, text, self._share)
            hits += _hits(_FIVE_DIGITS, text, self._marked)
            hits += _hits(_CHINESE_EXCHANGE, text, lambda match: self._listed(match[2], match[1]))
            hits += _hits(_CHINESE_EXCHANGE_AFTER, text, lambda match: self._listed(match[1], match[2]))
        return hits

    def _cashtag(self, match: re.Match[str]) -> str | None:
        ticker, stem, suffix = match[0][1:], match[1], match[2]
        if not stem.isupper() and (len(stem) == 1 or stem.lower() in self._words):
            return None  # "$now" and "$hit" are words in disguise; "$NOW" is a ticker
        if match.string.startswith("RT @") and _CUT.fullmatch(match.string, match.end()):
            return None  # the retweet ends in "$T…", cut out of "$TSLA"
        found = self._resolver.code(ticker)
        if found is None and suffix and not suffix[1:].isupper():
            return self._resolver.code(stem)  # "$AAPL.My view"
        return found

    def _on_exchanges(self, match: re.Match[str]) -> str | None:
        """A code on the first of several exchanges where it is known: `NYSE/ASX: WBC`."""
        found = (self._listed(match[2], each.strip()) for each in re.split(r"/|\s", match[1]))
        return next((company for company in found if company), None)

    def _listed(self, code: str, exchange: str) -> str | None:
        market = MARKETS.get(exchange.upper())
        return None if market is None else self._resolver.listed(code, market)

    def _marked(self, match: re.Match[str]) -> str | None:
        """A Hong Kong code in brackets in Chinese text: `腾讯[00700]`."""
        return self._resolver.listed(match[0], "HK") if _CHINESE.search(match.string) else None

    def _share(self, match: re.Match[str]) -> str | None:
        """A code of six digits alone: a known one that is marked, or stands in Chinese text and is no number."""
        company = self._resolver.share(match[0])
        if company is None:
            return None
        text = match.string
        before, after = text[max(0, match.start() - 9) : match.start()], text[match.end() : match.end() + 9]
        if _MARK_BEFORE.search(before) and _MARK_AFTER.match(after):
            return company
        if match[0].endswith("000") or not _CHINESE.search(text):
            return None
        if _CODES_BEFORE.search(before) or _CODES_AFTER.match(after):
            return company
        if _NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(after):
            return None
        return company


def _hits(pattern: re.Pattern[str], text: str, company: Callable[[re.Match[str]], str | None]) -> list[Hit]:
    """Every match of `pattern` that `company` knows."""
    return [Hit(m.start(), m.end(), found) for m in pattern.finditer(text) if (found := company(m)) is not None]
