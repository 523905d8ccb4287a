"""What each process may do on the broker: the one table behind Kafka's access control lists, the check at the start of
each process, and what `groundswell doctor` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.domain.errors import InvalidInput
from services.kafka.topics import (
    ALERTS,
    BUDGET,
    BY_KEY,
    COMMENTS_RAW,
    DEAD,
    INCIDENTS,
    KEYS_CHANGELOG,
    MARKET,
    MARKET_CHANGELOG,
    MONITOR_APP,
    NEWS_RAW,
    RELAY_GROUP,
    SCORED,
    SCORING_APP,
    TOPICS,
    Topic,
    prefixed,
)

Operation = Literal["Create", "Describe", "Read", "Write"]
"""As Kafka calls it; Read and Write bring Describe with them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one process does, or the person who calls a command: on topics, and as a member of its consumer group."""

    service: str
    creates: tuple[Topic, ...] = ()
    describes: tuple[Topic, ...] = ()
    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    group: str | None = None
    """Without the topic prefix."""

    def topics(self) -> tuple[Topic, ...]:
        """All that it has to do with."""
        return tuple(dict.fromkeys((*self.creates, *self.describes, *self.reads, *self.writes)))

    def by_operation(self) -> Iterator[tuple[Operation, tuple[str, ...]]]:
        """Each operation with the names of its topics."""
        table: tuple[tuple[Operation, tuple[Topic, ...]], ...] = (
            ("Create", self.creates),
            ("Describe", self.describes),
            ("Read", self.reads),
            ("Write", self.writes),
        )
        for operation, topics in table:
            if topics:
                yield operation, tuple(topic.name for topic in topics)


_TEXTS = (NEWS_RAW, COMMENTS_RAW, SCORED, BY_KEY)
_TABLES = (KEYS_CHANGELOG, MARKET_CHANGELOG)

RIGHTS = (
    Rights("topics", creates=TOPICS, describes=TOPICS),
    Rights("ingest", writes=(NEWS_RAW, COMMENTS_RAW, DEAD)),
    Rights("score", reads=(NEWS_RAW, COMMENTS_RAW), writes=(SCORED, DEAD), group=SCORING_APP),
    Rights(
        "monitor",
        describes=(NEWS_RAW, COMMENTS_RAW),
        reads=(SCORED, BY_KEY, MARKET, *_TABLES),
        writes=(BY_KEY, MARKET, ALERTS, BUDGET, DEAD, *_TABLES),
        group=MONITOR_APP,
    ),
    Rights("relay", reads=(ALERTS, INCIDENTS), writes=(INCIDENTS, DEAD), group=RELAY_GROUP),
    Rights("alerts", reads=(ALERTS, INCIDENTS)),
    Rights("texts", reads=(*_TEXTS, DEAD)),
    Rights("dead", reads=(*_TEXTS, MARKET, ALERTS, DEAD), writes=(*_TEXTS, MARKET, ALERTS, DEAD)),
    Rights("doctor", describes=TOPICS, reads=(BUDGET,)),
)
"""By command of `groundswell`."""


def rights_of(service: str) -> Rights:
    """A row of the table.

    :raises InvalidInput: when there is none of that name.
    """
    for rights in RIGHTS:
        if rights.service == service:
            return rights
    raise InvalidInput(f"expected one of {', '.join(each.service for each in RIGHTS)}, got {service!r}")


def acl_commands(rights: Rights, principal: str, servers: str) -> list[str]:
    """Apache Kafka's commands that grant a row of the table to `principal` (`User:NAME`)."""
    common = f"kafka-acls.sh --bootstrap-server {servers} --command-config admin.properties --add"
    resources = [
        (operation, " ".join(f"--topic {name}" for name in names)) for operation, names in rights.by_operation()
    ]
    if rights.group is not None:
        resources.append(("Read", f"--group {prefixed(rights.group)}"))
    return [f"{common} --allow-principal '{principal}' --operation {op} {names}" for op, names in resources]
