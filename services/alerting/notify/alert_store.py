"""All alerts as they must stand at every Alertmanager, by their labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.alerting.notify.alert import ActiveAlert, PendingOffset, PostableAlert, key_of
from services.alerting.notify.annotations import Annotations
from services.alerting.notify.labels import Labels


class GettableAlert(NamedTuple):
    """An alert that an Alertmanager holds as firing; `starts_at` in ms."""

    labels: Labels
    annotations: Annotations
    starts_at: int


class AlertStore:
    """Every Alertmanager is brought to what stands here, each at its own pace. Times in ms of wall time."""

    def __init__(self) -> None:
        self._series: dict[str, ActiveAlert] = {}

    def show(
        self, labels: Labels, incident: str, starts_at: int, annotations: Annotations, marks: Iterable[PendingOffset]
    ) -> ActiveAlert:
        """Let the alert with these labels fire and say this; `marks` wait until one Alertmanager has taken it."""
        key = key_of(labels)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = ActiveAlert(labels, incident, starts_at, annotations)
        series.incident, series.starts_at = incident, starts_at
        series.change(annotations, *marks)
        return series

    def drop(self, series: ActiveAlert, now: int) -> list[PendingOffset]:
        """Other alerts speak for this one from now on: it ends, or goes if nobody knows it; the marks for those."""
        if series.was_sent:
            series.end(now)
            return []
        del self._series[key_of(series.labels)]
        return series.waiting()

    def incident_of(self, labels: Labels) -> str | None:
        """The incident that the alert with these labels is about."""
        series = self._series.get(key_of(labels))
        return None if series is None else series.incident

    def adopt(self, held: GettableAlert, incident: str, first_taken: int) -> ActiveAlert:
        """An alert that some Alertmanager holds from before this process began."""
        series = ActiveAlert(
            held.labels, incident, held.starts_at, held.annotations, first_taken=first_taken, version=1
        )
        self._series[key_of(held.labels)] = series
        return series

    def due(self, alertmanager: str, now: int) -> list[PostableAlert]:
        """What this Alertmanager must be sent now; alerts of the same incident stand together, what ends first."""
        due = [series for series in self._series.values() if series.due(alertmanager, now)]
        return [s.post(now) for s in sorted(due, key=lambda s: (s.incident, s.ends_at is None))]

    def taken(self, alertmanager: str, post: PostableAlert, now: int, refused: bool = False) -> list[PendingOffset]:
        """An Alertmanager has taken a post, or refused it for good; the marks that waited for that."""
        series = self._series.get(post.key)
        return [] if series is None else series.taken(alertmanager, post, now, refused)

    def forget(self, alertmanager: str) -> None:
        """An Alertmanager did not answer: it may be a new one that knows nothing."""
        for series in self._series.values():
            series.forget(alertmanager)

    def waiting(self) -> list[PendingOffset]:
        """The marks that no Alertmanager has taken."""
        return [mark for series in self._series.values() for mark in series.waiting()]

    def tidy(self, now: int) -> None:
        """Let go of what is over and was said often enough."""
        self._series = {key: series for key, series in self._series.items() if not series.is_done(now)}
