"""Replay and jsonl through real brokers."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from services.domain.event_time import parse_iso_ms
from services.domain.messages import Heartbeat
from tests.harness.ingest_process import AUTHOR_KEY, dead_letters, ingest, messages, texts, wait_for_end
from tests.harness.ports import free_port

LINES = (
    b'{"id":"r-2","text":"$AAPL rises","created_at":"2014-09-03T15:00:00Z"}\n'
    b'{"id":"r-1","text":"$AAPL falls","created_at":"2014-09-03T14:00:00Z","author":"jane"}\n'
    b'{"id":"\xff"}\n'
    b'{"id":"r-2","text":"$AAPL rises","created_at":"2014-09-03T15:00:00Z"}\n'
    b'{"id":"r-3","text":"Apple slumps","created_at":"2014-09-03T15:30:00Z","kind":"news"}\n'
    b'{"id":"r-4","text":"x","created_at":"2099-01-01"}\n'
)
LAST = parse_iso_ms("2014-09-03T15:31:00Z")


def test_replay_in_event_time_with_a_last_heartbeat(broker: str, tmp_path: Path) -> None:
    path = tmp_path / "replayed.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    with ingest(tmp_path, broker, "replay", str(path), "--speed", "0", "--source", "replayed") as child:
        assert wait_for_end(child) == (
            3,
            {"texts": 3, "repeated": 1, "dead": 2, "reasons": {"invalid_utf8": 1, "bad_date": 1}},
        )
    *comments, last = messages(broker, "comments.raw", "replayed")
    assert [(text.event_id, text.text) for text in comments] == [("r-1", "$AAPL falls"), ("r-2", "$AAPL rises")]
    assert last == Heartbeat(source="replayed", time=LAST)
    assert comments[0].author not in (None, "jane")
    news, last = messages(broker, "news.raw", "replayed")
    assert (news.event_id, last) == ("r-3", Heartbeat(source="replayed", time=LAST))
    letters = dead_letters(broker, str(path))
    assert [(letter.reason, letter.detail.split(": ")[0]) for letter in letters] == [
        ("invalid_utf8", f"{path} line 3"),
        ("bad_date", f"{path} line 6"),
    ]


def test_a_history_behind_the_time_of_the_stream_says_so(fresh_broker: str, tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_bytes(LINES)
    said = []
    for name in ("first", "second"):
        replay = [sys.executable, "-m", "services.cli", "ingest", "replay", str(path), "--speed", "0", "--source", name]
        late = b'{"id":"l","text":"now","created_at":"2014-09-03T18:00:00Z"}\n'
        path.write_bytes(LINES + late)
        ended = subprocess.run(
            [*replay, "--broker", fresh_broker],
            capture_output=True,
            check=False,
            text=True,
            env={"GROUNDSWELL_STATE_DIR": str(tmp_path), "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY},
            timeout=120,
        )
        assert ended.returncode == 3
        said.append(ended.stderr)
    assert "too late" not in said[0]
    assert "3 of 4 texts are more than 60 minutes older than what the stream has seen already" in said[1]
    assert "groundswell backtest FILE" in said[1]


def test_a_pipe_in_the_order_it_comes(broker: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "ingest", "jsonl", "-", "--source", "piped", "--broker", broker]
    ended = subprocess.run(
        command,
        input=LINES,
        capture_output=True,
        check=False,
        env={"GROUNDSWELL_STATE_DIR": str(tmp_path), "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY},
        timeout=120,
    )
    assert ended.returncode == 3
    assert json.loads(ended.stdout) == {"texts": 4, "repeated": 1, "dead": 1, "reasons": {"invalid_utf8": 1}}
    told = ended.stderr.decode().splitlines()
    assert "line 3: invalid_utf8: expected UTF-8, byte 7: invalid start byte" in told
    assert told[-1] == "1 line left out (1 invalid_utf8); groundswell dead list shows them"
    found = texts(broker, "comments.raw", "piped")
    assert [(text.event_id, text.in_detection) for text in found] == [("r-2", True), ("r-1", True), ("r-4", False)]


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    broker = f"127.0.0.1:{free_port()}"
    with ingest(tmp_path, broker, "replay", str(tmp_path / "none.jsonl")) as child:
        status, _ = wait_for_end(child)
    assert status == 1
    assert child.last_log_line().startswith(f"groundswell: {tmp_path}/none.jsonl: cannot be read: No such file")
