"""An hour of a steady stream: does memory grow, does the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.factories import MINUTE
from tests.faults.oracle import backtest
from tests.faults.records import in_portions, text_records
from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.texts import texts_of
from tests.faults.world import World, rest

NAMES = ("score", "monitor", "relay")
LEAST_DAYS = 14
SAMPLE_SECONDS = 5.0
MEGABYTE = 1_000_000


def soak(world: World) -> Outcome:
    """One day of texts a minute; the slopes are those of the second half."""
    minutes = 1.5 if world.quick else world.soak_minutes
    texts = texts_of(world.seed, per_day=world.pick(18, 6), days=max(LEAST_DAYS, int(minutes)))
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in (*NAMES, "disk")}
    portions = in_portions(text_records(texts))
    end = texts[-1].published_at + MINUTE
    world.say(f"the backtest of {len(texts)} texts is computed")
    with stream(world, NAMES, 60 * minutes, portions, backtest(texts), end) as flow:
        seconds = 0.0
        while not flow.feeder.is_done:
            rest(SAMPLE_SECONDS)
            seconds += SAMPLE_SECONDS
            for name in NAMES:
                samples[name].append((seconds, resident_bytes(flow.fleet.child(name).pid)))
            samples["disk"].append((seconds, _bytes_of(world.folder)))
            if seconds % 60 == 0:
                world.say(f"{seconds / 60:.0f} of {minutes:g} minutes")
        outcome = flow.settle()
        crashes = flow.fleet.all_crashes()
    parts = [f"{name} {found[-1][1] / MEGABYTE:.0f} MB {_slope(found):+.1f} MB/h" for name, found in samples.items()]
    outcome.notes = f"{minutes:g} min: {', '.join(parts)}"
    outcome.promise(crashes == 0, f"{crashes} crashes")
    return outcome


def _slope(samples: list[tuple[float, float]]) -> float:
    """MB an hour over the second half, by least squares."""
    later = np.array(samples[len(samples) // 2 :])
    return float(np.polyfit(later[:, 0], later[:, 1], 1)[0]) * 3_600 / MEGABYTE


def resident_bytes(pid: int | None) -> float:
    """The memory that a process holds; 0 where it has just ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4_096.0


def _bytes_of(folder: Path) -> float:
    """What lies in a folder: of Kafka that what is written, not what it reserves for an index."""
    return float(sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()))


ROWS = (Row("soak", "an hour of a steady stream: slopes of memory and disk", soak, limit_seconds=1_800),)
