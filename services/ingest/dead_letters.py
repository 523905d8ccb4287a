"""What could not be used, as a message for the dead-letter topic."""

from __future__ import annotations

import msgspec

from services.domain.dead_letter import dead_letter
from services.domain.errors import InvalidMessage
from services.domain.messages import DeadLetter
from services.files.jsonl import BadLine
from services.text.untrusted import masked


def dead_line(line: BadLine, place: str, now: int) -> DeadLetter:
    """A line of a file that is no JSON object; `place` names the file, `now` is in ms."""
    return dead_bytes(line.reason, f"{place} line {line.number}: {line.detail}", line.raw, now)


def dead_record(record: object, error: InvalidMessage, place: str, now: int) -> DeadLetter:
    """Something that is no usable text; `place` says where it came from, `now` is in ms."""
    return dead_bytes(error.reason, f"{place}: {error.detail}", msgspec.json.encode(record), now)


def dead_bytes(reason: str, detail: str, payload: bytes, now: int) -> DeadLetter:
    """A dead letter with the first kilobytes of `payload`; `now` is in ms."""
    return dead_letter("ingest", reason, masked(detail), payload, now)
