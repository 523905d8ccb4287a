"""Records of somebody who means harm, on every topic, while the stream flows."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from services.domain.messages import DeadLetter
from services.kafka.codec import Codec
from services.kafka.topics import DEAD, SCORED
from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.world import World
from tests.harness.refused_records import refused_records
from tests.harness.support import consume, produce, wait_until

BURIED_SECONDS = 120.0
PORTIONS = 6


def hostile(world: World) -> Outcome:
    """A share of them at a time, onto all topics."""
    count = world.pick(60, 12)
    bad = refused_records(count, world.seed)
    expected = count * len(bad)
    with stream(world, ("score", "monitor", "relay"), seconds=world.pick(90, 30)) as flow:
        size = count // PORTIONS
        for number in range(PORTIONS):
            world.pause(2, 6)
            for topic, records in bad.items():
                portion = records[number * size : (number + 1) * size]
                produce(world.address, topic, [(b"hostile", data) for data in portion])
            world.say(f"hostile records were sent {number + 1} times of {PORTIONS}")
        wait_until(lambda: _letters(world).total() >= expected, BURIED_SECONDS, f"{expected} dead letters")
        outcome = flow.settle(dead=_letters(world))
        crashes = flow.fleet.all_crashes()
    buried = _letters(world).total()
    outcome.notes = f"{buried} of {expected} buried; {_longest_gap(world):.1f} s at most between two texts scored"
    outcome.promise(crashes == 0, f"{crashes} crashes")
    outcome.promise(buried == expected, f"{buried} dead letters, of {expected}")
    return outcome


def _letters(world: World) -> Counter[str]:
    """Dead letters by reason, one a record."""
    letters = [Codec(DeadLetter).decode(record.value) for record in consume(world.address, DEAD.name, 0)]
    return Counter({letter.origin: letter.reason for letter in letters}.values())


def _longest_gap(world: World) -> float:
    """Seconds between two records of `opinions.scored` from its first to its last."""
    times: list[int] = sorted(record.timestamp for record in consume(world.address, SCORED.name, 0))
    return max(later - earlier for earlier, later in pairwise(times)) / 1_000


ROWS = (Row("hostile", "60 hostile records on each of five topics", hostile),)
