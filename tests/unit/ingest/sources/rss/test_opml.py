"""read_opml: the feeds of what feed readers export."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.ingest.sources.rss.opml import parse_opml, read_opml

NESTED = """<?xml version="1.0" encoding="{encoding}"?>
<!-- exported -->
<opml version="2.0"><head><title>订阅</title></head><body>
<outline text="财经"><outline text="甲" type="rss" xmlUrl="https://a.example/rss?x=1&amp;y=2" htmlUrl="https://a.example"/>
<outline text="b" XMLURL=" http://b.example/f?x=1&y=2 "/></outline>
<outline text="again" xmlUrl="https://a.example/rss?x=1&amp;y=2"/>
<outline text="a folder"/>
<outline text="old" xmlUrl="feed://c.example/"/>
</body></opml>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_each_feed_once_in_its_order(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_bytes(NESTED.format(encoding=encoding).encode(encoding))
    found = read_opml(path)
    assert [feed.url for feed in found.feeds] == ["https://a.example/rss?x=1&y=2", "http://b.example/f?x=1&y=2"]
    assert found.left_out == (
        f"{path}:8: 'feed://c.example/': expected http:// or https:// and a host, without a password",
    )


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"<rss version='2.0'/>", "f: expected OPML, got the element 'rss'"),
        (b"<opml><body/></opml>", "f: expected outlines with an xmlUrl, got none"),
        (b"<opml>\n<body></opml>", "f:2: no valid OPML: mismatched tag: line 2, column 8"),
        (b"", "f:1: no valid OPML: no element found: line 1, column 0"),
        (b'<!DOCTYPE opml [<!ENTITY e SYSTEM "x">]><opml/>', "f: refused, it declares an external entity (e, x)"),
    ],
)
def test_what_is_no_list_of_feeds(data: bytes, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_opml(data, "f")
    assert str(caught.value) == error


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.opml: cannot be read: No such file"):
        read_opml(tmp_path / "none.opml")
