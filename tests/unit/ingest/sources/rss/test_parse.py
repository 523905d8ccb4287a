"""parse_feed: entries of honest feeds, refusal of hostile ones; with normalise behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from email.utils import formatdate

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


def _parse(text: str | bytes) -> list[dict[str, object]]:
    return parse_feed(text if isinstance(text, bytes) else text.encode(), URL, "text/xml", "example.com/feed.xml", NOW)


def test_rss_with_dates_as_they_are_written() -> None:
    first, second = _parse(RSS)
    assert (first["title"], first["url"]) == ("First 苹果", "https://example.com/1")
    assert (first["published_at"], first["author"]) == ("Wed, 03 Sep 2014 10:00:00 -0400", "jane")
    assert second["published_at"] == "Wed, 03 Sep 2014 14:30:00 GMT"


def test_what_feedparser_leaves_is_cleaned_behind_it() -> None:
    defaults = SourceDefaults("example.com/feed.xml", "news", b"key")
    found = normalise(_parse(RSS)[1], defaults, NOW)
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
    there = parse_feed(RSS.encode(), URL, "text/xml", "elsewhere", NOW)[0]["id"]
    assert here != there
    assert here == _parse(RSS)[0]["id"]


def _item(title: str, more: str = "") -> str:
    return f"<item><title>{title}</title>{more}</item>"


def _day(number: int) -> str:
    return f"<pubDate>{formatdate(86_400 * (10_000 + number))}</pubDate>"


def _slashed_day(number: int) -> str:
    return f"<pubDate>{date(2010, 1, 1) + timedelta(number):%Y/%m/%d}</pubDate>"


def _rss(*items: str) -> str:
    return f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'


@pytest.mark.parametrize("step", [1, -1], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("written", [_day, _slashed_day])
def test_of_many_entries_the_newest_are_kept(step: int, written: Callable[[int], str]) -> None:
    items = [_item(str(day), written(day)) for day in range(MAX_ENTRIES + 5)][::step]
    assert [entry["title"] for entry in _parse(_rss(*items))] == [str(day) for day in range(5, MAX_ENTRIES + 5)]


def test_entries_without_dates_are_taken_to_come_newest_first() -> None:
    items = [_item(str(place)) for place in range(MAX_ENTRIES + 5)]
    assert [entry["title"] for entry in _parse(_rss(*items))] == [str(place) for place in reversed(range(MAX_ENTRIES))]


def test_an_entry_without_a_date_stays_beside_its_neighbour() -> None:
    items = _item("new", _day(3)), _item("undated"), _item("old", _day(1))
    assert [entry["title"] for entry in _parse(_rss(*items))] == ["old", "new", "undated"]


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (_rss(_item("a"), _item("b"), _item("c")), ["b", "a"]),
        ('<feed xmlns="http://www.w3.org/2005/Atom">'
         + "".join(f"<entry><id>{name}</id><title>{name}</title></entry>" for name in "abc") + "</feed>", ["b", "a"]),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
         "<channel><title>t</title></channel>" + "".join(_item(name) for name in "abc") + "</rdf:RDF>", ["b", "a"]),
    ],
    ids=["rss", "atom", "rss 1"],
)  # fmt: skip
def test_a_feed_without_its_end_is_read_to_its_last_whole_entry(body: str, whole: list[str]) -> None:
    part = body[: body.index(">c<")].encode()
    assert [entry["title"] for entry in parse_feed(part, URL, "text/xml", "s", NOW, cut=True)] == whole


def test_a_feed_whose_first_entry_is_too_large_says_so() -> None:
    with pytest.raises(Refusal, match="no entry is whole in the 50 characters") as caught:
        parse_feed(_rss(_item("x" * 100)).encode()[:50], URL, "text/xml", "s", NOW, cut=True)
    assert caught.value.result == "too_large"


@pytest.mark.parametrize(
    ("summary", "content", "body"),
    [
        ("More &amp;raquo;", "&lt;p&gt;The mill closes in May.&lt;/p&gt;", "<p>The mill closes in May.</p>"),
        ("The post first stood on the mill's page. Go on reading there.", "It shuts; all 300 have to go.",
         "It shuts; all 300 have to go."),
        ("The mill closes in May.", "&lt;img src='a.png'&gt;", "The mill closes in May."),
        ("", "Only here", "Only here"),
    ],
)  # fmt: skip
def test_the_content_is_read_before_the_summary_unless_it_is_next_to_nothing(
    summary: str, content: str, body: str
) -> None:
    encoded = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    item = _item("t", f"<description>{summary}</description>{encoded}{content}</content:encoded>")
    assert _parse(_rss(item))[0]["body"] == body


@pytest.mark.parametrize(
    ("head", "declared", "encoding"),
    [
        ("text/xml", "gb2312", "gbk"),
        ("text/xml; charset=utf-8", "gbk", "gbk"),
        ("text/xml; charset=ISO-8859-1", "GB2312", "gb18030"),
        ("application/rss+xml", "utf-8", "gb18030"),
        ("text/xml", "", "gbk"),
        ('text/xml; charset="gbk"', "gb2312", "utf-8"),
        ("text/xml", "gbk", "utf-8-sig"),
        ("text/xml", "utf-8", "utf-16"),
        ("text/xml", "utf-16", "utf-16-be"),
        ("text/xml; charset=us-ascii", "utf-16", "utf-8"),
    ],
)
def test_the_encoding_is_that_of_the_bytes(head: str, declared: str, encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = declaration + _rss(_item("工厂停产，三百名员工被裁"), _item("债券违约"))
    assert [entry["title"] for entry in parse_feed(body.encode(encoding), URL, head, "s", NOW)] == [
        "债券违约",
        "工厂停产，三百名员工被裁",
    ]


def test_one_bad_byte_costs_one_character() -> None:
    body = (
        '<?xml version="1.0" encoding="gb2312"?>' + _rss(_item("工厂停产，三百名员工被裁"), _item("债券违约"))
    ).encode("gbk")
    damaged = body.replace("产".encode("gbk"), "产".encode("gbk")[:1])
    titles = [entry["title"] for entry in _parse(damaged)]
    assert titles == ["债券违约", "工厂停�，三百名员工被裁"]


def test_signs_that_xml_forbids_are_left_out() -> None:
    assert _parse("\n \x00" + _rss(_item("Up\x0b and\x01 down")))[0]["title"] == "Up and down"


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    assert [entry["title"] for entry in _parse(RSS[:-20])][:1] == ["First 苹果"]


def test_entities_of_characters_are_read() -> None:
    body = "<!DOCTYPE rss [<!ENTITY nbsp \"&#160;\"><!ENTITY maker 'Mill &amp; Sons'>]>" + _rss(
        _item("&maker;&nbsp;falls &eacute;&unknown; &lt;5")
    )
    assert _parse(body)[0]["title"] == "Mill & Sons\xa0falls é&unknown; <5"


def test_a_refusal_names_the_feed() -> None:
    with pytest.raises(Refusal) as caught:
        _parse('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + _rss(_item("&e;")))
    assert caught.value.result == "bad_content"
    assert str(caught.value) == f"{URL}: refused, it declares an external entity (e, file:///etc/hostname)"


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
