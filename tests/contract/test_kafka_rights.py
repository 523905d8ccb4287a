"""Rights on the broker: the table covers every topic, and docs/kafka.md shows the commands that it makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.kafka.rights import RIGHTS, acl_commands, rights_of
from services.kafka.topics import TOPICS
from services.settings import KafkaSettings

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "kafka.md").read_text(encoding="utf-8")


def test_every_topic_is_made_and_written_by_somebody() -> None:
    assert rights_of("topics").creates == TOPICS
    written = {topic for rights in RIGHTS for topic in rights.writes}
    assert {topic.name for topic in set(TOPICS) - written} == set()


def test_the_document_shows_the_commands_of_the_table() -> None:
    expected = [
        line
        for rights in RIGHTS
        for line in (
            f"# {rights.service}",
            *acl_commands(rights, f"User:groundswell-{rights.service}", "kafka.example.org:9093"),
        )
    ]
    shown = [line.strip() for line in DOCUMENT.splitlines() if re.match(r"    (# |kafka-acls\.sh)", line)]
    assert shown == expected


def test_the_document_names_every_setting() -> None:
    variables = KafkaSettings.variables()
    secret = {name for name in KafkaSettings.files_only if f"`{variables[name].lower()}`" in DOCUMENT}
    assert secret == KafkaSettings.files_only
    named = {name for name, variable in variables.items() if f"`{variable}`" in DOCUMENT}
    assert named == set(variables) - secret


def test_commands_of_a_service() -> None:
    common = (
        "kafka-acls.sh --bootstrap-server a:1 --command-config admin.properties --add --allow-principal 'User:CN=x'"
    )
    assert acl_commands(rights_of("score"), "User:CN=x", "a:1") == [
        f"{common} --operation Read --topic news.raw --topic comments.raw",
        f"{common} --operation Write --topic opinions.scored --topic opinions.dead",
        f"{common} --operation Read --group groundswell-score",
    ]
    with pytest.raises(InvalidInput, match="expected one of topics, ingest, score"):
        rights_of("scoring")
