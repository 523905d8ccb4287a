"""GROUNDSWELL_TOPIC_PREFIX: one for all names of a process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.kafka.topics import KEYS_CHANGELOG, MONITOR_APP, MONITOR_TABLE, prefixed
from tests.harness.brokers import ROOT


def names(prefix: str) -> subprocess.CompletedProcess[str]:
    """All topics of a process with that prefix, then its three groups."""
    code = (
        "from services.kafka.topics import *\n"
        "print(*(topic.name for topic in TOPICS))\n"
        "print(*map(prefixed, (SCORING_APP, MONITOR_APP, RELAY_GROUP)))\n"
    )
    environment = {"GROUNDSWELL_TOPIC_PREFIX": prefix}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_every_topic_and_group_begins_with_it() -> None:
    plain, acme = (names(prefix).stdout.split() for prefix in ("", "acme."))
    assert plain[0] == "news.raw"
    assert acme == [f"acme.{name}" for name in plain]


def test_the_changelog_is_called_as_faust_calls_it() -> None:
    assert KEYS_CHANGELOG.name == f"{prefixed(MONITOR_APP)}-{MONITOR_TABLE}-changelog"


@pytest.mark.parametrize("prefix", ["acme/", "ä", "a" * 101])
def test_what_kafka_would_not_take_is_refused(prefix: str) -> None:
    ended = names(prefix)
    assert ended.returncode == 1
    assert "InvalidInput: setting GROUNDSWELL_TOPIC_PREFIX: String should match pattern" in ended.stderr
