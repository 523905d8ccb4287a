"""What sources without an end have in common: heartbeats beside them, and one end for both."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from services.clock import now_ms
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources import base
from services.ingest.sources.base import LiveSource
from tests.harness.pipeline_bench import pipeline_bench
from tests.harness.support import wait_until


class OneText(LiveSource):
    """Takes one text, then waits until it is stopped."""

    async def serve(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Take the text of now."""
        defaults = SourceDefaults("tweets", "comment", b"key")
        pipeline.take({"id": "1", "text": "up", "created_at": now_ms()}, defaults, "here", now_ms())
        while not stopping.is_set():
            await asyncio.sleep(0)


def test_a_live_source_beats_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "HEARTBEAT_SECONDS", 0.01)
    stopping, before = threading.Event(), now_ms()
    with pipeline_bench(tmp_path) as bench:
        running = threading.Thread(target=OneText().run, args=(bench.pipeline, stopping))
        running.start()
        wait_until(lambda: len(bench.heartbeats()) >= 2, 10)
        stopping.set()
        running.join(10)
        assert not running.is_alive()
        assert [text.text for text in bench.texts()] == ["up"]
        assert {beat.source for beat in bench.heartbeats()} == {"tweets"}
        assert before <= bench.heartbeats()[0].time < bench.heartbeats()[-1].time <= now_ms()
