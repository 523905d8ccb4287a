"""Cashtags and stock codes: `$AAPL`, `(NYSE: C)`, `600519.SH`, `sz002446`, `(000799)`, `0700.HK`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from services.companies.hits import Hit

# "HEI$T", "L$D", "U$D" and "L@$T" are no cashtags: nothing that can be part of a word or amount goes before.
_CASHTAG = re.compile(r"(?<![\w$£€@#?&%^*<+])\$([A-Za-z]{1,6})([.\-_][A-Za-z]{1,2})?(?![\w$∆]|[!@*]\w)")
_CUT = re.compile(r"(?:\.\.\.|…)\s*")
_EXCHANGE = re.compile(
    r"(?<!\w)(?:NYSE(?:\s?American|\s?Arca)?|NASDAQ(?:GS|GM|CM)?|Nasdaq|纽交所|纳斯达克)\s?[:：]\s?\$?"
    r"([A-Z]{1,5}(?:[.\-][A-Z])?)(?![\w$])"
)
_SUFFIXED = re.compile(r"(?<![A-Za-z0-9_$.\-])([A-Z0-9][A-Z0-9\-]{0,9})\.([A-Z]{1,2})(?![A-Za-z0-9_])")
_PREFIXED = re.compile(r"(?<![A-Za-z0-9])(SH|SZ|BJ|HK|sh|sz|bj|hk|Sh|Sz|Bj|Hk)[.:：]?(\d{5,6})(?![\dA-Za-z.%])")
_SIX_DIGITS = re.compile(r"(?<![A-Za-z0-9])\d{6}(?!\d)")

_MAY_HAVE_SUFFIX = re.compile(r"[A-Z0-9]\.[A-Z]")
_MAY_HAVE_CODE = re.compile(r"\d{5}")

_SUFFIX = {"SS": "SH"}
_US_SUFFIXES = ("O", "N", "OQ", "US")
_MARK_BEFORE = re.compile(r"(?:[(（\[【]|代码[:：]?)\s*$")
_MARK_AFTER = re.compile(r"\s*[)）\]】,，;；、]")
_NUMBER_BEFORE = re.compile(r"(?:[\d.,，:：/\-+~#$¥￥£€@=]|[第共达约超近逾]|电话|邮编|订单|群|号码|No)\s?$")
_NUMBER_AFTER = re.compile(
    r"[%‰/:：\-+~=@A-Za-z]|[.,]\d|\s?(?:[万亿千百十多余元股人吨手份户台辆套件张个名位家次年月日号点倍条米平]|RMB|USD|CNY)"
)
_CHINESE = re.compile(r"[一-鿿]")


class CodeFinder:
    """Finds tickers and codes; `ids` maps each known ticker, upper-cased, to its company.

    A cashtag that is not all upper case is taken only when it is none of the ordinary `words`.
    """

    def __init__(self, ids: Mapping[str, str], words: frozenset[str]) -> None:
        self._ids = ids
        self._words = words
        self._shares = {t[:6]: c for t, c in ids.items() if len(t) == 9 and t.endswith((".SH", ".SZ", ".BJ"))}

    def find(self, text: str) -> list[Hit]:
        """All hits in `text`, in no order; they may overlap."""
        hits: list[Hit] = []
        if "$" in text:
            hits += _hits(_CASHTAG, text, self._cashtag)
        if ":" in text or "：" in text:
            hits += _hits(_EXCHANGE, text, lambda match: self.resolve(match[1]))
        if _MAY_HAVE_SUFFIX.search(text):
            hits += _hits(_SUFFIXED, text, lambda match: self._suffixed(match[1], match[2]))
        if _MAY_HAVE_CODE.search(text):
            hits += _hits(_PREFIXED, text, lambda match: self._prefixed(match[1], match[2]))
            hits += _hits(_SIX_DIGITS, text, self._share)
        return hits

    def resolve(self, ticker: str) -> str | None:
        """The company of a ticker in any usual writing (`brk.b`, `0700.HK`, `sh600519`, `600519`), or None."""
        upper = ticker.upper().replace("_", "-")
        found = self._ids.get(upper)
        if found is None and "." in upper:
            stem, _, suffix = upper.rpartition(".")
            found = self._suffixed(stem, suffix)
        if found is None and (prefixed := _PREFIXED.fullmatch(upper)):
            found = self._prefixed(prefixed[1], prefixed[2])
        return found or self._shares.get(upper)

    def _cashtag(self, match: re.Match[str]) -> str | None:
        ticker, stem, suffix = match[0][1:], match[1], match[2]
        if not stem.isupper() and (len(stem) == 1 or stem.lower() in self._words):
            return None  # "$now" and "$hit" are words in disguise; "$NOW" is a ticker
        if match.string.startswith("RT @") and _CUT.fullmatch(match.string, match.end()):
            return None  # the retweet ends in "$T…", cut out of "$TSLA"
        found = self.resolve(ticker)
        if found is None and suffix and not suffix[1:].isupper():
            return self.resolve(stem)  # "$AAPL.My view"
        return found

    def _suffixed(self, stem: str, suffix: str) -> str | None:
        if suffix == "HK" and stem.isdigit():
            return self._ids.get(f"{int(stem):05d}.HK")
        found = self._ids.get(f"{stem}.{_SUFFIX.get(suffix, suffix)}")
        if found is None and suffix in _US_SUFFIXES and len(stem) > 1:
            found = self._ids.get(stem)
        return found or self._ids.get(f"{stem}-{suffix}")

    def _prefixed(self, exchange: str, digits: str) -> str | None:
        return self._ids.get(f"{digits}.{exchange.upper()}")

    def _share(self, match: re.Match[str]) -> str | None:
        """A code of six digits alone: a known one that is marked, or stands in Chinese text and is no number."""
        company = self._shares.get(match[0])
        if company is None:
            return None
        text = match.string
        before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 8]
        if _MARK_BEFORE.search(before) and _MARK_AFTER.match(after):
            return company
        if match[0].endswith("000") or not _CHINESE.search(text):
            return None
        if _NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(after):
            return None
        return company


def _hits(pattern: re.Pattern[str], text: str, company: Callable[[re.Match[str]], str | None]) -> list[Hit]:
    """Every match of `pattern` that `company` knows."""
    return [Hit(m.start(), m.end(), found) for m in pattern.finditer(text) if (found := company(m)) is not None]
