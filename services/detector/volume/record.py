"""What is held of the volume channel of one key."""

from __future__ import annotations

import msgspec

from services.detector.volume.state import VolumeState


class VolumeRecord(msgspec.Struct):
    """The channel of one key; `due` is the end (ms) of the five minutes that have texts and are not looked at."""

    state: VolumeState
    due: int | None = None
    id: str | None = None
    raised_at: int = 0
    above_at: int = 0

    def is_waiting(self) -> bool:
        """True when the passing of event time alone can change it."""
        return self.due is not None or self.id is not None
