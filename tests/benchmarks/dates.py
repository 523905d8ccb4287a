"""How long a date takes to read, by form, beside dateutil where that reads the same; and a whole record of ingest.

python -m tests.benchmarks.dates [REPEATS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from timeit import repeat
from zoneinfo import ZoneInfo

from dateutil import parser  # type: ignore[import-untyped] # brought by faust

from services.domain.event_time import parse_iso_ms
from services.ingest.dates.read import read_date
from services.ingest.normalise import SourceDefaults, normalise

ZONE = ZoneInfo("Asia/Shanghai")
SEEN = parse_iso_ms("2025-03-12T21:40:30+08:00")
FORMS = (
    "2025-03-12T12:05:06Z",
    "Wed, 12 Mar 2025 12:05:06 GMT",
    "1741781106000",
    "2025/03/12 20:05:06",
    "March 12, 2025 8:05 PM",
    "2025年3月12日 下午8:05",
    "昨天 15:30",
    "8分钟前",
    "no date at all",
)
TEXT = "$AAPL falls after the bank cut its forecast for the third quarter, holders are not amused"
RUNS = 5


def main(repeats: int) -> None:
    """Print one line a form, and one of the record."""
    print(f"{'form':32} {'us':>7} {'dateutil / ours':>16}")
    for form in FORMS:
        own = _microseconds(partial(read_date, form, ZONE, SEEN), repeats)
        print(f"{form:32} {own:7.1f} {_ratio(form, own, repeats):>16}")
    record = {"id": "1", "text": TEXT, "created_at": FORMS[1]}
    defaults = SourceDefaults("bench", "comment", b"key", ZONE)
    print(f"{'a whole record':32} {_microseconds(lambda: normalise(record, defaults, SEEN), repeats):7.1f}")


def _ratio(form: str, own: float, repeats: int) -> str:
    """A dash where dateutil reads it otherwise, or not."""
    try:
        found: datetime = parser.parse(form)
    except (ValueError, OverflowError):
        return "-"
    aware = found if found.tzinfo else found.replace(tzinfo=ZONE)
    if round(aware.timestamp() * 1000) != read_date(form, ZONE, SEEN).at:
        return "-"
    return f"{_microseconds(lambda: parser.parse(form), repeats) / own:.1f}"


def _microseconds(call: Callable[[], object], repeats: int) -> float:
    """The least of some runs."""
    return 1e6 * min(repeat(call, number=repeats, repeat=RUNS)) / repeats


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2_000)
