"""What the relay tells and has told: messages and answers in, posts and the offset to commit out. No clock, no I/O.

A new incident waits a moment and is then told by an alert of its own, or, when there are many, by one alert that
speaks for all of its kind: the market-wide incident, or else a storm. Times in ms of wall time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from services.alerting.incidents.store import GUARDED, IncidentChange, IncidentStore
from services.alerting.notify.alert import PendingOffset
from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.annotations import Annotations, annotations_of, market_annotations
from services.alerting.notify.grouping import GroupingPolicy
from services.alerting.notify.labels import STORM, labels_of
from services.alerting.notify.tracked_incident import TrackedIncident
from services.domain.incident import is_open
from services.domain.messages import IncidentRecord

MOST_SINGLES = 190
"""Alerts of single incidents that fire at a time; the rest of the 200 is for those that speak for many."""
HISTORY_MS = 3_600_000
"""At the very first start, what was cleared longer ago is not told."""
FAILING_MS = 10_000
"""An alert that no Alertmanager has taken for so long may still join a storm."""


class RelayState:
    """Starts from `book`, as a restart finds it; tells nothing before both `caught_up` and `adopt` were called."""

    def __init__(self, book: IncidentStore, *, first_start: bool, grafana: str) -> None:
        self.board = AlertStore()
        self.is_caught_up = False
        self.is_ready = False
        self._book = book
        self._first_start = first_start
        self._grafana = grafana
        self._storms = GroupingPolicy(self.board, book, grafana)
        self._entries: dict[str, TrackedIncident] = {}

    def take(self, change: IncidentChange, now: int) -> None:
        """Take in what a message has changed; what says nothing new is told only if it may not have been told."""
        if not change.new and self.is_caught_up:
            return
        record = change.record
        incident, kind = record.raised.id, record.raised.kind
        self._storms.of(kind).changed = True
        entry = self._entries.get(incident)
        if entry is None and self.is_ready and not change.raised:
            self._storms.ended(record)
            return
        if entry is None:
            entry = self._entries[incident] = TrackedIncident(record, now)
            if not self._storms.let_go(incident):
                self._count_arrival(entry, now)
        entry.record, entry.last_time = record, change.time
        mark = PendingOffset(change.offset, change.time)
        if change.raised:
            self._take_raise(entry, mark, now)
        else:
            at_once = entry.series is not None and entry.series.may_end(now)
            entry.closing = [mark if at_once else mark._replace(time=None)]

    def caught_up(self, now: int) -> None:
        """All that stood on the topic at the start is read: what comes again from now on are copies."""
        self.is_caught_up = True
        if self._first_start:
            self._entries = {
                incident: entry
                for incident, entry in self._entries.items()
                if is_open(entry.record) or now - entry.last_time < HISTORY_MS
            }

    def adopt(self, held: Iterable[GettableAlert], now: int) -> None:
        """Once caught up: take over what Alertmanager holds as firing; what is open besides waits to be told."""
        for incident, record in self._book.open.items():
            self._entries.setdefault(incident, TrackedIncident(record, now, raised=True))
        told = {self._adopt(one, now) for one in held}
        for incident, entry in self._entries.items():
            entry.came = now
            if incident in told:
                self._show(entry, now)
        self.is_ready = True

    def tick(self, now: int) -> None:
        """Let time pass: tell what has waited long enough, end what has fired long enough."""
        if not self.is_ready:
            return
        guarded = (e.record.raised for e in self._entries.values() if e.is_untold)
        untold = Counter(raised.kind for raised in guarded if raised.channel in GUARDED)
        room = MOST_SINGLES - sum(entry.fires for entry in self._entries.values())
        self._storms.update(untold, room <= 0, now)
        for entry in sorted(self._entries.values(), key=lambda entry: entry.is_market_wide):
            if entry.is_market_wide:
                self._speak_market_wide(entry, now)
            else:
                room -= self._decide(entry, room, now)
            self._maybe_end(entry, now)
        self._storms.show(now)
        self.board.tidy(now)
        self._entries = {incident: e for incident, e in self._entries.items() if not e.is_done(now)}

    def first_waiting(self) -> int | None:
        """The lowest offset of a message that no Alertmanager has taken: commit nothing beyond."""
        return min((mark.offset for mark in self._waiting()), default=None)

    def waiting_since(self) -> int | None:
        """The time of the oldest alert that no Alertmanager has taken."""
        if not self.is_caught_up:
            return None
        return min((mark.time for mark in self._waiting() if mark.time is not None), default=None)

    def _waiting(self) -> Iterator[PendingOffset]:
        yield from self.board.waiting()
        yield from self._storms.waiting()
        for entry in self._entries.values():
            yield from entry.marks
            if entry.series is None:  # else a restart finds it firing at Alertmanager, and ends it
                yield from entry.closing

    def _take_raise(self, entry: TrackedIncident, mark: PendingOffset, now: int) -> None:
        entry.raised = True
        entry.marks += [*entry.closing, mark]
        entry.closing = []
        if entry.fires:
            self._show(entry, now)
        elif entry.series is not None:  # it was over, and begins again
            entry.series, entry.came, entry.told = None, now, False
            self._count_arrival(entry, now)

    def _count_arrival(self, entry: TrackedIncident, now: int) -> None:
        if self.is_ready and entry.record.raised.channel in GUARDED:
            self._storms.of(entry.record.raised.kind).guard.arrived(now)

    def _adopt(self, held: GettableAlert, now: int) -> str:
        """Take over one alert; the incident that it is about."""
        incident = held.annotations["incident"]
        if held.labels["alertname"] == STORM:
            self._storms.adopt(held, incident)
            return incident
        entry = self._entries.get(incident)
        just_taken = entry is not None and bool(entry.marks)
        series = self.board.adopt(held, incident, first_taken=now if just_taken else 0)
        if entry is None or series.labels != labels_of(entry.record):
            series.end(now)
        else:
            entry.series = series
        return incident

    def _decide(self, entry: TrackedIncident, room: int, now: int) -> bool:
        """Tell an incident, let another alert speak for it, or wait; whether it takes room of its own."""
        raised, is_shown = entry.record.raised, entry.series is not None
        if not entry.is_untold or (is_shown and now - entry.came < FAILING_MS):
            return False
        if entry.raised:
            if raised.channel in GUARDED and self._storms.speaks(raised.kind):
                self._leave(entry, now)
                return False
            if is_shown or self._storms.of(raised.kind).guard.holds(entry.came, now) or self._has_to_queue(entry, now):
                return False
            if room <= 0:
                self._storms.of(raised.kind).guard.active = True
                self._leave(entry, now)
                return False
        elif is_shown:
            return False
        self._show(entry, now)
        return True

    def _has_to_queue(self, entry: TrackedIncident, now: int) -> bool:
        """Whether an alert with its labels is still needed for an earlier incident that is over: each is told."""
        incident = self.board.incident_of(labels_of(entry.record))
        earlier = None if incident is None else self._entries.get(incident)
        if earlier is None or earlier is entry or earlier.series is None or is_open(earlier.record):
            return False
        return not earlier.series.may_begin_anew(now)

    def _speak_market_wide(self, entry: TrackedIncident, now: int) -> None:
        """Its text follows the single incidents that it speaks for."""
        storm = self._storms.of(entry.record.raised.entity)
        if entry.series is None or (entry.fires and storm.changed):
            entry.marks += storm.marks
            storm.marks, storm.changed = [], False
            storm.gone.clear()
            self._show(entry, now)

    def _leave(self, entry: TrackedIncident, now: int) -> None:
        """Another alert speaks for the incident from now on."""
        dropped = [] if entry.series is None else self.board.drop(entry.series, now)
        self._storms.speak_for(entry.record, [*entry.marks, *entry.closing, *dropped])
        del self._entries[entry.record.raised.id]

    def _show(self, entry: TrackedIncident, now: int) -> None:
        """Put its alert on the board, as its record is now; with other labels it is another alert."""
        record = entry.record
        incident, labels = record.raised.id, labels_of(record)
        old = entry.series
        if old is not None and old.incident == incident:
            entry.told = entry.told or old.first_taken is not None
            if old.labels != labels:
                entry.marks += self.board.drop(old, now)
        entry.series = self.board.show(labels, incident, record.first_at, self._annotations(record), entry.marks)
        entry.marks = []

    def _annotations(self, record: IncidentRecord) -> Annotations:
        if record.raised.channel == "market":
            return market_annotations(record, self._book.crowd(record.raised.entity), self._grafana)
        return annotations_of(record, self._grafana)

    def _maybe_end(self, entry: TrackedIncident, now: int) -> None:
        if entry.series is None or not entry.fires or is_open(entry.record):
            return
        if entry.series.may_end(now) or not entry.raised:
            entry.series.end(now, *entry.closing)
            entry.closing = []
