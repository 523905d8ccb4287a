"""Anybody's text: what of it shows, in one line, in one line of bounded length, and with its places unchanged."""

from __future__ import annotations

import unicodedata

import pytest

from services.text.untrusted import MOST_MARKS, masked, one_line, safe_text
from tests.harness.hostile_strings import HOSTILE, hidden_in


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


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\r\nb\tc", "a b c"),
        ("\u202eabc\u200b\u2066d\x00", "abcd"),
        ("a\u2028b\u0085c", "a b c"),
        ("  ", ""),
        ("严重 😀", "严重 😀"),
    ],
)
def test_one_line(text: str, plain: str) -> None:
    assert one_line(text) == plain


def test_what_acts_on_a_terminal_is_replaced_sign_by_sign() -> None:
    assert (
        masked("\x1b[2J\x1b]0;title\x07[red]\u202eevil\u2066 <b>{{x}}</b>\nsecond line\u2028third")
        == "�[2J�]0;title�[red]�evil� <b>{{x}}</b> second line third"
    )
    assert masked("naïve 中文 😀 é") == "naïve 中文 😀 é"


def test_a_replacement_stands_where_a_character_hides_so_that_places_stay() -> None:
    text = "a\u200bb\U000e0041c\u3164d\ue000e\x1bf"
    assert masked(text) == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"
    for hostile in HOSTILE.values():
        assert len(masked(hostile)) == len(hostile)
        assert hidden_in(masked(hostile)) == []


def test_of_every_character_there_is_none_hides() -> None:
    for start in range(0, 0x110000, 256):
        text = " ".join(map(chr, range(start, start + 256)))
        assert hidden_in(masked(text)) == []
        assert len(masked(text)) == len(text)
        assert hidden_in(one_line(text)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u2764\ufe0f 1\ufe0f\u20e3 \u845b\U000e0100", "\u2764\ufe0f 1\ufe0f\u20e3 \u845b\U000e0100"),
        ("\u2764\ufe0f\ufe0f\ufe0e\ufe01", "\u2764\ufe0f"),
        ("a\ufe0f \ufe0f\U000e0100b", "a b"),
        ("\u200b\ufe0fa", "a"),
    ],
)
def test_a_variation_selector_stays_where_it_chooses_a_look(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_nothing_between_marks_makes_room_for_more() -> None:
    assert one_line("e" + ("\u0301" * MOST_MARKS + "\u200b") * 50 + "x") == "e" + "\u0301" * MOST_MARKS + "x"
    assert one_line("e" + "\u20dd" * 50) == "e" + "\u20dd" * MOST_MARKS
