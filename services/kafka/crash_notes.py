"""Which records a worker crashed on, kept over its restarts: what crashes it twice is poison.

A crash with many records in hand makes suspects of them all: they are taken one by one from then on, so that the next
crash finds the one. A process that is killed from outside while a record is in hand may have been killed by it (a fault
of native code) or by anybody: that counts only when it happens `MOST_DEATHS` times without a good end in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from services.domain.errors import TooManyDead
from services.domain.messages import Origin
from services.kafka.read_record import ReadRecord
from services.kafka.state_file import read_state, remove_state, write_state
from services.text.untrusted import safe_text

MOST_CRASHES = 2
MOST_DEATHS = 5
MOST_IN_A_ROW = 5
"""So many poisonous records without a good one in between: it is not the records."""
MOST_NOTES = 2_000
MOST_ERROR_CHARS = 300
_NOT_OF_RECORDS = (OSError, MemoryError, KeyboardInterrupt, SystemExit)
"""What the machine does, or whoever stops the worker, and no record."""

R = TypeVar("R")

log = logging.getLogger(__name__)


class RecordsAtFault(Exception):
    """Says of the error that it comes from which records are to blame, others than those that are in hand."""

    def __init__(self, records: Sequence[ReadRecord]) -> None:
        super().__init__(f"{len(records)} records")
        self.records = records


class Suspect(msgspec.Struct):
    """A record that was in hand in a crash."""

    origin: Origin
    checksum: int
    crashes: int = 0
    deaths: int = 0
    error: str = "the process was killed"
    is_buried: bool = False

    def is_poison(self) -> bool:
        """Whether it must not be processed again."""
        return self.crashes >= MOST_CRASHES or self.deaths >= MOST_DEATHS


class _Notes(msgspec.Struct):
    suspects: list[Suspect] = msgspec.field(default_factory=list)
    in_a_row: int = 0
    """Poisonous records since the last good one."""


class CrashNotes:
    """Kept in `path`, and what is in hand beside it; `endless` goes on however many records are poison."""

    def __init__(self, path: Path, *, endless: bool = False) -> None:
        self._path, self._in_hand_path = path, path.with_suffix(".in-hand")
        self._endless = endless
        notes = read_state(path, _Notes) or _Notes()
        self._suspects = {one.origin: one for one in notes.suspects}
        self._in_a_row = notes.in_a_row
        self._note_deaths()

    def batches(self, records: Sequence[R], record_of: Callable[[R], ReadRecord]) -> Iterator[Sequence[R]]:
        """The records in their order: together, but each suspect alone."""
        start = 0
        for place, record in enumerate(records):
            if self._suspects and self._suspect(record_of(record)) is not None:
                if start < place:
                    yield records[start:place]
                yield records[place : place + 1]
                start = place + 1
        if start < len(records):
            yield records[start:]

    def poison(self, record: ReadRecord) -> str | None:
        """What a record did that must not be processed again; None for all others.

        :raises TooManyDead: when so many records were poison in a row that it is not the records.
        """
        suspect = self._suspect(record)
        if suspect is None or not suspect.is_poison():
            return None
        if self._in_a_row >= MOST_IN_A_ROW and not (self._endless or suspect.is_buried):
            suspect.crashes = suspect.deaths = 0  # tried anew by the next start: perhaps what was wrong is mended
            self._write()
            raise TooManyDead(
                f"{MOST_IN_A_ROW} records in a row crashed this worker, and no good one came between: it is not the "
                f"records. The last: {suspect.error}. To bury them anyway set GROUNDSWELL_DEAD_SHARE=1"
            )
        what = f"it ended this worker {suspect.crashes or suspect.deaths} times: {suspect.error}"
        log.critical("%s is poison and goes to the dead letters: %s", record.origin.place, what)
        return what

    def buried(self, *records: ReadRecord) -> None:
        """The dead letter of a poisonous record is delivered, or those of records that were in hand together; they may
        be read again, and are then buried again.
        """
        suspects = [suspect for each in records if (suspect := self._suspect(each)) is not None]
        if not all(suspect.is_buried for suspect in suspects):
            for suspect in suspects:
                suspect.is_buried = True
            self._in_a_row += 1
            self._write()

    @contextmanager
    def in_hand(self, records: Sequence[ReadRecord], *, risky: bool = False) -> Iterator[None]:
        """Records are being processed; nothing is sent meanwhile, so that what fails is their fault.

        `risky`: native code is at work, which may end the process without a word; this is noted before.
        """
        if risky:
            write_state(self._in_hand_path, [Suspect(each.origin, each.checksum()) for each in records])
        try:
            yield
        except _NOT_OF_RECORDS:
            raise
        except RecordsAtFault as fault:
            if not isinstance(fault.__cause__, _NOT_OF_RECORDS):
                self._note(fault.records, fault.__cause__ or fault)
            raise
        except BaseException as error:
            self._note(records, error)
            raise
        finally:
            if risky:
                remove_state(self._in_hand_path)

    def finished(self, records: Sequence[ReadRecord]) -> None:
        """All that is made of records is made: they are no suspects any more."""
        cleared = [self._suspects.pop(each.origin) for each in records if each.origin in self._suspects]
        if cleared or (records and self._in_a_row):
            self._in_a_row = 0
            self._write()

    def _suspect(self, record: ReadRecord) -> Suspect | None:
        found = self._suspects.get(record.origin)
        return found if found is not None and found.checksum == record.checksum() else None

    def _note(self, records: Sequence[ReadRecord], error: BaseException) -> None:
        for each in records:
            suspect = self._suspect(each) or Suspect(each.origin, each.checksum())
            suspect.crashes += 1
            suspect.error = safe_text(f"{type(error).__name__}: {error}", MOST_ERROR_CHARS)
            self._suspects[each.origin] = suspect
        self._write()

    def _note_deaths(self) -> None:
        """What was in hand when the process before this one was killed."""
        found = read_state(self._in_hand_path, list[Suspect])
        for one in found or ():
            known = self._suspects.get(one.origin)
            suspect = known if known is not None and known.checksum == one.checksum else one
            suspect.deaths += 1
            self._suspects[one.origin] = suspect
        if found:
            self._write()
        remove_state(self._in_hand_path)

    def _write(self) -> None:
        suspects = list(self._suspects.values())[-MOST_NOTES:]
        write_state(self._path, _Notes(suspects, self._in_a_row))
