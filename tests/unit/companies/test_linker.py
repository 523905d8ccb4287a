"""Companies in hand-written texts, one case for each guard, on the shipped dictionary."""

from __future__ import annotations

import pytest

from services.companies import CompanyLinker, CompanyNames, CompanyRecord, default_linker
from services.domain.messages import Company

CASES = [
    # Cashtags and what only looks like one.
    ("$AAPL down 4% today", ["AAPL"]),
    ("long $aapl, short $T", ["AAPL", "T"]),
    ("Sold my $BRK.A and bought $brk-b", ["BRK-A"]),
    ("$GOOGL and $GOOG are one company", ["GOOG"]),
    ("$AAPL.My view: hold", ["AAPL"]),
    ("$TSLA…and $FB!", ["TSLA", "FB"]),
    ("HIGHWAY HEI$T is out", []),
    ("L$D by A$AP, P$C, U$D 25.000, £?$D and L@$T", []),
    ("$T∆RTERjones and DJ $T!FFY", []),
    ("do it $now or go $all in, $c", []),
    ("$NOW beats estimates", ["NOW"]),
    ("RT @trader: great day $AAPL $T…", ["AAPL"]),
    ("the bag cost $C and $100", ["C"]),
    # Exchange, suffix and bare tickers.
    ("Citi (NYSE: C) and Alibaba (NYSE:BABA)", ["C", "BABA"]),
    ("VOW3.DE and 7203.T fell, so did AAPL.O", ["VOW3.DE", "TM", "AAPL"]),
    ("GRADE A in class C, ALL IT takes is NOW, ON CAT and KEY", []),
    # English names.
    ("Apple's new phone", ["AAPL"]),
    ("APPLE SHARES FALL AFTER ICLOUD HACK", ["AAPL"]),
    ("McDonald’s and Macy's", ["MCD", "M"]),
    ("Apple pie, Apple Pie and an apple a day; pineapple; Applebee", []),
    ("apple is crashing", []),
    ("Bank of America and Bank of Americana", ["BAC"]),
    ("JPMorgan Chase & Co. and J&J and AT&T", ["JPM", "JNJ", "T"]),
    ("see https://example.com/Intel/Tesla for more", []),
    ("Nestlé, Nestle", ["NESN.SW"]),
    # Ordinary words need a sign of a company.
    ("Target raises its guidance", ["TGT"]),
    ("Holiday sales boost Target forecasts", ["TGT"]),
    ("Target price raised to $50", []),
    ("Our target is met, mind the gap, get a visa", []),
    ("Gap between rich and poor", []),
    ("Gap shares surge after split", ["GPS"]),
    ("Visa applications rise", []),
    ("Visa, Mastercard settle over fees", ["V", "MA"]),
    ("Shell to cut 400 jobs", ["RDS-B"]),
    ("Shell companies under scrutiny", []),
    ("Doug Ford says no", []),
    ("Christine Ford says no", []),
    ("Ford says no to tariffs", ["F"]),
    ("Niger Delta says enough", []),
    ("Target\u00a0said. $TGT", ["TGT"]),
    # Chinese names.
    ("苹果公司Apple发布新品", ["AAPL"]),
    ("红富士苹果期货大涨", []),
    ("微软与华为在贵州茅台镇", ["MSFT", "PRIVATE:HUAWEI"]),
    ("平安银行与中国平安不是一家", ["000001.SZ", "601318.SH"]),
    ("中国银行业监管趋严", []),
    ("中国银行业绩增长", ["601988.SH"]),
    ("中国移动互联网市场", ["CHL"]),
    ("化工行业与军工行情", []),
    ("新基金发行、加强生产、伊利诺伊州", []),
    ("太阳能板块大涨，机器人产业升级，新产业布局", []),
    ("太阳能：2018年净利增长一成", ["000591.SZ"]),
    ("机器人(300024)涨停", ["300024.SZ"]),
    ("机器人产业升级，代码300024.SZ", ["300024.SZ"]),
    ("新产业涨停", ["300832.SZ"]),
    ("万科A、*ST国华股价异动", ["000002.SZ", "000004.SZ"]),
    ("美团-W与腾讯控股", ["03690.HK", "00700.HK"]),
    ("ＡＰＰＬＥ股价", ["AAPL"]),
    # Codes.
    ("公告(sz002446)", ["002446.SZ"]),
    ("600519.SH与600519.SS", ["600519.SH"]),
    ("酒企(000799)失款", ["000799.SZ"]),
    ("某股（300157,股吧）", ["300157.SZ"]),
    ("买入600519，别问", ["600519.SH"]),
    ("成交600519元、600519股、600519手、600519.5、1600519、600519%", []),
    ("电话600519，第600519号", []),
    ("共600000人", []),
    ("only 600519 left", []),
    ("2014-09-03 000001 20140903", []),
    ("00700.HK", ["00700.HK"]),
    ("0700.HK, 700.HK and hk00700", ["00700.HK"]),
    ("00700 alone", []),
    ("上证指数sh000001收跌", []),
]


