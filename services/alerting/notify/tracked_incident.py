"""An incident that is told by an alert of its own, or waits for that."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.alerting.notify.alert import ActiveAlert, PendingOffset
from services.domain.messages import IncidentRecord


@dataclass(slots=True)
class TrackedIncident:
    """`series` is None while it waits; `came` is when it began to (ms of wall time)."""

    record: IncidentRecord
    came: int
    raised: bool = False
    """False when only its end is news."""
    last_time: int = 0
    """Of its last message."""
    marks: list[PendingOffset] = field(default_factory=list)
    """Of what its series does not say yet."""
    closing: list[PendingOffset] = field(default_factory=list)
    """Of its end, while it is kept firing."""
    series: ActiveAlert | None = None
    told: bool = False
    """An Alertmanager has taken an alert of it."""

    @property
    def fires(self) -> bool:
        """Whether its alert fires."""
        return self.series is not None and self.series.ends_at is None

    @property
    def is_market_wide(self) -> bool:
        """Whether it speaks for others."""
        return self.record.raised.channel == "market"

    @property
    def is_untold(self) -> bool:
        """Whether no Alertmanager has heard of it."""
        return not self.told and (self.series is None or (self.series.first_taken is None and self.fires))

    def is_done(self, now: int) -> bool:
        """Whether its end was said often enough, or another incident has taken over its alert."""
        if self.series is None:
            return False
        return self.series.incident != self.record.raised.id or self.series.is_done(now)
