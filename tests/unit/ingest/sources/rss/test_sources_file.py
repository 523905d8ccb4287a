"""read_sources: every field of a feed, and the place of everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.domain.errors import InvalidInput
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.rss.sources_file import parse_sources, read_sources
from services.ingest.sources.rss.subscription import Subscription

EXAMPLE = Path(__file__).parents[5] / "deploy" / "feeds" / "sources.example.yaml"
WHOLE = """
sources:
  - url: https://wire.example/rss?key=a&b
    kind: comment
    timezone: Asia/Shanghai
    language: zh
    interval: 60
    publisher: The Wire
  - url: http://other.example/
"""


def test_all_that_can_be_said_of_a_feed() -> None:
    assert parse_sources(WHOLE, "s.yaml") == (
        Subscription("https://wire.example/rss?key=a&b", "comment", ZoneInfo("Asia/Shanghai"), "zh", 60, "The Wire"),
        Subscription("http://other.example/"),
    )


def test_what_is_not_said_is_as_for_all_feeds() -> None:
    common = SourceDefaults("rss", "news", b"key", ZoneInfo("Europe/Paris"))
    first, second = parse_sources(WHOLE, "s.yaml")
    found = first.defaults(common, "wire")
    assert (found.source, found.kind, str(found.zone), found.lang, found.publisher) == (
        *("wire", "comment", "Asia/Shanghai", "zh", "The Wire"),
    )
    assert second.defaults(common, "other") == common.of("other")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "s.yaml:1:1: expected sources, got an empty file"),
        ("feeds: []", "s.yaml:1:1: expected one of sources, got 'feeds'"),
        ("sources: []", "s.yaml:1:10: sources: expected a list of sources, got an empty one"),
        ("sources:\n  - kind: news", "s.yaml:2:5: sources[0]: expected a field url, got none"),
        ("sources:\n  - url: ftp://a.example", "s.yaml:2:10: sources[0].url: expected the address of a feed, got "
         "'ftp://a.example': expected http:// or https:// and a host, without a password"),
        ("sources:\n  - {url: http://a.example, kind: nwes}",
         "s.yaml:2:35: sources[0].kind: expected one of news, comment, got 'nwes' (did you mean news?)"),
        ("sources:\n  - {url: http://a.example, timezone: Asia/Shangai}",
         "s.yaml:2:39: sources[0].timezone: expected a time zone, such as Asia/Shanghai, got 'Asia/Shangai'; "
         "did you mean Asia/Shanghai?"),
        ("sources:\n  - {url: http://a.example, interval: 5}",
         "s.yaml:2:39: sources[0].interval: expected a whole number from 10 to 86400, got '5'"),
        ("sources:\n  - url: http://a.example\n  - url: http://a.example",
         "s.yaml:3:10: sources[1].url: expected each address once, got http://a.example again"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_sources(text, "s.yaml")
    assert str(caught.value) == error


def test_the_example_is_right() -> None:
    assert len(read_sources(EXAMPLE)) >= 3


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.yaml: cannot be read: No such file"):
        read_sources(tmp_path / "none.yaml")
