"""Anybody's text as one safe line of bounded length."""

from __future__ import annotations

import unicodedata

import pytest

from services.text.untrusted import safe_text


@pytest.mark.parametrize(
    "text",
    [
        '<script>alert("x")</script><img src=x onerror=y>',
        "**bold** [click](http://evil.example) `code` <!channel> @all | a | b |",
        "{{ .Labels.entity }} {{ template `x` }} ${HOME} %s %(x)s",
        "苹果云端照片外泄，股价下跌 📉 $AAPL<99 AT&T",
    ],
)
def test_signs_of_markup_and_templates_are_left_to_the_receiver(text: str) -> None:
    assert safe_text(text, 280) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\r\n\tthree\u2028four\u2029five\x85six", "one two three four five six"),
        ("a\u202etxt.exe\u202c b\u2066c\u2069\u200f\u200e\u061c", "atxt.exe bc"),
        ("\x00\x07a\x1b[31mb\x7f\x9b", "a[31mb"),
        ("zero\u200bwidth\ufeff\u2060 \U000e0041tag \u3164filler", "zerowidth tag filler"),
        ("\ud800lone\udfff \ue000private", "lone private"),
        ("e" + "\u0301" * 100, "e" + "\u0301" * 4),
        (" \u200b \n ", ""),
    ],
)
def test_what_is_hidden_or_breaks_a_line_goes(text: str, expected: str) -> None:
    assert safe_text(text, 280) == expected


def test_a_text_of_five_megabytes_is_cut() -> None:
    assert safe_text("负面 " * 1_700_000, 280) == ("负面 " * 93)[:-1] + "…"
    assert safe_text("\u202e" * 5_000_000 + "end", 280) == "…"


def test_the_limit_holds_and_a_text_of_just_its_length_is_whole() -> None:
    assert safe_text("x" * 280, 280) == "x" * 280
    assert safe_text("x" * 281, 280) == "x" * 279 + "…"


def test_every_sign_there_is_comes_out_harmless() -> None:
    for start in range(0, 0x110000, 256):
        line = safe_text("".join(map(chr, range(start, start + 256))), 280)
        assert not {unicodedata.category(sign) for sign in line} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        line.encode()
