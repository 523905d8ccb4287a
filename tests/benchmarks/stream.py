"""Texts a second through the whole stream, and how soon an alert comes: `python -m tests.benchmarks.stream [SPEED]`.

Replays the demo's stream through ingest, scoring and monitoring on the embedded broker. SPEED is in event seconds a
second; 0, the default, is as fast as possible. Times are those that the producers gave their records.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from services.domain.messages import (
    Heartbeat,
    IncidentCleared,
    IncidentRaised,
    PartitionIdle,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topics import ALERTS, COMMENTS_RAW, NEWS_RAW, SCORED
from services.repository import DEMO_STREAM
from services.runtime.demo.finish import all_past, read_replayed, read_watermarks
from services.runtime.stack import Stack
from services.runtime.supervisor import Supervisor
from services.settings import load_settings
from tests.harness.ingest_process import AUTHOR_KEY
from tests.harness.ports import free_port
from tests.harness.support import consume, wait_until

LONGEST_SECONDS = 900.0
CODEC = Codec(RawText, Heartbeat, ScoredText, WatermarkUpdate, PartitionIdle, IncidentRaised, IncidentCleared)


def run(speed: float, folder: Path) -> None:
    """Replay once and print."""
    key = {"GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY}
    stack = Stack(load_settings(), Broker(f"127.0.0.1:{free_port()}"), folder, key)
    stack.add_broker()
    stack.add_worker("score", "score")
    stack.add_worker("monitor", "monitor")
    stack.add_task("ingest", "ingest", "replay", str(DEMO_STREAM), "--speed", str(speed))
    supervisor = Supervisor(stack.services, folder / "logs")

    def when(done: Callable[[], bool], what: str) -> None:
        """Look after the processes until `done`."""

        def looked_after() -> bool:
            supervisor.check()
            return done()

        wait_until(looked_after, LONGEST_SECONDS, what)

    try:
        supervisor.start()
        when(lambda: supervisor.is_done("ingest"), "the replay's end")
        texts = read_replayed(supervisor.child("ingest").out).total
        raw = [record for topic in (NEWS_RAW, COMMENTS_RAW) for record in consume(str(stack.broker), topic.name, 0)]
        published = {
            message.event_id: (message.published_at, record.timestamp)
            for record in raw
            if isinstance(message := CODEC.decode(record.value), RawText)
        }
        last = max(at for at, _ in published.values())
        metrics = stack.metrics_urls()["monitor"]
        when(lambda: all_past(read_watermarks(metrics), last), "the last minute closed")
        scored = [
            record.timestamp
            for record in consume(str(stack.broker), SCORED.name, 0)
            if isinstance(CODEC.decode(record.value), ScoredText)
        ]
        seconds = (max(scored) - min(sent for _, sent in published.values())) / 1000
        print(f"{texts} texts, {len(scored)} scored in {seconds:.1f} s: {texts / seconds:.1f} texts/s")
        for record in consume(str(stack.broker), ALERTS.name, 0):
            alert = CODEC.decode(record.value)
            if isinstance(alert, IncidentRaised):
                _, sent = max(published[evidence.id] for evidence in alert.evidence)
                late = (record.timestamp - sent) / 1000
                print(f"{alert.id} revision {alert.revision}: {late:.3f} s after the last text that it needed was sent")
    finally:
        supervisor.stop()


def main() -> None:
    """Run at the speed of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        run(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0, Path(folder))


if __name__ == "__main__":
    main()
