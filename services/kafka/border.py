"""The border of a worker: each record that comes in becomes a message, or a dead letter with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from services.domain.errors import InvalidMessage
from services.domain.messages import Message
from services.kafka.codec import Codec
from services.kafka.crash_notes import CrashNotes
from services.kafka.dead_share import DeadShare
from services.kafka.read_record import ReadRecord
from services.settings import Settings

R = TypeVar("R")


def _nothing_more(_message: Message) -> None:
    """The codec has said all."""


class Border:
    """What the reader `name` lets in; its notes lie in the state folder. `check` refuses what the codec cannot know of.

    What comes is read in four steps: `batches`, `read`, `in_hand` around all that is made of it, and `finished`, or
    `buried` for what cannot be used.
    """

    def __init__(
        self, name: str, codec: Codec, settings: Settings, check: Callable[[Any], None] = _nothing_more
    ) -> None:
        self._codec, self._check = codec, check
        folder, most = settings.state.folder, settings.border.dead_share
        self._crashes = CrashNotes(folder / f"{name}.crashes.json", endless=most >= 1.0)
        self._share = DeadShare(most, folder / f"{name}.dead.json")

    def batches(self, records: Sequence[R], record_of: Callable[[R], ReadRecord]) -> Iterator[Sequence[R]]:
        """The records in their order: together, but each alone that was in hand in a crash."""
        return self._crashes.batches(records, record_of)

    def read(self, record: ReadRecord, now: int) -> Any:
        """The message of a record, or the `InvalidMessage` to bury it with; `now` is in ms.

        :raises TooManyDead: when most of what came lately is to be buried.
        """
        try:
            message = self._message(record, now)
        except InvalidMessage as error:
            self._share.dead(error)
            return error
        if not message.tells_time_only:
            self._share.used()
        return message

    def in_hand(self, records: Sequence[ReadRecord], *, risky: bool = False) -> AbstractContextManager[None]:
        """Around what is made of records, and nothing else: what fails in it is their fault."""
        return self._crashes.in_hand(records, risky=risky)

    def finished(self, records: Sequence[ReadRecord]) -> None:
        """All that is made of records is made."""
        self._crashes.finished(records)

    def poison(self, record: ReadRecord) -> InvalidMessage | None:
        """What to bury a record with that ended this worker twice.

        :raises TooManyDead: when so many did in a row that it is not the records.
        """
        found = self._crashes.poison(record)
        return None if found is None else InvalidMessage("poison", found)

    def buried(self, error: InvalidMessage, *records: ReadRecord) -> None:
        """The dead letter of a record is delivered, or those of records that were in hand together."""
        if error.reason == "poison":
            self._crashes.buried(*records)

    def _message(self, record: ReadRecord, now: int) -> Message:
        poison = self.poison(record)
        if poison is not None:
            raise poison
        message: Message = self._codec.decode(record.value, now)
        self._check(message)
        return message
