"""`groundswell ingest` as a real process, for tests."""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.domain.messages import DeadLetter, Heartbeat, RawText
from services.kafka.codec import Codec
from services.runtime.child import Child
from tests.harness.processes import running
from tests.harness.support import consume, wait_until

TOKEN = "token-of-the-tests-0123456789"
AUTHOR_KEY = "key-of-the-tests-0123456789"

_codec = Codec(RawText, Heartbeat, DeadLetter)


@contextmanager
def ingest(folder: Path, broker: str, *arguments: str, **settings: str) -> Iterator[Child]:
    """A running `groundswell ingest`; its state and logs are in `folder`; stopped at the end."""
    environment = {"GROUNDSWELL_STATE_DIR": str(folder / "state"), "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY} | {
        f"GROUNDSWELL_{name.upper()}": value for name, value in settings.items()
    }
    command = [sys.executable, "-m", "services.cli", "ingest", *arguments, "--broker", broker]
    with running(Child("ingest", command, folder, environment), stop_seconds=30) as child:
        yield child


def wait_for_end(child: Child, deadline_seconds: float = 120) -> tuple[int, dict[str, int]]:
    """Exit status and the last line of standard output."""
    wait_until(lambda: child.poll() is not None, deadline_seconds, f"{child.name} ends")
    lines = child.out.read_text().splitlines()
    return child.poll() or 0, json.loads(lines[-1]) if lines else {}


def wait_for_log(child: Child, pattern: str, deadline_seconds: float = 120) -> re.Match[str]:
    """The first match of `pattern` in the log."""
    wait_until(lambda: re.search(pattern, child.log.read_text()) is not None, deadline_seconds, pattern)
    found = re.search(pattern, child.log.read_text())
    assert found is not None
    return found


def messages(broker: str, topic: str, source: str) -> list[Any]:
    """The texts and heartbeats of a source on a topic, in order."""
    found = [_codec.decode(record.value) for record in consume(broker, topic, 0) if record.key == source.encode()]
    return [message for message in found if not isinstance(message, DeadLetter)]


def texts(broker: str, topic: str, source: str) -> list[RawText]:
    """The texts of a source on a topic, in order."""
    return [message for message in messages(broker, topic, source) if isinstance(message, RawText)]


def dead_letters(broker: str, place: str) -> list[DeadLetter]:
    """The dead letters whose detail names `place`."""
    found = [_codec.decode(record.value) for record in consume(broker, "opinions.dead", 0)]
    return [letter for letter in found if place in letter.detail]


def post(port: int, body: object, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    """POST /v1/texts; status and answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/texts",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
