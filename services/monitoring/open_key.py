"""A followed key in memory, with the texts of its open minutes, which lie in the table one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.detector.key_record import KeyRecord

LEAST_LOG_BYTES = 4_096
"""What is logged of a key before its record is written, at least: a new key's record is smaller than one text."""


@dataclass(slots=True)
class OpenKey:
    """`numbers`: open minute (ms) -> numbers of its texts, which are the names of their records; `unsaved`: the numbers
    of texts in closed minutes, which the record in the table lacks; `put`: how many texts the key ever had; `packed`:
    its record as it was last written, before it was compressed; `stored_bytes`: what that took; `logged_bytes`: what
    its texts took since then.
    """

    record: KeyRecord
    numbers: dict[int, list[int]] = field(default_factory=dict)
    unsaved: list[int] = field(default_factory=list)
    put: int = 0
    packed: bytes | None = None
    stored_bytes: int = 0
    logged_bytes: int = 0

    def close(self) -> None:
        """Note which texts are in closed minutes now."""
        for minute in [minute for minute in self.numbers if minute not in self.record.minutes]:
            self.unsaved += self.numbers.pop(minute)

    def is_to_be_written(self) -> bool:
        """True when its texts took half of what its record takes: less is written for nothing, more is slow to apply
        again after a restart.
        """
        return self.logged_bytes >= max(self.stored_bytes // 2, LEAST_LOG_BYTES)
