"""A source's loose record to a `RawText`, or to the reason why not; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from services.domain.limits import MAX_SOURCE_CHARS
from services.domain.messages import Kind, Lang, RawText
from services.ingest.dates.read import DateRead, as_days, read_date
from services.ingest.fields import (
    author_field,
    kind_field,
    link_field,
    precision_field,
    publisher_field,
    sentiment_field,
    source_field,
    tickers_field,
)
from services.ingest.identity import author_hash, event_id
from services.text.clean import clean_text
from services.text.field_names import USUAL_NAMES, FieldNames
from services.text.language import detect
from services.text.record_text import TEXT_CUT, record_text

LINK_DROPPED = "link_dropped"


@dataclass(frozen=True, slots=True)
class SourceDefaults:
    """What records get when they do not say it themselves, and the key that hides their authors."""

    source: str
    kind: Kind
    author_key: bytes
    zone: ZoneInfo | None = None
    """In which dates are read that name no zone; None where nobody has said: see `read_date`."""
    lang: Lang | None = None
    """Of all its texts; None finds that of each."""
    publisher: str | None = None
    """Who publishes it, where that is known: several sources may have one."""
    names: FieldNames = USUAL_NAMES
    """What its fields are called."""

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
    """One record `{text and/or title, id?, created_at?, author?, source?, url?, kind?, tickers?, sentiment?}`, whose
    fields may be called as `services.text.field_names` says, first seen at `seen` (ms since 1970); others are ignored.

    What an archive of scored texts says of their times, `precision` and `in_detection`, is kept.

    :raises InvalidMessage: with the reason for the dead-letter topic.
    """
    record = defaults.names.rename(record)
    title, text, _, changed = record_text(record)
    changes: list[str | None] = [*changed]
    source = clean_text(source_field(record) or "", MAX_SOURCE_CHARS) or defaults.source
    date = read_date(record["created_at"], defaults.zone, seen)
    changes.append(date.change)
    author = author_hash(defaults.author_key, author_field(record))
    identity, replaced = event_id(source, record.get("id"), author, text)
    changes.append(replaced)
    url = link_field(record)
    changes.append(LINK_DROPPED if url is None and record.get("url") else None)
    message = RawText(
        event_id=identity,
        kind=kind_field(record, defaults.kind),
        source=source,
        text=text,
        lang=defaults.lang or detect(text),
        published_at=date.at,
        first_seen_at=seen,
        author=author,
        title=title,
        url=url,
        tickers=tickers_field(record),
        sentiment=sentiment_field(record),
        cut=TEXT_CUT in changes,
        precision=precision_field(record, date.precision),
        in_detection=record.get("in_detection") is not False,
        publisher=publisher_field(record, defaults.publisher),
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
