"""The shipped dictionary: what must hold of it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from services.companies import CompanyRecord, read_companies
from services.companies.dictionary import DICTIONARY, read_about
from services.domain.errors import InvalidInput

STOCKNET = {
    "AAPL", "ABB", "ABBV", "AEP", "AGFS", "AMGN", "AMZN", "BA", "BABA", "BAC", "BBL", "BCH", "BHP", "BP",
    "BRK-A", "BSAC", "BUD", "C", "CAT", "CELG", "CHL", "CHTR", "CMCSA", "CODI", "CSCO", "CVX", "D", "DHR",
    "DIS", "DUK", "EXC", "FB", "GD", "GE", "GMRE", "GOOG", "HD", "HON", "HRG", "HSBC", "IEP", "INTC", "JNJ",
    "JPM", "KO", "LMT", "MA", "MCD", "MDT", "MMM", "MO", "MRK", "MSFT", "NEE", "NGG", "NVS", "ORCL", "PCG",
    "PCLN", "PEP", "PFE", "PG", "PICO", "PM", "PPL", "PTR", "RDS-B", "REX", "SLB", "SNP", "SNY", "SO", "SPLP",
    "SRE", "T", "TM", "TOT", "TSM", "UL", "UN", "UNH", "UPS", "UTX", "V", "VZ", "WFC", "WMT", "XOM",
}  # fmt: skip


@pytest.fixture(scope="module")
def companies() -> tuple[CompanyRecord, ...]:
    return read_companies(DICTIONARY)


def test_every_id_is_there_once(companies: tuple[CompanyRecord, ...]) -> None:
    ids = [company.id for company in companies]
    assert len(ids) == len(set(ids))
    assert len(ids) > 15_000
    assert set(ids) >= STOCKNET


def test_a_ticker_or_name_has_one_company(companies: tuple[CompanyRecord, ...]) -> None:
    ids = {company.id for company in companies}
    names = [name for company in companies for name in (*company.names, *company.homonyms, *company.words)]
    assert len(names) == len(set(names))
    assert not ids & {ticker for company in companies for ticker in company.tickers}
    assert not set(names) & {phrase for company in companies for phrase in company.not_names}


def test_bare_tickers_that_are_words_are_no_names(companies: tuple[CompanyRecord, ...]) -> None:
    names = {name for company in companies for name in (*company.names, *company.words)}
    assert not names & {"ALL", "IT", "NOW", "ON", "CAT", "KEY", "A", "C", "T", "BA", "US", "UK", "CEO", "GDP", "IPO"}


def test_bare_tickers_are_no_words_or_abbreviations(companies: tuple[CompanyRecord, ...]) -> None:
    bare = {ticker for company in companies for ticker in company.bare_tickers}
    assert bare >= {"TSLA", "NVDA", "GME", "AMD", "BABA", "PLTR"}
    assert not bare & {
        "ALL",
        "NOW",
        "CAT",
        "KEY",
        "CEO",
        "FDA",
        "GDP",
        "IPO",
        "USA",
        "YOLO",
        "ESG",
        "LOVE",
        "BEST",
        "IT",
    }
    assert not bare & {word.upper() for company in companies for word in company.word_tickers}


def test_a_former_name_is_a_name_and_has_a_date(companies: tuple[CompanyRecord, ...]) -> None:
    former = [(company, one) for company in companies for one in company.former]
    assert len(former) > 100
    assert [one.name for company, one in former if one.name not in company.all_names] == []
    assert [one.until for _, one in former if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", one.until)] == []


def test_the_dictionary_says_its_date_and_its_sources(companies: tuple[CompanyRecord, ...]) -> None:
    about = read_about()
    assert about.companies == len(companies)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", about.date)
    assert all(re.search(r"\((MIT|PDDL|Apache-2\.0|US government data)\)$", source) for source in about.sources)


def test_the_file_is_small() -> None:
    assert DICTIONARY.stat().st_size < 1_500_000


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl.gz"
    with pytest.raises(InvalidInput, match=str(path)):
        read_companies(path)
    path.write_bytes(gzip.compress(b'{"id":"A"}\n{"en":"no id"}\n'))
    with pytest.raises(InvalidInput, match="line 2"):
        read_companies(path)
    path.write_bytes(DICTIONARY.read_bytes()[:1000])
    with pytest.raises(InvalidInput, match=str(path)):
        read_companies(path)
