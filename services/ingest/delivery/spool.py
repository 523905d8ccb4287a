"""The queue of records on disk: every record stands in it until the broker has confirmed it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.delivery.segment import Segment, lines_of
from services.kafka.producer_record import ProducerRecord

SEGMENT_BYTES = 4_000_000
"""A segment that has reached this is followed by a new one; it is deleted when all of it is confirmed."""


class Spool:
    """First in, first out: `append` returns once the records are on disk, `peek` and `advance` empty it.

    One thread may append while another empties. `names` are the spools in `folder` that this process has locked: new
    segments are `<first name>-<number>.jsonl`, what stands in those of all names goes first.

    :raises InvalidInput: when a segment is damaged in its middle.
    :raises OSError: when one cannot be read and written.
    """

    def __init__(self, folder: Path, names: Sequence[str], limit_bytes: int) -> None:
        self.path = folder
        self._name = names[0]
        self._limit = limit_bytes
        self._segments = deque(Segment(path) for name in names for path in segment_paths(folder, name))
        self._tail: Segment | None = None  # where this process appends
        self._number = max((_number(path) for path in segment_paths(folder, self._name)), default=0)
        self._lock = threading.Lock()  # of the segments, all but what `append` writes behind their end
        self._delete_confirmed()

    def __len__(self) -> int:
        with self._lock:
            return sum(segment.waiting for segment in self._segments)

    @property
    def size_bytes(self) -> int:
        """What the segments take on disk."""
        with self._lock:
            return sum(segment.end for segment in self._segments)

    def append(self, records: Sequence[ProducerRecord]) -> None:
        """Write the records to disk, all or none.

        :raises NotAccepted: when the spool is full.
        :raises OSError: when the disk refuses.
        """
        data = lines_of(records)
        if self.size_bytes + len(data) > self._limit:
            raise NotAccepted(
                f"the spool {self.path} is full: {self._limit // 1_000_000} MB (GROUNDSWELL_SPOOL_MEGABYTES) "
                "wait for the broker"
            )
        tail = self._tail
        if tail is None or tail.end >= SEGMENT_BYTES:
            tail = self._begin_segment()
        tail.append(data, len(records))

    def peek(self, most: int) -> list[ProducerRecord]:
        """The oldest records, `most` and those of one segment at most; they stay."""
        with self._lock:
            head = self._head()
            return head.peek(most) if head else []

    def advance(self, count: int) -> None:
        """Forget the first `count` records of the last `peek`: the broker has confirmed them.

        :raises OSError: when the disk refuses to note it; they are then sent again after a restart.
        """
        with self._lock:
            head = self._head()
            if head is None:
                return
            try:
                head.confirm(count)
            finally:
                self._delete_confirmed()

    def close(self) -> None:
        """Close the files; what waits stays for the next process, what does not is deleted. It is empty afterwards."""
        with self._lock:
            self._tail = None
            self._delete_confirmed()
            for segment in self._segments:
                segment.close()
            self._segments.clear()

    def _begin_segment(self) -> Segment:
        self._number += 1
        segment = Segment.create(self.path / f"{self._name}-{self._number:012d}.jsonl")
        with self._lock:
            self._tail = segment
            self._segments.append(segment)
            self._delete_confirmed()
        return segment

    def _head(self) -> Segment | None:
        """The first segment that has something waiting."""
        return next((segment for segment in self._segments if segment.waiting), None)

    def _delete_confirmed(self) -> None:
        for segment in [each for each in self._segments if not each.waiting and each is not self._tail]:
            self._segments.remove(segment)
            segment.delete()


def segment_paths(folder: Path, name: str) -> list[Path]:
    """The files of a spool, oldest first: that of an earlier version, then the segments."""
    old = folder / f"{name}.jsonl"
    return [*([old] if old.exists() else []), *sorted(folder.glob(f"{name}-*.jsonl"))]


def _number(path: Path) -> int:
    """The number of a segment, 0 of a file of an earlier version."""
    return int(path.stem.partition("-")[2] or 0)
