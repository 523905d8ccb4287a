"""Foreign text made plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerting.receivers.plain_text import command, cut, inert, link, unlinked

SIGNS = "<>[]*_`~#@\\&"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("see https://evil.example/x.html now", "see https:／／evil．example/x．html now"),
        ("www.evil.com", "www．evil．com"),
        ("evil.中国", "evil．中国"),
        ("up 3.5 % to 1.23", "up 3.5 % to 1.23"),
        ("贵州茅台 (600519.SH) 与 0700.HK。", "贵州茅台 (600519.SH) 与 0700.HK。"),
        ("茅台600519.SH大跌", "茅台600519.SH大跌"),
        ("x600519.SH 1234.HK.evil.com", "x600519．SH 1234.HK．evil．com"),
        ("It ended. Then", "It ended. Then"),
    ],
)
def test_no_address_is_left(text: str, plain: str) -> None:
    assert unlinked(text) == plain


def test_signs_of_markup_become_look_alikes() -> None:
    assert inert("[x](http://a) <@all> **b** `c` # d_e ~f~ \\ &lt;") == (
        "［x］(http:／／a) ＜＠all＞ ＊＊b＊＊ ｀c｀ ＃ d＿e ～f～ ＼ ＆lt;"
    )


@given(st.text())
def test_no_sign_survives_and_again_changes_nothing(text: str) -> None:
    plain = inert(text)
    assert not set(plain) & set(SIGNS)
    assert "://" not in plain
    assert len(plain.splitlines()) <= 1
    assert inert(plain) == plain


@given(st.text(), st.integers(3, 40))
def test_cut_keeps_whole_characters(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short.encode()) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_cut_is_in_bytes() -> None:
    assert cut("危机危机", 12) == "危机危机"
    assert cut("危机危机", 11) == "危机…"


@pytest.mark.parametrize(
    "text", ["groundswell alerts show 'p:fraud|600519.SH@2026-01-05T09:30:00Z'", "deploy/runbook.md#stageabsent"]
)
def test_a_command_can_be_copied(text: str) -> None:
    assert command(text) == text


@pytest.mark.parametrize("text", ["show [x](y)", "# head", "http://a/b", "a\nb", "a `b`"])
def test_what_is_no_plain_command_is_made_inert(text: str) -> None:
    assert command(text) == inert(text) != text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://grafana.example/d/x?var-a=AAPL&from=1", True),
        ("http://[::1]/", False),
        ("javascript:alert(1)", False),
        ("http://a/)[x](http://b", False),
        ("http://a/ b", False),
        ("http://a/\n", False),
        ("http://a/" + "x" * 500, False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_harmless_address_is_a_link(address: str | None, kept: bool) -> None:
    assert link(address) == (address if kept else None)
