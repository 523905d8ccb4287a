"""What could not be used, as a message for the dead-letter topic."""

from __future__ import annotations

from services.domain.messages import DeadLetter, Origin, Stage

MOST_PAYLOAD_BYTES = 4_096
MOST_DETAIL_CHARS = 500


def dead_letter(
    stage: Stage, reason: str, detail: str, payload: bytes | None, now: int, origin: Origin | None = None
) -> DeadLetter:
    """A dead letter with the first kilobytes of `payload`; `now` is in ms."""
    data = payload or b""
    return DeadLetter(
        reason=reason,
        detail=detail[:MOST_DETAIL_CHARS],
        stage=stage,
        origin=origin,
        time=now,
        payload=data[:MOST_PAYLOAD_BYTES],
        payload_bytes=len(data),
    )
