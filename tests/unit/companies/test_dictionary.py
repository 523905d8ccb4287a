"""The shipped dictionary: what must hold of it, and that it is what the build script makes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.companies import CompanyRecord, read_companies
from services.companies.dictionary import DICTIONARY
from services.domain.errors import InvalidInput

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("GROUNDSWELL_DATA", ROOT / ".." / "shared" / "data"))
TABLES = DATA / "entities"
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
    names = [name for company in companies for name in (*company.names, *company.words)]
    assert len(names) == len(set(names))
    assert not ids & {ticker for company in companies for ticker in company.tickers}
    assert not set(names) & {phrase for company in companies for phrase in company.not_names}


def test_bare_tickers_that_are_words_are_no_names(companies: tuple[CompanyRecord, ...]) -> None:
    names = {name for company in companies for name in (*company.names, *company.words)}
    assert not names & {"ALL", "IT", "NOW", "ON", "CAT", "KEY", "A", "C", "T", "BA", "US", "UK", "CEO", "GDP", "IPO"}


def test_the_file_is_small() -> None:
    assert DICTIONARY.stat().st_size < 1_500_000


@pytest.mark.timeout(660)
@pytest.mark.skipif(not TABLES.is_dir(), reason="the entity tables are not there (GROUNDSWELL_DATA)")
def test_the_file_is_what_the_build_script_makes(tmp_path: Path) -> None:
    made = tmp_path / "companies.jsonl.gz"
    script = ROOT / "deploy" / "companies" / "build.py"
    subprocess.run([sys.executable, str(script), str(TABLES), str(made)], check=True, capture_output=True, timeout=600)
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(DICTIONARY.read_bytes())


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
