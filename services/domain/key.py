"""What is followed: a company, a topic, a topic of one company, or all keys of a kind at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

KeyKind = Literal["company", "topic", "pair", "market"]
KINDS: tuple[KeyKind, ...] = get_args(KeyKind)
_PAIR = "|"


class MonitoredKey(NamedTuple):
    """`str(key)` is how it stands in records and messages: `company:AAPL`, `topic:fraud`, `pair:fraud|AAPL`.

    Keys sort as their strings do.
    """

    kind: KeyKind
    entity: str

    @classmethod
    def parse(cls, text: str) -> MonitoredKey:
        """A key back from its string.

        :raises ValueError: saying what was expected, when there is no such key.
        """
        kind, _, entity = text.partition(":")
        if kind not in KINDS or not entity:
            raise ValueError(f"expected a key such as company:AAPL, topic:fraud or pair:fraud|AAPL, got {text!r}")
        return cls(kind, entity)

    @classmethod
    def of_company(cls, company: str) -> MonitoredKey:
        """The key of a company."""
        return cls("company", company)

    @classmethod
    def of_topic(cls, topic: str) -> MonitoredKey:
        """The key of a topic."""
        return cls("topic", topic)

    @classmethod
    def of_pair(cls, topic: str, company: str) -> MonitoredKey:
        """The key of the texts of one topic about one company."""
        return cls("pair", f"{topic}{_PAIR}{company}")

    @property
    def topic(self) -> str | None:
        """The topic, where it is about one."""
        if self.kind == "topic":
            return self.entity
        return self.entity.rpartition(_PAIR)[0] if self.kind == "pair" else None

    @property
    def company(self) -> str | None:
        """The company's id, where it is about one."""
        if self.kind == "company":
            return self.entity
        return self.entity.rpartition(_PAIR)[2] if self.kind == "pair" else None

    def label(self, names: Mapping[str, str]) -> str:
        """What to call it in front of people, by the `names` of companies: `Apple 苹果`, `fraud of Apple 苹果`."""
        company = self.company
        if company is None:
            return self.entity
        known = names.get(company, company)
        return known if self.topic is None else f"{self.topic} of {known}"

    def __str__(self) -> str:
        return f"{self.kind}:{self.entity}"
