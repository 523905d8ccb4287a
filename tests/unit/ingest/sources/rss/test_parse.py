"""parse_feed: entries of honest feeds, refusal of hostile ones; with normalise behind it."""

from __future__ import annotations

import feedparser
import pytest

from services.domain.event_time import parse_iso_ms
from services.ingest.normalise import SourceDefaults, normalise
from services.ingest.sources.rss.parse import MAX_ENTRIES, parse_feed
from services.ingest.sources.rss.refusal import Refusal

URL = "https://example.com/feed.xml"
NOW = parse_iso_ms("2014-09-04T00:00:00Z")

RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Wire</title>
<item><title>Second &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; more</title><link>javascript:alert(1)</link>
<guid>2</guid><pubDate>Wed, 03 Sep 2014 14:30:00 GMT</pubDate>
<description>&lt;p&gt;Body &lt;img src=x onerror=alert(1)&gt;&lt;/p&gt;</description></item>
<item><title>First 苹果</title><link>https://example.com/1</link><guid>1</guid><author>jane</author>
<pubDate>Wed, 03 Sep 2014 10:00:00 -0400</pubDate></item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><id>urn:1</id><title>Up</title>
<link href="/1"/><updated>2014-09-03T14:30:00Z</updated><content type="html">&lt;b&gt;A lot&lt;/b&gt;</content></entry>
</feed>"""

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n > 1 else "&lol;" * 10}">' for n in range(1, 10))
    + ']><rss version="2.0"><channel><item><title>&l9;</title></item></channel></rss>'
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<rss version="2.0"><channel><item><title>&e;</title></item></channel></rss>'
)
EXTERNAL_DTD = (
    '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss version="2.0"><channel><title>t</title></channel></rss>'
)


def _parse(text: str | bytes) -> list[dict[str, object]]:
    return parse_feed(text if isinstance(text, bytes) else text.encode(), URL, "text/xml", "example.com/feed.xml")


def test_rss_with_dates_as_they_are_written() -> None:
    second, first = _parse(RSS)
    assert (first["title"], first["url"]) == ("First 苹果", "https://example.com/1")
    assert (first["published_at"], first["author"]) == ("Wed, 03 Sep 2014 10:00:00 -0400", "jane")
    assert second["published_at"] == "Wed, 03 Sep 2014 14:30:00 GMT"


def test_what_feedparser_leaves_is_cleaned_behind_it() -> None:
    defaults = SourceDefaults("example.com/feed.xml", "news", b"key")
    found = normalise(_parse(RSS)[0], defaults, NOW)
    assert found.text.title == "Second & more"
    assert found.text.text == "Second & more. Body"
    assert found.text.url is None
    assert found.changes == ("link_dropped",)


def test_atom_with_a_relative_link() -> None:
    (entry,) = _parse(ATOM)
    assert (entry["title"], entry["url"]) == ("Up", "https://example.com/1")
    assert "A lot" in str(entry["body"])


def test_ids_belong_to_the_source() -> None:
    here = _parse(RSS)[0]["id"]
    there = parse_feed(RSS.encode(), URL, "text/xml", "elsewhere")[0]["id"]
    assert here != there
    assert here == _parse(RSS)[0]["id"]


def test_no_more_entries_than_the_limit() -> None:
    items = "".join(f"<item><title>{n}</title></item>" for n in range(MAX_ENTRIES + 5))
    assert len(_parse(f'<rss version="2.0"><channel>{items}</channel></rss>')) == MAX_ENTRIES


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    assert [entry["title"] for entry in _parse(RSS[:-20])][1:] == ["First 苹果"]


@pytest.mark.parametrize(
    "body",
    [BOMB, EXTERNAL, EXTERNAL_DTD, BOMB.encode("utf-16"), EXTERNAL.encode("utf-16"), BOMB[:-6], EXTERNAL[:-6],
     "<a></b>" + BOMB],
)  # fmt: skip
def test_entities_are_refused(body: str | bytes) -> None:
    with pytest.raises(Refusal, match="the feed declares entities") as caught:
        _parse(body)
    assert caught.value.result == "bad_content"


def test_a_feed_that_breaks_the_parser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(feedparser, "parse", broken)
    with pytest.raises(Refusal, match="breaks the parser"):
        _parse(RSS)


@pytest.mark.parametrize("body", ["", "<html><body>Not found</body></html>", '{"json": true}', b"\x00\xff\xfe"])
def test_what_is_no_feed_is_refused(body: str | bytes) -> None:
    with pytest.raises(Refusal, match="expected an RSS or Atom feed"):
        _parse(body)
