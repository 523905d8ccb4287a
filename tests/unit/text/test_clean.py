"""clean_text: what goes, what stays, and that a second time changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.limits import MAX_TEXT_CHARS
from services.text.clean import clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Apple falls 4 %", "Apple falls 4 %"),
        ("  a\t\n b\r\n\u3000c  ", "a b c"),
        ("$AAPL<99", "$AAPL<99"),
        ("a < b & c > d", "a < b & c > d"),
        ("AAPL<B and <EPS> up", "AAPL<B and <EPS> up"),
        ("<3 $TSLA", "<3 $TSLA"),
        ("sell if price <a dollar", "sell if price <a dollar"),
        ("P/E <time to buy", "P/E <time to buy"),
        ("AT&T AT&amp;T", "AT&T AT&T"),
        ("<b>Ap</b>ple", "Apple"),
        ("<p>One</p><p>two<br/>three</p>", "One two three"),
        ("<a href='x' title=y>link</a> text", "link text"),
        ("x<script>alert(1 < 2)</script>y", "x y"),
        ("<SCRIPT async src=x>evil()</SCRIPT>kept", "kept"),
        ("kept<script>never closed", "kept"),
        ("<style>p{}</style>kept<!-- not this -->", "kept"),
        ("&lt;script&gt;evil()&lt;/script&gt;kept", "kept"),
        ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"),
        ("<![CDATA[profit <b>up</b>]]>", "profit up"),
        ('<o:p>Word</o:p> <x-y class="a">z</x-y>', "Word z"),
        ("\uff04\uff21\uff21\uff30\uff2c", "$AAPL"),
        ("\uff1cscript\uff1eevil()\uff1c/script\uff1ekept", "kept"),
        ("b\u200bu\u202ey\u2066\ufeff \x00n\x07ow", "buy now"),
        ("e\u200b\u0301", "\u00e9"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("\u8dcc<br>\u505c\uff0c\u5feb\u8dd1", "\u8dcc \u505c,\u5feb\u8dd1"),
        ("&#8364;5 &euro;6 &nbsp; &#x202e;", "\u20ac5 \u20ac6"),
        ("<p></p>\u200b \x00", ""),
        ("", ""),
    ],
)
def test_clean(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_the_limit_counts_characters_of_the_clean_text() -> None:
    assert clean_text("<p>" + "\U0001f600" * 9_000, 8_000) == "\U0001f600" * 8_000
    assert clean_text("ab cd", limit=3) == "ab"


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "<div>",
        "&amp;",
        "amp;",
        "&#38;",
        "\u0301\u0323",
        "<b></p>",
        "&#65286;",
        "\ufdfa",
        '<a "',
        "<",
        "<![CDATA[",
    ],
)
def test_five_megabytes_come_out_short_and_stable(unit: str) -> None:
    huge = "&" + "x" + unit * (5_000_000 // len(unit))
    once = clean_text(huge)
    assert len(once) <= MAX_TEXT_CHARS
    assert clean_text(once) == once


_noise = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            [
                "<b>",
                "</b>",
                "<",
                ">",
                "&",
                "&lt;",
                "&amp;",
                "amp;",
                "lt;",
                "&#60;",
                "\uff1c",
                "\uff06",
                "<script>",
                "</script>",
                "<p ",
                "a=",
                "'",
                '"',
                "\u200b",
                "\u0301",
                "e",
                " ",
                "<!--",
                "-->",
                "<![CDATA[",
                "]]>",
                "/",
                "<textarea>",
                "<title>",
                "<x:y>",
                "&#0;",
                "\u1160",
                "<pre>",
                "\n",
                "<select>",
                "<table>",
                "<svg>",
                "<a",
            ]
        ),
    ),
    max_size=25,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_noise, st.integers(1, 40))
def test_idempotent_and_nothing_invisible(text: str, limit: int) -> None:
    once = clean_text(text, limit)
    assert clean_text(once, limit) == once
    assert len(once) <= limit
    assert unicodedata.is_normalized("NFKC", once)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in once)
