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
