"""Every usual writing of a code and a name means the same company."""

from __future__ import annotations

import pytest

from services.companies import CompanyRecord, CompanyResolver, default_resolver
from services.domain.key import MonitoredKey

SAME = {
    "00700.HK": ["00700.HK", "0700.HK", "700.hk", "00700", "0700", "HKEX:700", "HKG: 0700", "700 HK",
                 "700 HK Equity", "hk00700", "HK.00700", "港股00700", "80700.HK", "Tencent", "騰訊", "00700.XHKG"],
    "600519.SH": ["600519", "SH600519", "sh.600519", "600519.SS", "600519.XSHG", "600519.sh", "SHA:600519",
                  "600519 CH", "贵州茅台"],
    "000725.SZ": ["000725", "SZ000725", "000725.XSHE", "200725", "200725.SZ", "京東方A"],
    "600602.SH": ["600602", "900901", "900901.SS"],
    "920185.BJ": ["920185", "BJ920185", "835185", "835185.BJ", "bj835185", "920185.XBEI"],
    "TSLA": ["TSLA", "$TSLA", "#TSLA", "tsla", "TSLA.US", "TSLA.O", "TSLA US", "TSLA US Equity", "NASDAQ: TSLA",
             "NASDAQ:TSLA", "TSLA:NASDAQ", "tesla", "特斯拉"],
    "FB": ["META", "FB", "$META", "Meta Platforms", "脸书"],
    "BRK-A": ["BRK.A", "brk-b", "BRK_B", "BRK/B", "NYSE:BRK.B"],
    "TM": ["7203.T", "7203 JP Equity", "TYO:7203"],
    "TSM": ["TSM", "2330.TW", "2330 TT Equity", "TWSE: 2330"],
    "XYZ": ["SQ", "XYZ", "Square", "Block"],
}  # fmt: skip


@pytest.mark.parametrize(("company", "writing"), [(company, each) for company, all_ in SAME.items() for each in all_])
def test_all_writings_are_one_company(company: str, writing: str) -> None:
    assert default_resolver().resolve(writing) == company


@pytest.mark.parametrize(
    "writing",
    ["", "700", "123456", "000001.SH", "1234567", "SZ600519", "HK999999", "NASDAQ:", "Nobody Ltd", "公司", "LSE:TSLA"],
)
def test_what_is_no_company_stays_none(writing: str) -> None:
    assert default_resolver().resolve(writing) is None


def test_the_nearest_are_by_name_and_by_ticker() -> None:
    assert default_resolver().nearest("Teslla")[0].id == "TSLA"
    assert default_resolver().nearest("贵州茅苔")[0].id == "600519.SH"
    assert len(default_resolver().nearest("zzz", most=2)) == 2


def test_the_first_company_has_a_name_that_two_have() -> None:
    resolver = CompanyResolver(
        [CompanyRecord(id="A", names=("Acme",)), CompanyRecord(id="B", names=("ACME",), tickers=("A",))]
    )
    assert (resolver.resolve("acme"), resolver.resolve("a"), resolver.resolve("B")) == ("A", "A", "B")


def test_a_key_gets_the_id_of_its_company() -> None:
    by_id = default_resolver().key_by_id
    assert by_id(MonitoredKey.of_company("META")) == MonitoredKey.of_company("FB")
    assert by_id(MonitoredKey.of_pair("fraud", "0700.HK")) == MonitoredKey.of_pair("fraud", "00700.HK")
    assert by_id(MonitoredKey.of_topic("fraud")) == MonitoredKey.of_topic("fraud")
    assert by_id(MonitoredKey.of_company("NOBODY")) == MonitoredKey.of_company("NOBODY")
