"""One alert at Alertmanager, known by its labels: what it says now, who has taken that, and when it is due again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from services.alerting.notify.annotations import Annotations
from services.alerting.notify.labels import Labels

RESEND_MS = 60_000
"""A firing alert is sent again so often."""
EXPIRES_MS = 300_000
"""An Alertmanager that hears nothing for so long takes it as over."""
OVER_KEPT_MS = 300_000
"""One that is over is sent again for so long, for an Alertmanager that was away."""
LEAST_FIRING_MS = LEAST_OVER_MS = 60_000
"""A shorter alert, or a shorter pause between two with the same labels, might not be notified."""


class PendingOffset(NamedTuple):
    """A message on `alerts` that no Alertmanager has taken: its offset, and its time (ms) where that is measured."""

    offset: int
    time: int | None


class PostableAlert(NamedTuple):
    """An alert as it goes out in one post; times in ms of wall time, but for `starts_at`."""

    labels: Labels
    annotations: Annotations
    starts_at: int
    ends_at: int
    firing: bool
    version: int

    @property
    def key(self) -> str:
        """What it is known by."""
        return key_of(self.labels)


class DeliveryRecord(NamedTuple):
    """What one Alertmanager took last, and when (ms); it refused it where `refused` is set."""

    version: int
    at: int
    refused: bool


def key_of(labels: Labels) -> str:
    """Labels as one string, whatever their order."""
    return "\n".join(f"{name}={value}" for name, value in sorted(labels.items()))


@dataclass(slots=True)
class ActiveAlert:
    """Times in ms. `incident` is the one it is about; `ends_at` is None while it fires."""

    labels: Labels
    incident: str
    starts_at: int
    annotations: Annotations
    ends_at: int | None = None
    first_taken: int | None = None
    """When an Alertmanager took it firing first."""
    over_taken: int | None = None
    version: int = 0
    handed_out: bool = False
    """The version may be at an Alertmanager already."""
    _told: dict[str, DeliveryRecord] = field(default_factory=dict)
    _waiting: dict[int, list[PendingOffset]] = field(default_factory=dict)
    """Version -> marks of the messages that it says."""

    def change(self, annotations: Annotations, *marks: PendingOffset) -> None:
        """It says something new, which `marks` have brought; it fires (again)."""
        self.annotations = annotations
        if self.ends_at is not None:
            self.ends_at = self.first_taken = self.over_taken = None
        self._next_version(marks)

    def end(self, at: int, *marks: PendingOffset) -> None:
        """It is over at `at`."""
        if self.ends_at is None:
            self.ends_at = at
        self._next_version(marks)

    def due(self, alertmanager: str, now: int) -> bool:
        """Whether this Alertmanager must hear of it (again)."""
        told = self._told.get(alertmanager)
        if told is None or told.version != self.version:
            return True
        return not told.refused and not 0 <= now - told.at < RESEND_MS

    def post(self, now: int) -> PostableAlert:
        """What to send now. An alert about a later time than now starts now, as none may end before it starts."""
        self.handed_out = True
        firing = self.ends_at is None
        ends_at = now + EXPIRES_MS if self.ends_at is None else self.ends_at
        starts_at = max(min(self.starts_at, ends_at, now), 0)
        return PostableAlert(self.labels, self.annotations, starts_at, ends_at, firing, self.version)

    def taken(self, alertmanager: str, post: PostableAlert, now: int, refused: bool = False) -> list[PendingOffset]:
        """An Alertmanager has taken (or refused for good) a post; the marks that waited for that."""
        self._told[alertmanager] = DeliveryRecord(post.version, now, refused)
        fires = self.ends_at is None
        if fires and post.firing and self.first_taken is None:
            self.first_taken = now
        if not fires and not post.firing and self.over_taken is None:
            self.over_taken = now
        done = [version for version in self._waiting if version <= post.version]
        return [mark for version in done for mark in self._waiting.pop(version)]

    def forget(self, alertmanager: str) -> None:
        """This Alertmanager may have lost all."""
        self._told.pop(alertmanager, None)

    def waiting(self) -> list[PendingOffset]:
        """The marks that no Alertmanager has taken."""
        return [mark for marks in self._waiting.values() for mark in marks]

    @property
    def was_sent(self) -> bool:
        """Whether any Alertmanager may know it."""
        return self.version > 0 or self.handed_out

    def may_end(self, now: int) -> bool:
        """Whether it has fired for long enough to be notified."""
        return self.first_taken is not None and now - self.first_taken >= LEAST_FIRING_MS

    def may_begin_anew(self, now: int) -> bool:
        """Whether its end was said long enough ago to be notified, so that its labels may serve another incident."""
        return self.over_taken is not None and now - self.over_taken >= LEAST_OVER_MS

    def is_done(self, now: int) -> bool:
        """Whether it is over and was said often enough."""
        return self.over_taken is not None and now - self.over_taken >= OVER_KEPT_MS

    def _next_version(self, marks: tuple[PendingOffset, ...]) -> None:
        """Marks that wait for the same version are one: the least offset, the earliest time."""
        if self.handed_out:
            self.version += 1
            self.handed_out = False
        if marks:
            self._waiting[self.version] = merged([*self._waiting.get(self.version, ()), *marks])


def merged(marks: list[PendingOffset]) -> list[PendingOffset]:
    """Many marks as one, none as none."""
    if not marks:
        return []
    times = [mark.time for mark in marks if mark.time is not None]
    return [PendingOffset(min(mark.offset for mark in marks), min(times, default=None))]
