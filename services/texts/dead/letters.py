"""The dead letters as they stand on their topic, and whether each was retried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from services.domain.errors import InvalidInput
from services.domain.messages import DeadLetter, DeadLetterRetried, Origin
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topic_reader import Placed, open_topics
from services.kafka.topics import DEAD
from services.text.untrusted import masked


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter at its `place`; `retried_at` (ms) is None when it was not."""

    place: Origin
    letter: DeadLetter
    retried_at: int | None = None

    @property
    def id(self) -> str:
        """How people name it: `partition/offset`."""
        return f"{self.place.partition}/{self.place.offset}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which are asked for; None asks for all. `since` (ms) is about when they were buried."""

    reason: str | None = None
    stage: str | None = None
    since: int | None = None

    def wants(self, buried: Buried) -> bool:
        """Whether a dead letter is asked for."""
        letter = buried.letter
        return (
            self.reason in (None, letter.reason)
            and self.stage in (None, letter.stage)
            and (self.since is None or letter.time >= self.since)
        )


def read_letters(broker: Broker, left_out: Callable[[str], None]) -> dict[str, Buried]:
    """All dead letters by id, in the order of their partition; `left_out` hears of records that are none.

    :raises BrokerUnavailable: when the broker does not answer, or the topic is missing.
    """
    with open_topics(broker, [DEAD], Codec(DeadLetter, DeadLetterRetried), left_out) as topic:
        return fold(topic.read_placed_to_end())


def fold(messages: Iterable[Placed]) -> dict[str, Buried]:
    """What the messages of the topic say together."""
    found: dict[str, Buried] = {}
    for place, message in messages:
        if isinstance(message, DeadLetter):
            buried = Buried(place, message)
            found[buried.id] = buried
        else:
            named = f"{message.letter.partition}/{message.letter.offset}"
            if named in found:  # else the letter is older than what the topic keeps
                found[named] = replace(found[named], retried_at=message.time)
    return found


def named_letter(letters: Mapping[str, Buried], name: str) -> Buried:
    """The dead letter called `name`.

    :raises InvalidInput: when there is none.
    """
    if name not in letters:
        raise InvalidInput(f"dead letter {masked(name)}: there is none; `groundswell dead list` names them")
    return letters[name]
