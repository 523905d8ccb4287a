"""Which company a writing means: a ticker or code in any usual form, or a name. One place for all that ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from rapidfuzz import fuzz, process

from services.companies.dictionary import CompanyRecord
from services.companies.exchanges import CHINESE, MAINLAND, MARKETS, US, hong_kong, mainland
from services.companies.fold import folded
from services.companies.in_use import companies_in_use
from services.domain.key import MonitoredKey

_EXCHANGE = "|".join(sorted(map(re.escape, MARKETS), key=len, reverse=True))
_PREFIXED = re.compile(rf"({_EXCHANGE})(?:(?=\d)|\s?[.:\s]\s?)\$?([A-Z0-9]{{1,6}}(?:[.\-/][A-Z])?)")
_SUFFIXED = re.compile(rf"([A-Z0-9\-]{{1,10}})(?:\s?[.:]\s?|\s)({_EXCHANGE})(?:\s+EQUITY)?")
_SEPARATORS = str.maketrans("./_", "---")


class CompanyResolver:
    """Resolves the writings of codes and names of the companies of a dictionary.

    Where two companies have a ticker or a name, the first of the dictionary has it.
    """

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        records = tuple(companies)
        self.records = {record.id: record for record in records}
        self._ids = {record.id.upper(): record.id for record in records}
        self._names: dict[str, str] = {}
        for record in records:
            for ticker in record.tickers:
                self._ids.setdefault(ticker.upper(), record.id)
            for name in record.all_names:
                self._names.setdefault(_key(name), record.id)

    def resolve(self, writing: str) -> str | None:
        """The company of a code or of a whole name, or None."""
        return self.code(writing) or self._names.get(_key(writing))

    def code(self, writing: str) -> str | None:
        """The company of a ticker or code: `brk.b`, `0700.HK`, `HKEX:700`, `700 HK Equity`, `sh600519`, `TSLA.US`."""
        upper = folded(writing).strip().lstrip("$#").upper()
        found = self._ids.get(upper) or self.listed(upper, US)
        if found is None and upper.isascii() and upper.isdigit():
            found = self.share(upper) if len(upper) == 6 else self._hong_kong_alone(upper)
        if found is None and (prefixed := _PREFIXED.fullmatch(upper)):
            found = self.listed(prefixed[2], MARKETS[prefixed[1]])
        if found is None and (suffixed := _SUFFIXED.fullmatch(upper)):
            found = self.listed(suffixed[1], MARKETS[suffixed[2]])
        return found

    def listed(self, code: str, market: str) -> str | None:
        """The company that is listed as `code` on a market of `exchanges.MARKETS`, or None."""
        if market == US:
            return self._ids.get(code.translate(_SEPARATORS))
        digits = code.isascii() and code.isdigit()
        if market == "HK":
            return self._first(hong_kong(code)) if digits and len(code) <= 5 else None
        if market == MAINLAND or market in CHINESE:
            exchange = None if market == MAINLAND else market
            return self._first(mainland(code, exchange)) if digits and len(code) == 6 else None
        return self._ids.get(f"{code}.{market}")

    def share(self, digits: str) -> str | None:
        """The company of a mainland code of six digits that stands without its exchange, or None."""
        return self._first(mainland(digits, None))

    def key_by_id(self, key: MonitoredKey) -> MonitoredKey:
        """The key with the id of its company, however that is written; as it is where nobody knows it."""
        company = self.resolve(key.company) if key.company else None
        if company is None:
            return key
        return MonitoredKey.of_pair(key.topic, company) if key.topic else MonitoredKey.of_company(company)

    def nearest(self, writing: str, most: int = 3) -> list[CompanyRecord]:
        """The companies whose tickers and names are most like a writing, the likest first."""
        key = _key(writing)
        found: dict[str, CompanyRecord] = {}
        for choices, prepared in ((self._names, key), (self._ids, key.upper())):
            for _, _, choice in process.extract(prepared, _by_itself(choices), scorer=fuzz.WRatio, limit=most):
                found.setdefault(choices[choice], self.records[choices[choice]])
        best = sorted(found.values(), key=lambda record: -_likeness(key, record))
        return best[:most]

    def _hong_kong_alone(self, digits: str) -> str | None:
        """Five digits, or four with a zero before them, are nothing else."""
        return self.listed(digits, "HK") if len(digits) == 5 or (len(digits) == 4 and digits[0] == "0") else None

    def _first(self, tickers: Sequence[str]) -> str | None:
        return next((self._ids[ticker] for ticker in tickers if ticker in self._ids), None)


def _key(name: str) -> str:
    """A name without its case and the regions' ways of writing it."""
    return " ".join(folded(name).casefold().replace("’", "'").split())


def _by_itself(choices: Iterable[str]) -> dict[str, str]:
    return {choice: choice for choice in choices}


def _likeness(key: str, record: CompanyRecord) -> float:
    """The likeness of a key to the likest name or ticker of a company, 0 to 100."""
    return max(fuzz.ratio(key, _key(name)) for name in (record.id, *record.tickers, *record.all_names))


@cache
def default_resolver() -> CompanyResolver:
    """The resolver over the companies in use, made once.

    :raises InvalidInput: as `companies_in_use` does.
    """
    return CompanyResolver(companies_in_use())
