"""The one way in for texts of every source: normalise, drop repeats, hand over, count."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import msgspec

from services.domain.errors import InvalidMessage
from services.domain.messages import DeadLetter, Kind, RawText
from services.files.jsonl import BadLine
from services.ingest.dead_letters import dead_line, dead_record
from services.ingest.delivery.outbox import Outbox
from services.ingest.detection_gate import DetectionGate
from services.ingest.heartbeats import Heartbeats
from services.ingest.normalise import Normalised, SourceDefaults, normalise, with_days
from services.ingest.records import heartbeat_record, text_record
from services.ingest.seen_texts import SeenTexts, text_name
from services.kafka.dead_letters import dead_letter_record
from services.observability.metrics import Metrics

log = logging.getLogger(__name__)

NOT_IN_DETECTION = "not_in_detection"
REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text on its way; `delivery` is done when it is safe on disk, or fails with `NotAccepted`."""

    text: RawText
    delivery: Future[None]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A text that was seen before, by id and content: dropped. `delivery` is that of the first, None when that is long
    safe.
    """

    event_id: str
    delivery: Future[None] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is no usable text; `delivery` is that of its dead letter."""

    reason: str
    detail: str
    delivery: Future[None]


class IngestPipeline:
    """Takes records of one process's sources; may be called from any thread. Times are ms since 1970."""

    def __init__(self, outbox: Outbox, metrics: Metrics) -> None:
        self._outbox = outbox
        self._metrics = metrics
        self._seen = SeenTexts()
        self._heartbeats = Heartbeats()
        self._gate = DetectionGate()
        self._unsafe: dict[tuple[str, str], Future[None]] = {}
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        """How many `texts`, `repeated` and `dead` so far."""

    def take(
        self, record: object, defaults: SourceDefaults, place: str, now: int, *, pushed: bool = True
    ) -> Accepted | Repeated | Rejected:
        """One record of a source, as `normalise` takes it; `place` says in a dead letter where it came from.

        One that is not `pushed`, as it is written, lay in a file: without a date nobody knows for how long.
        """
        found = self._normalise(record, defaults, place, now)
        if isinstance(found, Rejected):
            return found
        precision = found.text.precision
        with self._lock:
            admitted = self._gate.admits_pushed(found.text.source, precision, now) if pushed else precision != "seen"
        return self._accept(found, now, in_detection=admitted)

    def take_fetch(
        self, records: Iterable[object], defaults: SourceDefaults, place: str, now: int, *, feed: str | None = None
    ) -> None:
        """All entries of one fetch of a feed, in any order: published oldest first. `place` and `now` as in `take`.

        `feed` is its address, where several feeds are one source.
        """
        read = [self._normalise(record, defaults, place, now) for record in records]
        entries = with_days([each for each in read if isinstance(each, Normalised)], now)
        entries.sort(key=lambda each: each.text.published_at)
        with self._lock:
            new = [each for each in entries if not self._seen.knows(each.text)]
            admitted = self._gate.admitted_of_fetch(feed or defaults.source, entries, new)
        if left_out := sum(each.text.precision not in admitted for each in new):
            log.warning(
                "%s: %d of %d new entries are left out of detection, as nobody knows how old they are: a first fetch, "
                "or no date that can be read; a wrong zone is set right by --timezone",
                place,
                left_out,
                len(new),
            )
        for each in entries:
            self._accept(each, now, in_detection=each.text.precision in admitted)

    def _normalise(self, record: object, defaults: SourceDefaults, place: str, now: int) -> Normalised | Rejected:
        try:
            if not isinstance(record, Mapping):
                raise InvalidMessage("invalid_json", f"expected a JSON object, got {type(record).__name__}")
            return normalise(record, defaults, now)
        except InvalidMessage as error:
            return Rejected(error.reason, error.detail, self.reject(dead_record(record, error, place, now)))

    def _accept(self, found: Normalised, now: int, *, in_detection: bool) -> Accepted | Repeated:
        text = found.text
        if not in_detection:
            text = msgspec.structs.replace(text, in_detection=False)
        self.count_changes(found.changes)
        name = text_name(text)
        accepted: Future[None] = Future()
        with self._lock:
            new = self._seen.add(text)
            first = self._unsafe.get(name) if new is None else self._unsafe.setdefault(name, accepted)
        if new is None:
            self.count_repeated(text.kind)
            return Repeated(text.event_id, first)
        if new.revises is not None:
            self.count_changes((REVISED,))
        self.publish(new, now).add_done_callback(lambda done: self._settle(text, accepted, done))
        return Accepted(new, accepted)

    def take_bad_line(self, line: BadLine, place: str, now: int) -> None:
        """A line that is no JSON object."""
        self.reject(dead_line(line, place, now))

    def publish(self, text: RawText, now: int) -> Future[None]:
        """A text that is known to be new."""
        self._metrics.texts_in.labels("ingest", text.kind).inc()
        if not text.in_detection:
            self.count_changes((NOT_IN_DETECTION,))
        with self._lock:
            self.counts["texts"] += 1
            if text.in_detection:  # else nobody knows its time
                self._heartbeats.saw(text.kind, text.source, text.published_at, now)
        return self._outbox.send(text_record(text))

    def reject(self, letter: DeadLetter) -> Future[None]:
        """A dead letter; counted by its reason."""
        self._metrics.texts_dead.labels("ingest", letter.reason).inc()
        with self._lock:
            self.counts["dead"] += 1
        log.debug("%s: %s", letter.reason, letter.detail)
        return self._outbox.send(dead_letter_record(letter))

    def count_repeated(self, kind: Kind) -> None:
        """An exact repeat was dropped."""
        self._metrics.repeated.labels(kind).inc()
        with self._lock:
            self.counts["repeated"] += 1

    def count_changes(self, changes: tuple[str, ...] | Counter[str]) -> None:
        """Normalisations that were made."""
        for what, times in Counter(changes).items():
            self._metrics.normalised.labels(what).inc(times)

    def beat_live(self, now: int) -> None:
        """Say for each source that is live that it has nothing older than `now`."""
        with self._lock:
            beats = self._heartbeats.live(now)
        self._send_beats(beats)

    def beat_at(self, time: int) -> None:
        """Say for each source of a sorted replay that it has nothing older than `time` (event time)."""
        with self._lock:
            beats = self._heartbeats.all_at(time)
        self._send_beats(beats)

    def beat_last(self) -> None:
        """All sources have ended: close the last minute."""
        with self._lock:
            beats = self._heartbeats.last()
        self._send_beats(beats)

    def _send_beats(self, beats: list[tuple[Kind, str, int]]) -> None:
        for kind, source, time in beats:
            self._outbox.send(heartbeat_record(kind, source, time))

    def _settle(self, text: RawText, accepted: Future[None], done: Future[None]) -> None:
        """A text is safe, or the disk did not take it: who sends it again must then not be told that it is a repeat,
        who sent it twice not that it is safe.
        """
        failure = done.exception()
        with self._lock:
            if failure is not None:
                self._seen.forget(text)
            self._unsafe.pop(text_name(text), None)
        if failure is not None:
            accepted.set_exception(failure)
        else:
            accepted.set_result(None)
