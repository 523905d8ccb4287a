"""JsonlSource: files and pipes, line by line."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from services.clock import now_ms
from services.domain.errors import InvalidInput
from services.ingest.normalise import SourceDefaults
from services.ingest.sources import jsonl as lines_module
from services.ingest.sources.jsonl import JsonlSource
from tests.harness.pipeline_bench import PipelineBench, pipeline_bench
from tests.harness.support import wait_until

DEFAULTS = SourceDefaults("tweets", "comment", b"key")


def _take(
    bench: PipelineBench,
    path: str,
    stopping: threading.Event | None = None,
    refused: Callable[[int, str, str], None] | None = None,
) -> None:
    JsonlSource(path, DEFAULTS, lambda: None, refused or (lambda *_: None)).run(
        bench.pipeline, stopping or threading.Event()
    )


def test_the_good_texts_around_bad_lines_all_come(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"id":"1","text":"a","created_at":"2014-09-03T12:00:00Z"}\n{"id":"\xff"}\nnot json\n'
        b'{"id":"2","text":"b","created_at":"2014-09-03T11:00:00Z"}\n{"id":"1","text":"a"}\n{"text":5}\n'
        b'{"id":"3","text":"c","created_at":"2014-09-03T13:00:00Z"}'
    )
    with pipeline_bench(tmp_path) as bench:
        refused: list[tuple[int, str, str]] = []
        _take(bench, str(path), refused=lambda *line: refused.append(line))
        bench.outbox.close(5)
        assert [text.event_id for text in bench.texts()] == ["1", "2", "3"]
        assert [(number, reason) for number, reason, _ in refused] == [
            (2, "invalid_utf8"),
            (3, "invalid_json"),
            (6, "invalid_field"),
        ]
        assert [letter.reason for letter in bench.dead()] == ["invalid_utf8", "invalid_json", "invalid_field"]
        assert [beat.time - bench.texts()[2].published_at for beat in bench.heartbeats()] == [60_000]
        assert bench.pipeline.counts == {"texts": 3, "dead": 3, "repeated": 1}


def test_a_damaged_file_is_told_after_the_texts_before_the_damage(tmp_path: Path) -> None:
    with pipeline_bench(tmp_path) as bench, pytest.raises(InvalidInput, match="cannot be read"):
        _take(bench, str(tmp_path / "none.jsonl"))


def test_a_silent_pipe_beats_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "HEARTBEAT_SECONDS", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    stopping = threading.Event()
    with pipeline_bench(tmp_path) as bench:
        taking = threading.Thread(target=_take, args=(bench, str(pipe), stopping))
        taking.start()
        with pipe.open("wb") as writer:
            writer.write(b'{"id":"1","text":"a","created_at":%d}\n' % now_ms())
            writer.flush()
            before = now_ms()
            wait_until(lambda: len(bench.heartbeats()) >= 2, 10)
            stopping.set()
            taking.join(10)
        assert not taking.is_alive()
        assert all(beat.time >= before for beat in bench.heartbeats())
        assert len(bench.texts()) == 1


def test_what_was_read_from_a_pipe_is_taken_when_it_is_stopped(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    stopping = threading.Event()
    with pipeline_bench(tmp_path) as bench:
        bench.connection.down = True
        taken = 0

        def stop_after_the_first() -> None:
            nonlocal taken
            taken += 1
            stopping.set()

        source = JsonlSource(str(pipe), DEFAULTS, stop_after_the_first, lambda *_: None)
        taking = threading.Thread(target=source.run, args=(bench.pipeline, stopping))
        taking.start()
        with pipe.open("wb") as writer:
            writer.write(b"".join(b'{"id":"%d","text":"a"}\n' % number for number in range(50)))
            writer.flush()
            taking.join(30)
        assert not taking.is_alive()
        bench.connection.down = False
        assert [text.event_id for text in bench.texts()] == [str(number) for number in range(taken)]
        assert taken == 50
        assert not [thread for thread in threading.enumerate() if thread.name == "reader"]
