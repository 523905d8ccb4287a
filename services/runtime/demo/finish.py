"""When the demo is through: every text scored or dead-lettered, and monitoring past the last minute."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from services.domain.errors import GroundswellError
from services.kafka.topics import PARTITIONS
from services.runtime.child import last_line

WATERMARK = "groundswell_watermark_timestamp_seconds"
CLOSING_MS = 60_000
"""The replay's last heartbeat is this long after its last text."""
STALL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What ingest says at its end: texts published, records dead-lettered by it."""

    texts: int
    dead: int

    @property
    def total(self) -> int:
        """Everything that has to come out as scored or dead."""
        return self.texts + self.dead


def read_replayed(output: Path) -> Replayed:
    """The counts on the last line of ingest's standard output.

    :raises GroundswellError: when that is something else.
    """
    line = last_line(output)
    try:
        found = json.loads(line)
        return Replayed(int(found["texts"]), int(found["dead"]))
    except (ValueError, KeyError, TypeError) as error:
        raise GroundswellError(f"{output}: expected ingest's counts as JSON on the last line, got {line!r}") from error


def read_watermarks(url: str) -> dict[str, int]:
    """Partition -> event time (ms) up to which detection is complete, from monitoring's metrics; empty if down."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, OSError):
        return {}
    return {
        sample.labels["partition"]: round(sample.value * 1000)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == WATERMARK
    }


def all_past(watermarks: dict[str, int], last_text_ms: int) -> bool:
    """Whether every partition has closed the minute of the last text."""
    return len(watermarks) == PARTITIONS and min(watermarks.values()) >= last_text_ms + CLOSING_MS


class Stall:
    """Notices that nothing moves any more; wall times in seconds."""

    def __init__(self, wall: float) -> None:
        self._since = wall
        self._last: object = None

    def check(self, progress: object, wall: float) -> None:
        """`progress` is anything that changes while there is progress.

        :raises GroundswellError: when it has been the same for 300 s.
        """
        if progress != self._last:
            self._last, self._since = progress, wall
        elif wall - self._since > STALL_SECONDS:
            raise GroundswellError(f"no progress for {STALL_SECONDS:.0f} s; the last state: {progress}")
