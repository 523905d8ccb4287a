"""A source's loose record to a `RawText`, or to the reason why not; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_SOURCE_CHARS, MAX_TEXT_CHARS, MAX_TITLE_CHARS
from services.domain.messages import Kind, RawText
from services.ingest.dates.read import DateRead, as_days, read_date
from services.ingest.fields import (
    first_field,
    kind_field,
    link_field,
    precision_field,
    sentiment_field,
    string_field,
    tickers_field,
)
from services.ingest.identity import author_hash, event_id
from services.text.clean import MAX_RAW_CHARS, clean_text
from services.text.language import detect
from services.text.untrusted import masked

DATE_FIELDS = ("created_at", "published_at", "date")
MOST_NAMED_CHARS = 200
"""Of the fields that an error names."""


TEXT_CUT = "text_cut"
LINK_DROPPED = "link_dropped"


@dataclass(frozen=True, slots=True)
class SourceDefaults:
    """What records get when they do not say it themselves, and the key that hides their authors."""

    source: str
    kind: Kind
    author_key: bytes
    zone: ZoneInfo | None = None
    """In which dates are read that name no zone; None where nobody has said: see `read_date`."""

    def of(self, source: str) -> SourceDefaults:
        """The same defaults for another source, whose name is cut to what a message may hold."""
        return replace(self, source=source[:MAX_SOURCE_CHARS])


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text ready to publish, and what had to be changed (labels of the metric `texts_normalised_total`)."""

    text: RawText
    changes: tuple[str, ...]
    date: DateRead


def normalise(record: Mapping[str, Any], defaults: SourceDefaults, seen: int) -> Normalised:
    """One record `{id?, text | title/body, created_at | published_at | date, author?, source?, url?, kind?,
    tickers?, sentiment?}`, first seen at `seen` (ms since 1970); other fields are ignored.

    What an archive of scored texts says of their times, `precision` and `in_detection`, is kept.

    :raises InvalidMessage: with the reason for the dead-letter topic.
    """
    changes: list[str | None] = []
    title = string_field(record, "title")
    title = clean_text(title, MAX_TITLE_CHARS) or None if title is not None else None
    text, cut = _text(record, title)
    changes.append(cut)
    source = clean_text(string_field(record, "source") or "", MAX_SOURCE_CHARS) or defaults.source
    date = read_date(first_field(record, *DATE_FIELDS), defaults.zone, seen)
    changes.append(date.change)
    author = author_hash(defaults.author_key, record.get("author"))
    identity, replaced = event_id(source, record.get("id"), author, text)
    changes.append(replaced)
    url = link_field(record)
    changes.append(LINK_DROPPED if url is None and record.get("url") else None)
    message = RawText(
        event_id=identity,
        kind=kind_field(record, defaults.kind),
        source=source,
        text=text,
        lang=detect(text),
        published_at=date.at,
        first_seen_at=seen,
        author=author,
        title=title,
        url=url,
        tickers=tickers_field(record),
        sentiment=sentiment_field(record),
        precision=precision_field(record, date.precision),
        in_detection=record.get("in_detection") is not False,
    )
    return Normalised(message, tuple(change for change in changes if change), date)


def with_days(entries: Sequence[Normalised], seen: int) -> list[Normalised]:
    """The entries of one fetch of a feed at `seen` (ms); days that are written as midnights are days."""
    dates = as_days([each.date for each in entries], seen)
    return [
        each
        if date is each.date
        else replace(each, date=date, text=structs.replace(each.text, published_at=date.at, precision=date.precision))
        for each, date in zip(entries, dates, strict=True)
    ]


def _text(record: Mapping[str, Any], title: str | None) -> tuple[str, str | None]:
    """The cleaned text, from `text`, or from title and body."""
    raw = string_field(record, "text")
    if raw is None:
        body = string_field(record, "body") or string_field(record, "summary")
        if title is None and body is None:
            named = masked(", ".join(sorted(map(str, record)))[:MOST_NAMED_CHARS])
            raise InvalidMessage("invalid_field", f"expected a field text, or title and body; got: {named or 'none'}")
        raw = body or ""
    clean = clean_text(raw, MAX_TEXT_CHARS + 1)
    if "text" not in record and title is not None and not clean.startswith(title):
        clean = f"{title}{'' if title[-1] in '.!?。!?' else '.'} {clean}" if clean else title
    if not clean:
        raise InvalidMessage("empty_text", "expected a text, nothing visible is left of it")
    cut = len(clean) > MAX_TEXT_CHARS or len(raw) > MAX_RAW_CHARS
    return clean[:MAX_TEXT_CHARS].rstrip(), TEXT_CUT if cut else None
