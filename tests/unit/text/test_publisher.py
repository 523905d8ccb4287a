"""Who publishes a text."""

from __future__ import annotations

import pytest

from services.text.publisher import publisher_of


@pytest.mark.parametrize(
    ("source", "url", "publisher"),
    [
        ("finance.example.com.cn/roll/rss.xml", None, "example.com.cn"),
        ("tech.example.com.cn/news", None, "example.com.cn"),
        ("WWW.Example.co.uk", None, "example.co.uk"),
        ("hub.example.org/feeds/ledger", "https://www.ledger.example.net/2026/a", "example.net"),
        ("one.github.io/feed", None, "one.github.io"),
        ("two.github.io/feed", None, "two.github.io"),
        ("Wire", None, "wire"),
        ("某某财经", None, "某某财经"),
        ("history.v2", None, "history.v2"),
        ("wire", "http://[bad/", "wire"),
        ("wire", "http://127.0.0.1/x", "wire"),
    ],
)
def test_sections_of_a_site_are_one_publisher(source: str, url: str | None, publisher: str) -> None:
    assert publisher_of(source, url) == publisher


def test_what_its_user_states_wins() -> None:
    assert publisher_of("a.example.com", "https://b.example.org/1", "The Ledger") == "the ledger"
