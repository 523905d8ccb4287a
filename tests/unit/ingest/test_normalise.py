"""normalise: a record to a RawText, field by field."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.domain.errors import DEAD_REASONS, InvalidInput, InvalidMessage
from services.domain.event_time import parse_iso_ms
from services.domain.limits import MAX_TEXT_CHARS
from services.domain.messages import RawText
from services.ingest.dates.read import IMPLAUSIBLE, MISSING, UNREADABLE
from services.ingest.normalise import LINK_DROPPED, SourceDefaults, normalise
from services.kafka.codec import Codec, encode
from services.text.field_names import USUAL_NAMES
from services.text.record_text import TEXT_CUT

NOW = parse_iso_ms("2014-09-03T14:30:00Z")
DEFAULTS = SourceDefaults("tweets", "comment", b"key")
DATE = "2014-09-03T14:00:00Z"


def _text(**fields: Any) -> RawText:
    return normalise({"text": "$AAPL falls", "created_at": DATE, **fields}, DEFAULTS, NOW).text


def _reason(**fields: Any) -> str:
    with pytest.raises(InvalidMessage) as caught:
        _text(**fields)
    assert caught.value.reason in DEAD_REASONS
    return caught.value.reason


def test_a_whole_record() -> None:
    found = normalise(
        {
            "id": "t-1",
            "text": "<b>$AAPL</b> falls &amp; falls",
            "title": "Down<script>x</script>",
            "created_at": DATE,
            "author": "jane",
            "source": "yumo/stocks",
            "url": "https://example.com/1",
            "kind": "news",
            "tickers": ["$aapl", "AAPL", "GOOG"],
            "sentiment": {"negative": 0.7, "neutral": 0.2, "positive": 0.1},
            "followers": 6,
        },
        DEFAULTS,
        NOW,
    )
    assert found.changes == ()
    assert found.text == RawText(
        event_id="t-1",
        kind="news",
        source="yumo/stocks",
        text="Down. $AAPL falls & falls",
        lang="en",
        published_at=parse_iso_ms(DATE),
        first_seen_at=NOW,
        author=found.text.author,
        title="Down",
        url="https://example.com/1",
        tickers=("AAPL", "GOOG"),
        sentiment=(0.7, 0.2, 0.1),
    )
    assert Codec(RawText).decode(encode(found.text), NOW) == found.text


def test_the_least_record() -> None:
    found = normalise({"text": "涨"}, DEFAULTS, NOW)
    assert (found.text.kind, found.text.source, found.text.lang) == ("comment", "tweets", "zh")
    assert found.text.published_at == NOW
    assert (found.text.author, found.text.title, found.text.url) == (None, None, None)
    assert (found.text.tickers, found.text.sentiment) == (None, None)
    assert found.changes == ("date_missing",)


def test_title_and_body_make_the_text() -> None:
    assert normalise({"title": "Up", "body": "<p>A lot</p>"}, DEFAULTS, NOW).text.text == "Up. A lot"
    assert normalise({"title": "Up!", "body": "A lot"}, DEFAULTS, NOW).text.text == "Up! A lot"
    assert normalise({"title": "Up", "body": "Up a lot"}, DEFAULTS, NOW).text.text == "Up a lot"
    assert normalise({"title": "Up"}, DEFAULTS, NOW).text.text == "Up"
    assert normalise({"body": "A lot"}, DEFAULTS, NOW).text.text == "A lot"


def test_a_long_text_is_cut_and_counted() -> None:
    found = normalise({"text": "word " * 1_000_000, "created_at": DATE}, DEFAULTS, NOW)
    assert found.changes == (TEXT_CUT,)
    assert 99_990 < len(found.text.text) <= MAX_TEXT_CHARS
    exact = normalise({"text": "x" * MAX_TEXT_CHARS, "created_at": DATE}, DEFAULTS, NOW)
    assert (exact.changes, len(exact.text.text)) == ((), MAX_TEXT_CHARS)
    joined = normalise({"title": "t", "body": "x" * MAX_TEXT_CHARS, "created_at": DATE}, DEFAULTS, NOW)
    assert (joined.changes, len(joined.text.text)) == ((TEXT_CUT,), MAX_TEXT_CHARS)


@pytest.mark.parametrize("text", ["", "  ", "\u200b\x00", "<script>x</script>", "<p></p>"])
def test_nothing_visible(text: str) -> None:
    assert _reason(text=text) == "empty_text"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": 5},
        {"text": None},
        {"text": ["a"]},
        {"title": 5},
        {"source": {}},
        {"author": [["jane"]]},
        {"author": {"age": 5}},
        {"author": True},
        {"id": 1.5},
        {"id": {"a": 1}},
        {"kind": "blog"},
        {"kind": 1},
        {"tickers": 5.5},
        {"tickers": [1]},
        {"tickers": ["A" * 21]},
        {"tickers": [f"T{i}" for i in range(51)]},
        {"tickers": ["T"] * 100_000},
        {"sentiment": "bad"},
        {"sentiment": [0.5, 0.5]},
        {"sentiment": [0.9, 0.9, 0.9]},
        {"sentiment": [math.nan, 0.5, 0.5]},
        {"sentiment": [10**4000, 0, 0]},
        {"sentiment": [True, False, False]},
        {"sentiment": {"negative": 1.0}},
        {"sentiment": {"negative": math.nan, "neutral": 0.5, "positive": 0.5}},
        {"sentiment": [-0.5, 0.5, 1.0]},
    ],
)
def test_wrong_fields(fields: dict[str, Any]) -> None:
    assert _reason(**fields) == "invalid_field"


def test_a_record_without_text_says_what_came() -> None:
    with pytest.raises(InvalidMessage, match="expected a field text, or title and body; got: id, words"):
        normalise({"words": "x", "id": 1, "text": None}, DEFAULTS, NOW)


@pytest.mark.parametrize(
    ("date", "change"),
    [(math.nan, UNREADABLE), ("soon", UNREADABLE), ("0001-01-01", MISSING), ("2099-01-01", IMPLAUSIBLE)],
)
def test_a_text_without_a_date_that_can_be_read_is_kept(date: object, change: str) -> None:
    found = normalise({"text": "x", "created_at": date}, DEFAULTS, NOW)
    assert (found.text.published_at, found.text.precision, found.changes) == (NOW, "seen", (change,))


def test_a_date_is_read_in_the_zone_of_its_source() -> None:
    beijing = replace(DEFAULTS, zone=ZoneInfo("Asia/Shanghai"))
    found = normalise({"text": "x", "created_at": "2014年9月3日 21:30"}, beijing, NOW).text
    assert (found.published_at, found.precision) == (parse_iso_ms("2014-09-03T13:30:00Z"), "exact")
    today = normalise({"text": "x", "created_at": "2014-09-03"}, beijing, NOW).text
    assert (today.published_at, today.precision) == (NOW, "day")


def test_what_an_archive_says_of_times_is_kept() -> None:
    archived = {"text": "x", "published_at": DATE, "precision": "seen", "in_detection": False}
    kept = normalise(archived, DEFAULTS, NOW).text
    assert (kept.published_at, kept.precision, kept.in_detection) == (parse_iso_ms(DATE), "seen", False)
    other = normalise({"text": "x", "created_at": DATE, "precision": 0.5}, DEFAULTS, NOW).text
    assert (other.precision, other.in_detection) == ("exact", True)


def test_the_first_date_field_counts() -> None:
    record = {"text": "x", "created_at": None, "published_at": DATE, "date": "2013-01-01"}
    assert normalise(record, DEFAULTS, NOW).text.published_at == parse_iso_ms(DATE)


@pytest.mark.parametrize("link", ["http://example.com", "https://example.com/a?b=c#d", "HTTPS://example.com/%C3%A4;x"])
def test_good_links_survive(link: str) -> None:
    assert _text(url=f" {link} ").url == link


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://example.com/ä?q=ö#ü", "https://example.com/%C3%A4?q=%C3%B6#%C3%BC"),
        (
            "https://example.com/公告/第 1 号.html",
            "https://example.com/%E5%85%AC%E5%91%8A/%E7%AC%AC%201%20%E5%8F%B7.html",
        ),
        ("https://例子.example/公", "https://例子.example/%E5%85%AC"),
        ('https://example.com/what\'s-"new"?<b>', "https://example.com/what%27s-%22new%22?%3Cb%3E"),
        ("\n https://example.com/a\n  b", "https://example.com/a%20%20b"),
    ],
)
def test_links_are_encoded_where_they_must_be(link: str, url: str) -> None:
    assert _text(url=link).url == url


def test_a_title_stands_before_a_text() -> None:
    assert _text(title="Mill fire", text="Three hurt.").text == "Mill fire. Three hurt."
    assert _text(title="Mill fire", text="").text == "Mill fire"
    assert _text(title="Mill fire: what…", text="Mill fire: what we know").text == "Mill fire: what we know"


@pytest.mark.parametrize(
    "record",
    [
        {"headline": "Mill fire", "content": "Three hurt", "publishedAt": DATE, "symbols": "STL, ORE"},
        {"Title": "Mill fire", "description": "Three hurt", "body": None, "Pub Date": DATE, "ticker": ["stl", "$ORE"]},
        {"标题": "Mill fire", "内容": "Three hurt", "发布时间": DATE, "股票代码": "STL；ORE"},
        {"title": "Mill fire", "content_text": "Three hurt", "summary": "x", "datePublished": DATE,
         "symbols": [{"symbol": "STL"}, {"symbol": "ORE"}]},
    ],
)  # fmt: skip
def test_the_usual_names_of_fields(record: dict[str, Any]) -> None:
    found = normalise(record, DEFAULTS, NOW).text
    assert (found.text, found.title, found.tickers) == ("Mill fire. Three hurt", "Mill fire", ("STL", "ORE"))
    assert found.published_at == parse_iso_ms(DATE)


def test_a_name_with_a_value_of_another_kind_is_another_thing() -> None:
    odd = {"comment": 12, "subject": ["a"], "media": [{}], "message": {"x": 1}, "user": None, "time": {}, "site": 5}
    found = normalise({"body": "Three hurt", **odd, "stock_code": 600519}, DEFAULTS, NOW).text
    assert (found.text, found.title, found.source, found.tickers) == ("Three hurt", None, "tweets", ("600519",))
    assert _reason(text=12, comment="x") == "invalid_field"


def test_other_names_can_be_given() -> None:
    names = USUAL_NAMES.override(["text=Comment Body", "created_at=when"])
    found = normalise({"text": "no", "comment_body": "yes", "WHEN": DATE}, replace(DEFAULTS, names=names), NOW).text
    assert (found.text, found.published_at) == ("yes", parse_iso_ms(DATE))
    for wrong in ("text", "text=", "words=text"):
        with pytest.raises(InvalidInput, match=f"--field: expected FIELD=NAME with one of id, title, .* got '{wrong}'"):
            USUAL_NAMES.override([wrong])


def test_people_and_sources_may_be_objects() -> None:
    assert _text(author={"name": "J. Doe", "id": "jane"}).author == _text(author="jane").author
    assert _text(author=[{"name": "jane"}]).author == _text(author=["jane"]).author == _text(author="jane").author
    assert _text(source={"id": None, "name": "Wire"}).source == "Wire"


def test_a_publisher_is_kept_beside_the_source_and_is_the_source_without_one() -> None:
    found = _text(source="wire/markets", publisher="The Wire")
    assert (found.source, found.publisher) == ("wire/markets", "The Wire")
    assert _text(publisher="The Wire").source == "The Wire"
    stated = replace(DEFAULTS, publisher="The Wire")
    assert normalise({"text": "x", "created_at": DATE}, stated, NOW).text.publisher == "The Wire"


def test_mojibake_is_repaired_and_counted() -> None:
    found = normalise(
        {"title": "钢厂减产".encode().decode("latin-1"), "text": "亏损\ufffd大", "created_at": DATE}, DEFAULTS, NOW
    )
    assert found.changes == ("mojibake_repaired", "mojibake")
    assert found.text.title == "钢厂减产"
    assert found.text.lang == "zh"


def test_a_source_may_say_its_language() -> None:
    assert normalise({"text": "OK"}, replace(DEFAULTS, lang="zh"), NOW).text.lang == "zh"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.com/x",
     "https://user:pw@example.com", "https://", "http://exa mple.com", "https://e.com\"onclick=x",
     "https://e.com\\@a.com", "https://[bad",
     "http://e.com/\u202e", 5, ["https://e.com"], "https://e.com/" + "x" * 2_000],
)  # fmt: skip
def test_other_links_are_dropped_and_counted(link: object) -> None:
    found = normalise({"text": "x", "created_at": DATE, "url": link}, DEFAULTS, NOW)
    assert found.text.url is None
    assert found.changes == (LINK_DROPPED,)


def test_ids() -> None:
    assert _text(id="sn-418157151946035200").event_id == "sn-418157151946035200"
    assert _text(id=42).event_id == "42"
    for strange in ("x" * 201, "a\nb", " a", "a\u202eb"):
        found = normalise({"text": "x", "created_at": DATE, "id": strange}, DEFAULTS, NOW)
        assert len(found.text.event_id) == 32
        assert found.changes == ("id_replaced",)
    assert _text(id="x" * 201).event_id != _text(id="y" * 201).event_id
    assert _text(id=int("9" * 300)).event_id == _text(id="9" * 300).event_id


def test_without_an_id_the_same_text_of_the_same_source_has_the_same_id() -> None:
    first = _text()
    assert _text(created_at="2014-09-01T00:00:00Z", text=" <i>$AAPL</i>  falls").event_id == first.event_id
    assert _text(text="$AAPL rises").event_id != first.event_id
    assert _text(source="elsewhere").event_id != first.event_id
    assert _text(author="jane").event_id != first.event_id


def test_authors_are_hashed_with_the_key() -> None:
    assert _text(author="jane").author == "7e024875be2f8230"
    assert "jane" not in str(_text(author="jane"))
    assert _text(author="jane").author != _text(author="john").author
    other = normalise({"text": "x", "author": "jane"}, SourceDefaults("tweets", "comment", b"other key"), NOW).text
    assert other.author != _text(author="jane").author
    assert _text(author="").author is None


def test_an_empty_list_of_tickers_says_that_there_are_none() -> None:
    assert _text(tickers=[]).tickers == ()
    assert _text(tickers=None).tickers is None
