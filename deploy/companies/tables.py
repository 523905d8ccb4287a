"""The rows of the entity tables, in one form. Only fields whose origin states a permissive licence are read."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naming import A_SHARE, HAND, HONG_KONG, INDEX, INDIA, SEC, SEC_LARGE, chinese_forms, legal_core

_LARGE_FILERS = 1_500
_FUND = re.compile(
    r"\b(?:ETFs?|ETN|FUNDS?|ISHARES|PROSHARES|SPDR|TRUST (?:SERIES|II|III)|MUNICIPAL|INCOME TRUST|SHARES TRUST|"
    r"ACQUISITIONS?)\b"
)
_INDIAN_COMPANY = re.compile(r"\b[Ll]td\b|\bLimited\b|\bBank(?: of |$)")
_MARKETS = {
    "Belgium": "BR",
    "Finland": "HE",
    "France": "PA",
    "Germany": "DE",
    "Ireland": "IR",
    "Italy": "MI",
    "Luxembourg": "LU",
    "Netherlands": "AS",
    "Russian Federation": "ME",
    "Spain": "MC",
    "Sweden": "ST",
    "Switzerland": "SW",
    "United Kingdom": "L",
}


@dataclass(frozen=True)
class Row:
    """One row: `tickers` starts with the ticker of the row; `cik` is the SEC's number of the company."""

    rank: int
    tickers: tuple[str, ...]
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    cik: str | None = None


def rows(folder: Path) -> Iterator[Row]:
    """All rows of all tables, the ones with the best names first."""
    for row in _read(folder / "bilingual_aliases.jsonl"):
        yield Row(HAND, (_us(row["ticker"]),), tuple(row["names"]), tuple(row["names_zh"]))
    for row in _read(folder / "us_sp500.jsonl"):
        yield Row(INDEX, (_us(row["ticker"]),), tuple(row["names"]), cik=row["cik"].lstrip("0"))
    for number, row in enumerate(_read(folder / "us_sec_tickers.jsonl.gz")):
        if not _FUND.search(row["text"].upper()):
            rank = SEC_LARGE if number < _LARGE_FILERS else SEC
            yield Row(rank, (_us(row["ticker"]),), tuple(row["names"]), cik=row["cik"].lstrip("0"))
    for row in _read(folder / "jp_kr_large.jsonl"):
        latin, chinese = _by_script(row["names"])
        yield Row(INDEX, (row["ticker"],), latin, chinese)
    for row in _read(folder / "global_index_members.jsonl"):
        if row["ticker"] and (tickers := _global_tickers(row)):
            yield Row(INDEX, tickers, tuple(row["names"]))
    for row in _read(folder / "cn_ashare.jsonl.gz"):
        yield Row(A_SHARE, (row["ticker"],), (), _chinese(row["names"]))
    for row in _read(folder / "hk_stocks.jsonl"):
        latin, chinese = _by_script(row["names"])
        yield Row(HONG_KONG, (row["ticker"],), latin, _chinese(chinese))
    for row in _read(folder / "india_sentfin_entities.jsonl"):
        if _INDIAN_COMPANY.search(row["text"]):
            names = tuple(n for n in row["names"] if n != row["ticker"] and n[:1].isupper())
            yield Row(INDIA, (f"{row['ticker']}.NS",), names)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _us(ticker: str) -> str:
    """`BRK.B` as StockNet and the SEC write it: `BRK-B`; a ticker with a market stays."""
    return re.sub(r"^([A-Z]{1,4})\.([AB])$", r"\1-\2", ticker)


def _global_tickers(row: dict[str, Any]) -> tuple[str, ...]:
    """The ticker with its market, then those in New York; nothing when they are unknown."""
    parts = [part for part in row["ticker"].split(":") if part not in ("XBRU", "XPAR", "NASDAQ", "NYSE")]
    if not parts:
        return ()
    ticker = parts[-1].rstrip(".").replace(" ", "-").upper()
    listed = [_us(s.partition(":")[2]) for s in row["symbols"] if s.startswith(("NYSE:", "NASDAQ:"))]
    if row["country"] == "United States":
        return (_us(ticker), *listed)
    if row["country"] in _MARKETS:
        return (f"{ticker}.{_MARKETS[row['country']]}", *listed)
    return (*listed, *(s for s in row["symbols"] if s.endswith(".L")))


def _by_script(names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Latin names, and names with Chinese characters; names in other scripts are left out."""
    latin = tuple(n for n in names if n.isascii())
    chinese = tuple(n for n in names if re.search(r"[㐀-鿿]", n) and not re.search(r"[぀-ヿ가-힯]", n))
    return latin, chinese


def _chinese(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for name in names for form in chinese_forms(name)))


def core(name: str) -> str:
    """A key for the equality of company names."""
    return legal_core(name).casefold().replace(".", "").replace("-", " ")
