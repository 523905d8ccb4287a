"""What is left of an address in a message."""

from __future__ import annotations

import pytest

from services.domain.redact import redact, redact_address


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://example.org/markets/rss.xml: status 404", "https://example.org/markets/rss.xml: status 404"),
        ("https://example.org/feed?token=s3cret; next try in 5 s", "https://example.org/feed?***; next try in 5 s"),
        ("got 'http://anna:s3cret@am:9093'", "got 'http://***@am:9093'"),
        ("http://anna:p@ss@am:9093/x", "http://***@am:9093/x"),
        ("(https://example.org/a#access_token=s3cret)", "(https://example.org/a#***)"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-4e5f-6789", "https://open.feishu.cn/open-apis/bot/v2/hook/***"),
        ("https://hooks.slack.com/services/T0/B0/a1b2c3d4e5f6g7h8", "https://hooks.slack.com/services/T0/B0/***"),
        ("https://api.telegram.org/bot123456:ABC-DEF1234/sendMessage", "https://api.telegram.org/***/sendMessage"),
        ("https://a/x?k=1,http://c:d@b/y?k=2", "https://a/x?***,http://***@b/y?***"),
        ("incident company:AAPL@2014-09-03T15:41", "incident company:AAPL@2014-09-03T15:41"),
        ("kafka://127.0.0.1:9092 and comments.raw/3/17", "kafka://127.0.0.1:9092 and comments.raw/3/17"),
    ],
)  # fmt: skip
def test_scheme_host_and_plain_path_are_left(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("anna:s3cret@am:9093", "***@am:9093"),
        ("htp://anna:s3cret@am:9093?x=y", "htp://***@am:9093?***"),
        ("am:9093", "am:9093"),
        ("", ""),
    ],
)
def test_a_bad_address_is_named_without_its_login(value: str, left: str) -> None:
    assert redact_address(value) == left
