"""The alerts that speak for many: when there is a storm of a kind, what it says, and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert import ActiveAlert, PendingOffset
from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.annotations import storm_annotations
from services.alerting.notify.burst import BurstDetector
from services.alerting.notify.labels import storm_labels
from services.domain.event_time import format_iso
from services.domain.incident import is_open
from services.domain.messages import IncidentRecord


@dataclass(slots=True)
class AlertGroup:
    """What is told as one of a kind of incident."""

    guard: BurstDetector = field(default_factory=BurstDetector)
    series: ActiveAlert | None = None
    marks: list[PendingOffset] = field(default_factory=list)
    """Of incidents that it speaks for and has not told yet."""
    gone: dict[str, IncidentRecord] = field(default_factory=dict)
    """Ended before an Alertmanager heard of them."""
    changed: bool = False

    @property
    def fires(self) -> bool:
        """Whether its own alert fires."""
        return self.series is not None and self.series.ends_at is None

    @property
    def is_told(self) -> bool:
        """Whether an Alertmanager has taken its own alert."""
        return self.series is not None and self.series.first_taken is not None


class GroupingPolicy:
    """Times in ms of wall time."""

    def __init__(self, board: AlertStore, book: IncidentStore, grafana: str) -> None:
        self._board, self._book, self._grafana = board, book, grafana
        self._storms: dict[str, AlertGroup] = {}
        self._spoken_for: dict[str, str] = {}
        """Incident -> kind, of what is open."""

    def of(self, kind: str) -> AlertGroup:
        """The storm of a kind, on or not."""
        return self._storms.setdefault(kind, AlertGroup())

    def speaks(self, kind: str) -> bool:
        """Whether one alert speaks for all incidents of the kind that are not told yet."""
        return self.of(kind).guard.active or self._book.market_wide(kind)

    def speak_for(self, record: IncidentRecord, marks: Iterable[PendingOffset]) -> None:
        """Speak for an incident from now on, until it ends or says something new."""
        storm = self.of(record.raised.kind)
        storm.marks += marks
        storm.changed = True
        if is_open(record):
            self._spoken_for[record.raised.id] = record.raised.kind
        else:
            storm.gone[record.raised.id] = record

    def let_go(self, incident: str) -> bool:
        """Speak for an incident no longer; whether it was spoken for."""
        return self._spoken_for.pop(incident, None) is not None

    def ended(self, record: IncidentRecord) -> None:
        """An incident that is spoken for is over."""
        storm = self.of(record.raised.kind)
        is_untold = bool(storm.marks) or (storm.fires and not storm.is_told)
        if self.let_go(record.raised.id) and is_untold:
            storm.gone[record.raised.id] = record

    def adopt(self, held: GettableAlert, incident: str) -> None:
        """A storm that some Alertmanager holds as firing from before this process began."""
        storm = self.of(held.labels.get("kind", ""))
        storm.series = self._board.adopt(held, incident, first_taken=0)
        storm.guard.active = storm.changed = True

    def update(self, untold: Mapping[str, int], full: bool, now: int) -> None:
        """Begin and end storms; `untold` incidents of each kind wait, and there is no room for more when `full`."""
        for kind, storm in self._storms.items():
            must_go_on = full or (storm.fires and not storm.is_told)
            storm.guard.update(untold.get(kind, 0), self._book.count(kind), now, must_go_on)

    def show(self, now: int) -> None:
        """Put the alerts of storms on the board, up to date; while a market-wide one speaks, there are none."""
        for kind, storm in self._storms.items():
            market_wide = self._book.market_wide(kind)
            if storm.guard.active and not market_wide:
                if storm.changed if storm.fires else self._has_to_tell(kind, storm):
                    self._tell(kind, storm, now)
            elif storm.series is not None and storm.fires:
                if market_wide and not storm.is_told:
                    storm.marks += self._board.drop(storm.series, now)
                    storm.series = None
                elif storm.series.may_end(now):
                    self._tell(kind, storm, now)
                    storm.series.end(now)
                elif storm.changed and not market_wide:
                    self._tell(kind, storm, now)

    def waiting(self) -> Iterator[PendingOffset]:
        """The marks of what is spoken for and not told yet."""
        for storm in self._storms.values():
            yield from storm.marks

    def _has_to_tell(self, kind: str, storm: AlertGroup) -> bool:
        """Whether it speaks for anything: when all is over, or was told otherwise, a burst alone begins no storm."""
        spoken_for = (incident for incident, of_kind in self._spoken_for.items() if of_kind == kind)
        return bool(storm.marks) or any(incident in self._book.open for incident in spoken_for)

    def _tell(self, kind: str, storm: AlertGroup, now: int) -> None:
        starts_at = storm.series.starts_at if storm.series is not None and storm.fires else now
        if storm.is_told:
            storm.gone.clear()
        incident = f"storm:{kind}@{format_iso(starts_at)}"
        annotations = storm_annotations(incident, self._book.crowd(kind, storm.gone.values()), self._grafana)
        storm.series = self._board.show(storm_labels(kind), incident, starts_at, annotations, storm.marks)
        storm.marks, storm.changed = [], False
