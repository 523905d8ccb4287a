"""detect: Chinese, English, other, and English in doubt."""

from __future__ import annotations

import pytest

from services.text.language import detect


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("苹果公司股价大跌4%,投资者恐慌抛售", "zh"),
        ("涨", "zh"),
        ("$AAPL 苹果 iPhone 6 發布", "zh"),
        ("美股下挫,Sundial Grower(SNDL.O)跌近8%,Clover Health(CLOV.O)跌7.8%", "zh"),
        ("Apple shares fall after iCloud photos leak", "en"),
        ("$AAPL $TSLA $GOOG #stocks http://t.co/abc", "en"),
        ("$AAPL", "en"),
        ("Bilbao!", "en"),
        ("", "en"),
        ("123 456 %%%", "en"),
        ("IBM GE BAC DIS AMGN TSLA", "en"),
        ("Las acciones de la empresa cayeron un cuatro por ciento después de los malos resultados", "other"),
        ("Die Aktie des Unternehmens fällt nach den schlechten Zahlen des vergangenen Quartals", "other"),
        ("Акции компании упали на четыре процента", "other"),
        ("アップルの株価が急落した", "other"),
        ("애플 주가가 급락했다", "other"),
        ("هبطت أسهم الشركة بعد النتائج", "other"),
    ],
)
def test_detect(text: str, lang: str) -> None:
    assert detect(text) == lang


def test_a_huge_text_is_judged_by_its_start() -> None:
    assert detect("股价大跌" * 100 + "x" * 5_000_000) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "九州電力営業利益減少",  # characters that only Japan has
        "住友商事、業績下方修正",
        "日銀、追加緩和決定",
        "丸紅、資源権益減損",
        "第三者委員会設置、社長辞任",
        "三井住友海上火災保険",
        "会社更生法適用申請、負債総額百億円",  # Japan's simplified characters beside traditional ones
        "各社々長会談",
    ],
)
def test_kanji_alone_are_japanese(text: str) -> None:
    assert detect(text) == "other"


@pytest.mark.parametrize(
    "text",
    [
        "鴻海法說會釋出利空",
        "銀行股全線下挫",
        "公司公布業績遜預期",
        "董事會通過減資案",
        "日本央行維持利率不變",  # about Japan, in Chinese
        "呢間公司又話蝕錢",
        "隻股票跌到冇人要",
        "中国石化子公司停工",  # no character that Japan lacks
        "万科大股东减持",
        "三一重工",
        "日本",
    ],
)
def test_traditional_characters_and_cantonese_are_chinese(text: str) -> None:
    assert detect(text) == "zh"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Microsoft Azure在欧洲outage，users complain", "zh"),
        ("Nike 在华 sales 又 miss 了", "zh"),
        ("guidance下修，margin也差，analyst downgrade", "zh"),
        ("Lululemon门店traffic下滑", "zh"),
        ("Geely 吉利 shares slump after recall", "en"),
        ("The brand 老干妈 is known to every shop that sells sauces from Guizhou", "en"),
        ("Baidu (百度) shares and those of its rival (京东) fall", "en"),
    ],
)
def test_a_sentence_has_the_language_of_its_grammar(text: str, lang: str) -> None:
    assert detect(text) == lang
