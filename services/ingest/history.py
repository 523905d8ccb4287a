"""A whole file to texts in event-time order: what `replay` publishes is exactly what `backtest` judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from services.domain.errors import InvalidMessage
from services.domain.messages import DeadLetter, Kind, RawText
from services.domain.time_zone import UTC_ZONE
from services.files.jsonl import PIPE, BadLine, GoodLine
from services.files.records import stem
from services.ingest.dates.read import MISSING, read_date
from services.ingest.dead_letters import dead_line, dead_record
from services.ingest.normalise import Normalised, SourceDefaults, normalise
from services.ingest.seen_texts import SeenTexts
from services.text.field_names import USUAL_NAMES, FieldNames

EXAMPLE = "2014-09-03T14:30:00Z"


@dataclass(frozen=True, slots=True)
class LoadedTexts:
    """The texts of a file in event-time order, and what became of the rest."""

    texts: tuple[RawText, ...]
    repeated: tuple[Kind, ...]
    """The kinds of the exact repeats that were dropped."""
    dead: tuple[DeadLetter, ...]
    changes: Counter[str]
    """How often each normalisation was made."""


def defaults_for_file(
    path: str,
    author_key: bytes,
    source: str | None = None,
    kind: Kind = "comment",
    zone: ZoneInfo | None = None,
    names: FieldNames = USUAL_NAMES,
) -> SourceDefaults:
    """The name of a file is the source of its records that name none; the same for `replay` and `backtest`."""
    name = "pipe" if path == PIPE else stem(path)
    return SourceDefaults("", kind, author_key, zone, names=names).of(source or name)


def load_texts(
    lines: Iterable[GoodLine | BadLine],
    defaults: SourceDefaults,
    seen: int,
    place: str = "input",
    refused: Callable[[int, str, str], None] = lambda number, reason, detail: None,
) -> LoadedTexts:
    """Normalise the lines of `read_records`, drop exact repeats, sort by publication (stable).

    A line without a date that can be read has no place in history and is refused; only live sources get the moment of
    reading. `seen` (ms) is that of this file, unless a line has a `first_seen_at` of its own, as archived texts have.
    `place` names the file in dead letters, `refused` is told number, reason and detail of each line that is left out.
    Holds all texts in memory.

    :raises InvalidInput: from `lines`, when the file cannot be read to its end.
    """
    known = SeenTexts()
    texts: list[RawText] = []
    dead: list[DeadLetter] = []
    changes: Counter[str] = Counter()
    repeated: list[Kind] = []
    for line in lines:
        if isinstance(line, BadLine):
            dead.append(dead_line(line, place, seen))
            refused(line.number, line.reason, line.detail)
            continue
        try:
            found = past_text(line.record, defaults, seen)
        except InvalidMessage as error:
            dead.append(dead_record(line.record, error, f"{place} line {line.number}", seen))
            refused(line.number, error.reason, error.detail)
            continue
        changes.update(found.changes)
        new = known.add(found.text)
        if new is None:
            repeated.append(found.text.kind)
        else:
            texts.append(new)
    texts.sort(key=lambda text: text.published_at)
    return LoadedTexts(tuple(texts), tuple(repeated), tuple(dead), changes)


def past_text(record: Mapping[str, Any], defaults: SourceDefaults, reading: int) -> Normalised:
    """A record of the past; what it says from the moment of reading, such as 5分钟前, it says from its own.

    :raises InvalidMessage: also when it has no place in history.
    """
    own = read_date(record.get("first_seen_at"), UTC_ZONE, reading)
    found = normalise(record, defaults, own.at)
    if found.date.change is not None and own.change is None:
        found = normalise(record, defaults, reading)
    if found.date.change is None and (own.change is None or not found.date.relative):
        return found
    if found.date.change == MISSING:
        raise InvalidMessage("bad_date", f"created_at: expected a date such as {EXAMPLE}, got nothing")
    given = repr(defaults.names.rename(record)["created_at"])[:80]
    if found.date.relative:
        expected = "first_seen_at, from which it counts"
    else:
        expected = f"a date such as {EXAMPLE} between 1990 and the moment of reading (zone {defaults.zone or 'UTC'})"
    raise InvalidMessage("bad_date", f"created_at: expected {expected}, got {given}")
