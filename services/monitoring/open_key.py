"""A followed key in memory, with the texts of its open minutes, which lie in the table one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.detector.key_record import KeyRecord


@dataclass(slots=True)
class OpenKey:
    """`numbers`: open minute (ms) -> numbers of its texts, which are the names of their records; `put`: how many texts
    the key ever had; `packed`: its record as it was last written, before it was compressed.
    """

    record: KeyRecord
    numbers: dict[int, list[int]] = field(default_factory=dict)
    put: int = 0
    packed: bytes | None = None

    def closed(self) -> list[int]:
        """The numbers of the texts whose minute was closed, which are forgotten by this call."""
        gone = [minute for minute in self.numbers if minute not in self.record.minutes]
        return [number for minute in gone for number in self.numbers.pop(minute)]
