"""A whole file to texts in event-time order: what `replay` publishes is exactly what `backtest` judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.domain.errors import InvalidMessage
from services.domain.messages import DeadLetter, Kind, RawText
from services.domain.time_zone import UTC_ZONE
from services.files.jsonl import PIPE, BadLine, GoodLine
from services.files.records import stem
from services.ingest.dates import MISSING
from services.ingest.dead_letters import dead_line, dead_record
from services.ingest.deduplicate import RepeatWindow
from services.ingest.normalise import Normalised, SourceDefaults, normalise


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
    zone: ZoneInfo = UTC_ZONE,
) -> SourceDefaults:
    """The name of a file is the source of its records that name none; the same for `replay` and `backtest`."""
    name = "pipe" if path == PIPE else stem(path)
    return SourceDefaults("", kind, author_key, zone).of(source or name)


def load_texts(
    lines: Iterable[GoodLine | BadLine], defaults: SourceDefaults, seen: int, place: str = "input"
) -> LoadedTexts:
    """Normalise the lines of `read_records`, drop exact repeats, sort by publication (stable).

    A line without a date has no place in history and is refused; only live sources get the moment of reading.
    `seen` (ms) is the moment of reading, `place` names the file in dead letters. Holds all texts in memory.

    :raises InvalidInput: from `lines`, when the file cannot be read to its end.
    """
    repeats = RepeatWindow()
    texts: list[RawText] = []
    dead: list[DeadLetter] = []
    changes: Counter[str] = Counter()
    repeated: list[Kind] = []
    for line in lines:
        if isinstance(line, BadLine):
            dead.append(dead_line(line, place, seen))
            continue
        try:
            found = _dated(normalise(line.record, defaults, seen))
        except InvalidMessage as error:
            dead.append(dead_record(line.record, error, f"{place} line {line.number}", seen))
            continue
        changes.update(found.changes)
        if repeats.add(found.text.source, found.text.event_id):
            texts.append(found.text)
        else:
            repeated.append(found.text.kind)
    texts.sort(key=lambda text: text.published_at)
    return LoadedTexts(tuple(texts), tuple(repeated), tuple(dead), changes)


def _dated(found: Normalised) -> Normalised:
    if MISSING in found.changes:
        raise InvalidMessage("bad_date", "created_at: expected a date such as 2014-09-03T14:30:00Z, got nothing")
    return found
