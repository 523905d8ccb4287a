"""What the tokenizer gets, in training and in serving."""

from __future__ import annotations

import pytest

from services.inference.model_input import MAX_CHARACTERS, model_input


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$AAPL down https://t.co/abc #iCloud", "$AAPL down #iCloud"),
        ("see www.example.com/a?b=1, now", "see now"),
        ("@a @b_2: @c thanks", "@user thanks"),
        ("mail me@example.com", "mail me@example.com"),
        ("公司公告http://t.cn/A1下跌", "公司公告 下跌"),
        ("https://t.co/abc", ""),
        ("$T and $BRK.B", "$T and $BRK.B"),
    ],
)
def test_urls_and_mentions(text: str, expected: str) -> None:
    assert model_input(text) == expected
    assert model_input(expected) == expected


def test_long_texts_are_cut() -> None:
    assert len(model_input("word " * 1_000_000)) <= MAX_CHARACTERS
