"""Labelled events: what a backtest should find, and what it should not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from services.companies import CompanyLinker
from services.domain.errors import InvalidInput
from services.domain.event_time import DAY_MS, parse_iso_ms
from services.domain.key import MonitoredKey
from services.files.jsonl import BadLine, GoodLine

TO_FIND = "negative"
"""The label of an event that should be found."""
_DATE_CHARS = len("2014-09-03")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a followed key from `start` to before `end` (ms)."""

    key: MonitoredKey
    start: int
    end: int
    label: str


def read_events(lines: Iterable[GoodLine | BadLine], linker: CompanyLinker, place: str) -> list[Event]:
    """Events `{entity, start, end, label}`, dates or times in ISO 8601; a date alone as `end` is that whole day.

    `entity` is a company by its id, ticker or name. `place` names the file in errors.

    :raises InvalidInput: naming the first line that is no event.
    """
    return list(_events(lines, linker, place))


def _events(lines: Iterable[GoodLine | BadLine], linker: CompanyLinker, place: str) -> Iterator[Event]:
    for line in lines:
        where = f"{place} line {line.number}"
        if isinstance(line, BadLine):
            raise InvalidInput(f"{where}: {line.detail}")
        entity, start, end, label = (_text(line.record, name, where) for name in ("entity", "start", "end", "label"))
        companies = linker.by_tickers((entity,)) or linker.link(entity)
        if not companies:
            raise InvalidInput(f"{where}: entity: expected a company's id, ticker or name, got {entity!r}")
        first, last = _time(start, where), _time(end, where)
        if len(end) == _DATE_CHARS:
            last += DAY_MS
        if last < first:
            raise InvalidInput(f"{where}: expected an end after the start {start}, got {end}")
        yield Event(MonitoredKey.of_company(companies[0].id), first, last, label)


def _text(record: dict[str, Any], name: str, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{where}: {name}: expected a text, got {value!r}")
    return value


def _time(value: str, where: str) -> int:
    try:
        return parse_iso_ms(value)
    except ValueError:
        raise InvalidInput(f"{where}: expected a date such as 2014-09-03, got {value!r}") from None