@pytest.fixture(scope="module")
def linker() -> CompanyLinker:
    return default_linker()


@pytest.mark.parametrize(("text", "ids"), CASES)
def test_link(linker: CompanyLinker, text: str, ids: list[str]) -> None:
    assert [company.id for company in linker.link(text)] == ids


def test_the_first_mention_is_given_and_each_company_once(linker: CompanyLinker) -> None:
    assert linker.link("谷歌 (Google) $GOOG sues Apple") == (
        Company(id="GOOG", mention="谷歌"),
        Company(id="AAPL", mention="Apple"),
    )


def test_linking_is_deterministic(linker: CompanyLinker) -> None:
    text = "Visa, Mastercard, $AAPL, 600519.SH, 机器人(300024), Ford says"
    assert {linker.link(text) for _ in range(5)} == {linker.link(text)}


def test_empty_and_long_texts(linker: CompanyLinker) -> None:
    assert linker.link("") == ()
    assert linker.link("word $ . 123 " * 600 + " $AAPL") == (Company(id="AAPL", mention="$AAPL"),)


def test_tickers_of_a_source(linker: CompanyLinker) -> None:
    given = ["AAPL", "goog", "GOOGL", "BRK.B", "$t", "0700.HK", "sh600519", "300024", "LGF"]
    assert [company.id for company in linker.by_tickers(given)] == [
        "AAPL",
        "GOOG",
        "BRK-A",
        "T",
        "00700.HK",
        "600519.SH",
        "300024.SZ",
        "LGF",
    ]
    assert linker.by_tickers(["aapl"]) == (Company(id="AAPL", mention="aapl"),)


def test_tickers_that_are_none_are_left_out(linker: CompanyLinker) -> None:
    assert linker.by_tickers(["", "  ", "A B", "A\x00B", "A\nB", "X" * 21, "$"]) == ()
    assert [company.id for company in linker.by_tickers(["x" * 20])] == ["X" * 20]


def test_names_to_show(linker: CompanyLinker) -> None:
    assert linker.name("AAPL") == CompanyNames(en="Apple", zh="苹果")
    assert linker.name("600519.SH") == CompanyNames(en="Kweichow Moutai", zh="贵州茅台")
    assert linker.name("300024.SZ") == CompanyNames(en="机器人", zh="机器人")
    assert linker.name("LGF") == CompanyNames(en="LGF", zh="LGF")


def test_a_dictionary_of_ones_own() -> None:
    acme = CompanyRecord(
        id="ACME", tickers=("ACM",), names=("Acme",), words=("Sun",), word_tickers=("acm",), not_names=("Acme Street",)
    )
    later = CompanyRecord(id="OTHER", names=("Acme", "Acme Labs"))
    linker = CompanyLinker([acme, later])

    def ids(text: str) -> list[str]:
        return [company.id for company in linker.link(text)]

    assert ids("Acme grows") == ["ACME"]
    assert ids("Acme Labs grows") == ["OTHER"]
    assert ids("on Acme Street, $acm") == []
    assert ids("$ACM") == ["ACME"]
    assert ids("The Sun rises") == []
    assert ids("Sun shares rise") == ["ACME"]
    assert CompanyLinker([]).link("Acme $ACM") == ()
