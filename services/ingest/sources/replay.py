"""History in event time: texts in the order of publication, at a multiple of their own pace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

import msgspec

from services.clock import now_ms
from services.domain.messages import RawText
from services.ingest.history import LoadedTexts
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources.base import Source

HEARTBEAT_SECONDS = 2.0
"""Wall time between the heartbeats that keep quiet sources level with the busy ones."""


def due_seconds(published_at: int, first: int, speed: float) -> float:
    """Seconds after the start at which a text is due; `first` is the event time of the first text (ms).

    `speed` is event seconds per second; 0 is as fast as possible.
    """
    return (published_at - first) / 1000 / speed if speed else 0.0


def shift_to_now(texts: Iterable[RawText], speed: float, now: int) -> list[RawText]:
    """The texts with event times moved so that the last one is published at its own event time (ms).

    At speed 1 the first text is then at `now`, and event time runs on with the clock. Faster, event time starts
    in the past and catches up with the clock at the end: no text lies in the future.
    """
    texts = list(texts)
    if not texts:
        return []
    first, last = texts[0].published_at, texts[-1].published_at
    shift = now + round(1000 * due_seconds(last, first, speed)) - last
    return [msgspec.structs.replace(text, published_at=text.published_at + shift) for text in texts]


@dataclass(frozen=True, slots=True)
class ReplaySource(Source):
    """The sorted texts of a file, each published when it is due; `progress` is called once a text.

    `speed` is event seconds per second; 0 is as fast as possible.
    """

    loaded: LoadedTexts
    speed: float
    progress: Callable[[], None]

    def run(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Publish all and close the last minute; ends early, without closing anything, when `stopping` is set."""
        pipeline.count_changes(self.loaded.changes)
        for letter in self.loaded.dead:
            pipeline.reject(letter)
        for kind in self.loaded.repeated:
            pipeline.count_repeated(kind)
        if not self.loaded.texts:
            return
        first = self.loaded.texts[0].published_at
        start = monotonic()
        beat_due = start + HEARTBEAT_SECONDS
        for text in self.loaded.texts:
            due = start + due_seconds(text.published_at, first, self.speed)
            while monotonic() < due and not stopping.is_set():
                stopping.wait(min(due, beat_due) - monotonic())
                reached = min(text.published_at, first + _passed(start, self.speed))
                beat_due = _beat_when_due(pipeline, beat_due, reached)
            if stopping.is_set():
                return
            now = now_ms()
            pipeline.publish(msgspec.structs.replace(text, first_seen_at=now), now)
            self.progress()
            beat_due = _beat_when_due(pipeline, beat_due, text.published_at)
        pipeline.beat_last()


def _passed(start: float, speed: float) -> int:
    """Event time that has passed since `start` (ms)."""
    return round((monotonic() - start) * speed * 1000)


def _beat_when_due(pipeline: IngestPipeline, due: float, time: int) -> float:
    """Send the heartbeats at event time `time` when they are due; when the next are due."""
    if monotonic() < due:
        return due
    pipeline.beat_at(time)
    return monotonic() + HEARTBEAT_SECONDS
