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
from services.kafka.state_file import read_state, write_state
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


class Suspect(msgspec.Struct):
    """A record that was in hand in a crash."""

    origin: Origin
    crashes: int = 0
    deaths: int = 0
    error: str = "the process was killed"

    def is_poison(self) -> bool:
        """Whether it is to be buried."""
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

    def batches(self, records: Sequence[R], origin_of: Callable[[R], Origin]) -> Iterator[Sequence[R]]:
        """The records in their order: together, but each suspect alone."""
        start = 0
        for place, record in enumerate(records):
            if origin_of(record) in self._suspects:
                if start < place:
                    yield records[start:place]
                yield records[place : place + 1]
                start = place + 1
        if start < len(records):
            yield records[start:]

    def poison(self, origin: Origin) -> str | None:
        """What a record did that must not be processed again; None for all others.

        :raises TooManyDead: when so many records were poison in a row that it is not the records.
        """
        suspect = self._suspects.get(origin)
        if suspect is None or not suspect.is_poison():
            return None
        if self._in_a_row >= MOST_IN_A_ROW and not self._endless:
            suspect.crashes = suspect.deaths = 0  # tried anew by the next start: perhaps what was wrong is mended
            self._write()
            raise TooManyDead(
                f"{MOST_IN_A_ROW} records in a row crashed this worker, and no good one came between: it is not the "
                f"records. The last: {suspect.error}. To bury them anyway set GROUNDSWELL_DEAD_SHARE=1"
            )
        times = suspect.crashes or suspect.deaths
        what = f"it ended this worker {times} times: {suspect.error}"
        log.critical("%s/%d offset %d is poison: %s", origin.topic, origin.partition, origin.offset, what)
        return what

    def buried(self, origin: Origin) -> None:
        """The dead letter of a poisonous record is delivered."""
        if self._suspects.pop(origin, None) is not None:
            self._in_a_row += 1
            self._write()

    @contextmanager
    def in_hand(self, origins: Sequence[Origin], *, risky: bool = False) -> Iterator[None]:
        """Records are being processed; nothing is sent meanwhile, so that what fails is their fault.

        `risky`: native code is at work, which may end the process without a word; this is noted before.
        """
        if risky:
            write_state(self._in_hand_path, origins)
        try:
            yield
        except _NOT_OF_RECORDS:
            raise
        except BaseException as error:
            self._note(origins, error)
            raise
        finally:
            if risky:
                self._in_hand_path.unlink(missing_ok=True)
        self._ended_well(origins)

    def _note(self, origins: Sequence[Origin], error: BaseException) -> None:
        for origin in origins:
            suspect = self._suspects.setdefault(origin, Suspect(origin))
            suspect.crashes += 1
            suspect.error = safe_text(f"{type(error).__name__}: {error}", MOST_ERROR_CHARS)
        self._write()

    def _note_deaths(self) -> None:
        """What was in hand when the process before this one was killed."""
        origins = read_state(self._in_hand_path, list[Origin])
        if origins is None:
            return
        for origin in origins:
            self._suspects.setdefault(origin, Suspect(origin)).deaths += 1
        self._write()
        self._in_hand_path.unlink(missing_ok=True)

    def _ended_well(self, origins: Sequence[Origin]) -> None:
        cleared = [origin for origin in origins if origin in self._suspects]
        for origin in cleared:
            del self._suspects[origin]
        if cleared or (origins and self._in_a_row):
            self._in_a_row = 0
            self._write()

    def _write(self) -> None:
        suspects = list(self._suspects.values())[-MOST_NOTES:]
        write_state(self._path, _Notes(suspects, self._in_a_row))
