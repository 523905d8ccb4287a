"""What the broker says of our rights, held against the table."""

from __future__ import annotations

from typing import Any

import pytest
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError

from services.domain.errors import BrokerRefused
from services.kafka.broker import Broker
from services.kafka.check_rights import check_rights, missing_rights
from services.kafka.rights import rights_of
from services.kafka.topics import TOPICS
from services.settings import KafkaSettings

SECURED = Broker("a:1", KafkaSettings(security="SASL_SSL", sasl_user="anna"))
ALL = ["READ", "WRITE", "CREATE", "DESCRIBE"]


class Client:
    """An admin client whose broker allows `allowed` on a topic (None: not even to see it); `absent` are not there."""

    def __init__(
        self, allowed: dict[str, list[str] | None], absent: tuple[str, ...] = (), group: object = None
    ) -> None:
        self._allowed, self._absent, self._group = allowed, absent, group

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        """As kafka-python does."""
        return [self._described(name) for name in names]

    def describe_groups(self, groups: list[str]) -> dict[str, dict[str, object]]:
        """As kafka-python does."""
        if isinstance(self._group, Exception):
            raise self._group
        return {group: {"error": self._group} for group in groups}

    def _described(self, name: str) -> dict[str, Any]:
        if name in self._absent:
            return {"name": name, "error_code": 3, "authorized_operations": None}
        allowed = self._allowed.get(name, ALL)
        return {"name": name, "error_code": 29 if allowed is None else 0, "authorized_operations": allowed}


def test_with_all_rights_nothing_is_missing() -> None:
    check_rights(SECURED, Client({}), rights_of("score"))


def test_each_operation_is_looked_for_on_its_own_topics() -> None:
    client = Client({"news.raw": ["DESCRIBE"], "opinions.scored": ["READ", "DESCRIBE"], "opinions.dead": None})
    assert missing_rights(client, [rights_of("score"), rights_of("relay")]) == {
        "score": ["Read on news.raw", "Write on opinions.scored, opinions.dead"],
        "relay": ["Write on opinions.dead"],
    }


def test_the_line_names_what_grants_it() -> None:
    with pytest.raises(BrokerRefused) as refused:
        check_rights(SECURED, Client({"opinions.dead": ["READ"]}), rights_of("relay"))
    assert str(refused.value) == (
        "Kafka broker a:1: no right to Write on opinions.dead as anna (SCRAM-SHA-512); `groundswell topics acls relay` "
        "prints what grants it"
    )


def test_of_many_topics_three_are_named() -> None:
    nothing = Client({topic.name: None for topic in TOPICS})
    found = missing_rights(nothing, [rights_of("topics")])["topics"]
    assert found[0] == "Create on news.raw, comments.raw, opinions.scored and 8 more"


def test_a_topic_that_is_not_there_is_no_missing_right() -> None:
    check_rights(SECURED, Client({}, absent=("alerts", "incidents")), rights_of("alerts"))


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (GroupAuthorizationFailedError("denied"), ["Read on the group groundswell-score"]),
        ("[Error 30] GROUP_AUTHORIZATION_FAILED", ["Read on the group groundswell-score"]),
        (CoordinatorNotAvailableError("starting"), []),
        ("[Error 69] GROUP_ID_NOT_FOUND", []),
        (None, []),
    ],
)
def test_a_group_that_we_may_not_see_is_missing(answer: object, missing: list[str]) -> None:
    assert missing_rights(Client({}, group=answer), [rights_of("score")])["score"] == missing


def test_a_broker_without_logins_is_not_asked() -> None:
    check_rights(Broker("a:1"), Client({"alerts": None}), rights_of("alerts"))
