"""The feeds of a sources file: YAML, checked with the place of everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from services.domain.limits import MAX_SOURCE_CHARS
from services.domain.messages import LANGUAGES, Kind, Lang
from services.domain.time_zone import WHAT, time_zone
from services.files.bounded import read_text
from services.files.yaml_document import read_yaml
from services.files.yaml_value import YamlValue
from services.ingest.sources.rss.fetch import parse_url
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.subscription import Subscription

MOST_BYTES = 1_000_000
LEAST_INTERVAL_SECONDS = 10
MOST_INTERVAL_SECONDS = 86_400
KINDS = ("news", "comment")
_OPTIONAL = ("kind", "timezone", "language", "interval", "publisher")


def read_sources(path: Path) -> tuple[Subscription, ...]:
    """The feeds of a file of at most 1 MB.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    return parse_sources(read_text(path, MOST_BYTES), str(path))


def parse_sources(text: str, file: str) -> tuple[Subscription, ...]:
    """The feeds of a YAML text; `file` is what errors call it.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    entries = read_yaml(text, file, "sources").fields(("sources",))["sources"].items("sources")
    found: dict[str, Subscription] = {}
    for entry in entries:
        fields = entry.fields(("url",), _OPTIONAL)
        subscription = _subscription(fields)
        if subscription.url in found:
            raise fields["url"].wrong("each address once", f"{subscription.url} again")
        found[subscription.url] = subscription
    return tuple(found.values())


def _subscription(fields: dict[str, YamlValue]) -> Subscription:
    kind, zone, lang = fields.get("kind"), fields.get("timezone"), fields.get("language")
    interval, publisher = fields.get("interval"), fields.get("publisher")
    what = f"a name of at most {MAX_SOURCE_CHARS} characters"
    return Subscription(
        url=_address(fields["url"]),
        kind=cast(Kind, _one_of(kind, KINDS)) if kind else None,
        zone=_zone(zone) if zone else None,
        lang=cast(Lang, _one_of(lang, LANGUAGES)) if lang else None,
        interval=interval.whole(LEAST_INTERVAL_SECONDS, MOST_INTERVAL_SECONDS) if interval else None,
        publisher=publisher.text(what, lambda name: 0 < len(name.strip()) <= MAX_SOURCE_CHARS) if publisher else None,
    )


def _address(value: YamlValue) -> str:
    url = value.text("the address of a feed")
    try:
        parse_url(url)
    except Refusal as refusal:
        raise value.wrong("the address of a feed", str(refusal)) from refusal
    return url


def _zone(value: YamlValue) -> ZoneInfo:
    name = value.text(WHAT)
    try:
        return time_zone(name)
    except ValueError as error:
        raise value.wrong(WHAT, str(error).partition(", got ")[2]) from error


def _one_of(value: YamlValue, words: tuple[str, ...]) -> str:
    what = f"one of {', '.join(words)}"
    word = value.text(what)
    if word not in words:
        raise value.wrong(what, near=words)
    return word
