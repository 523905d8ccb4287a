"""`groundswell dead` and `groundswell texts` against real brokers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.domain.dead_letter import MOST_PAYLOAD_BYTES, dead_letter
from services.domain.messages import DeadLetter, DeadLetterRetried, KeyedText, Origin
from services.kafka.codec import Codec, encode
from services.kafka.topics import BY_KEY, COMMENTS_RAW, DEAD, SCORED
from services.runtime.child import Child
from services.texts.commands import texts_app
from services.texts.dead.commands import dead_app
from tests.factories import TIME, raw_text, scored
from tests.harness.support import consume, produce, wait_until

SMALL = b'{"type":"raw_text","id":"odd"\x1b'
LARGE = b"{" + b"x" * (2 * MOST_PAYLOAD_BYTES)
PARTITION = 3


def run(app: Any, broker: str, *arguments: str, status: int = 0) -> str:
    """What a command prints; the lines of standard error follow."""
    result = CliRunner().invoke(app, [*arguments, "--broker", broker])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"{type(result.exception).__name__}: {result.exception}"
    assert result.exit_code == status, result.output
    return result.output


def letter_of(payload: bytes, offset: int | None, reason: str = "invalid_json", time: int = TIME) -> bytes:
    place = None if offset is None else Origin(topic=COMMENTS_RAW.name, partition=PARTITION, offset=offset)
    return encode(dead_letter("scoring" if place else "ingest", reason, f"{reason} \x1b[31m", payload, time, place))


def raw_values(broker: str, count: int) -> list[tuple[int, bytes | None, bytes]]:
    records = consume(broker, COMMENTS_RAW.name, count)
    return [(record.partition, record.key, record.value) for record in records]


def test_a_dead_letter_is_listed_shown_and_put_back_once(fresh_broker: str) -> None:
    broker = fresh_broker
    assert run(dead_app, broker, "list") == "No dead letters.\n"
    produce(broker, COMMENTS_RAW.name, [(b"source", SMALL), (b"source", LARGE)], partition=PARTITION)
    letters = [
        letter_of(SMALL, 0),
        letter_of(LARGE, 1, "too_large", TIME + 1),
        letter_of(SMALL, 700, "bad_date", TIME + 2),
        letter_of(LARGE, 800, "bad_date", TIME + 3),
        letter_of(b"a line", None, "empty_text", TIME + 4),
    ]
    produce(broker, DEAD.name, [(b"reason", value) for value in letters])

    listed = [json.loads(line) for line in run(dead_app, broker, "list", "--json").splitlines()]
    assert [(each["id"], each["reason"]) for each in listed] == [
        ("0/4", "empty_text"),
        ("0/3", "bad_date"),
        ("0/2", "bad_date"),
        ("0/1", "too_large"),
        ("0/0", "invalid_json"),
    ]
    chosen = run(dead_app, broker, "list", "--json", "--reason", "bad_date", "--limit", "1")
    assert json.loads(chosen)["id"] == "0/3"
    assert "0/4" in run(dead_app, broker, "list", "--stage", "ingest")
    shown = run(dead_app, broker, "show", "0/0")
    assert "comments.raw/3/0" in shown
    assert "\x1b" not in shown

    both = run(dead_app, broker, "retry", "0/0", "0/1")
    assert "2 of 2 put back" in both
    assert raw_values(broker, 4) == [(PARTITION, b"source", value) for value in (SMALL, LARGE, SMALL, LARGE)]
    assert "retried before" in run(dead_app, broker, "retry", "0/0", status=1)
    assert "1 of 1 put back" in run(dead_app, broker, "retry", "0/0", "--force")
    assert raw_values(broker, 5)[-1] == (PARTITION, b"source", SMALL)

    rest = run(dead_app, broker, "retry", "--since", "2014-01-01", status=3)
    assert "1 of 3 put back" in rest  # those that were retried are not among them
    assert "0/3: cannot be retried: comments.raw keeps the record no longer, and the letter has 4096 of its" in rest
    assert "0/4: it is no record of a topic (ingest refused it)" in rest
    assert raw_values(broker, 6)[-1] == (PARTITION, b"", SMALL)

    codec = Codec(DeadLetter, DeadLetterRetried)
    messages = [codec.decode(record.value) for record in consume(broker, DEAD.name, 0)]
    retried = [message.letter.offset for message in messages if isinstance(message, DeadLetterRetried)]
    assert retried == [0, 1, 0, 2]
    assert json.loads(run(dead_app, broker, "show", "0/2", "--json"))["retried_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "0/9"), "InvalidInput: dead letter 0/9: there is none"),
        (("retry",), "InvalidInput: dead retry: expected ids, or --reason, --stage or --since"),
        (("list", "--stage", "nowhere"), "InvalidInput: --stage: expected one of ingest, scoring, monitoring, relay"),
    ],
)
def test_what_is_not_there_is_said(broker: str, arguments: tuple[str, ...], said: str) -> None:
    assert run(dead_app, broker, *arguments).startswith(said)


def test_all_that_is_known_of_a_text(broker: str) -> None:
    raw = raw_text("Apple \x1b[2J falls", event_id="known-1")
    text = scored(1, text="Apple \x1b[2J falls", event_id="known-1", company="AAPL")
    other = scored(2, text="names known-1 only", event_id="known-2")
    produce(broker, COMMENTS_RAW.name, [(b"s", encode(raw)), (b"s", b'{"event_id":"known-1"')], partition=0)
    produce(broker, SCORED.name, [(b"s", encode(text)), (b"s", encode(other))])
    produce(broker, BY_KEY.name, [(b"k", encode(KeyedText(key="company:AAPL", text=text)))])
    produce(broker, DEAD.name, [(b"r", letter_of(b'{"event_id":"known-1"', 1))])

    found = json.loads(run(texts_app, broker, "find", "known-1", "--json").split("\n", 1)[1])
    assert [each["text"] for each in found["raw"]] == [raw.text]
    assert [each["event_id"] for each in found["scored"]] == ["known-1"]
    assert [each["key"] for each in found["keys"]] == ["company:AAPL"]
    assert [each["reason"] for each in found["dead"]] == ["invalid_json"]
    shown = run(texts_app, broker, "find", "known-1")
    assert "counts for\n  company:AAPL" in shown
    assert "\x1b" not in shown
    assert "no topic knows it" in run(texts_app, broker, "find", "known-3")


def test_tail_shows_what_is_scored_from_now_on(broker: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "texts", "tail", "--json", "--broker", broker]
    child = Child("tail", command, tmp_path, {})
    child.start()
    try:
        numbers = iter(range(1_000))

        def seen() -> str:
            produce(broker, SCORED.name, [(b"s", encode(scored(3, event_id=f"tail-{next(numbers)}")))])
            return child.out.read_text()

        line = wait_until(seen, 60).splitlines()[0]
        assert json.loads(line)["event_id"].startswith("tail-")
    finally:
        child.ask_to_stop()
        child.wait()


def test_tail_ends_with_its_reader(broker: str) -> None:
    command = [sys.executable, "-m", "services.cli", "texts", "tail", "--broker", broker]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait(60) == 0
