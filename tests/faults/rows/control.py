"""The same faults met by scoring as the documentation of Faust begins: what happens without our care."""

from __future__ import annotations

from services.kafka.topics import SCORED
from tests.faults.feeder import Feeder, in_portions, text_records
from tests.faults.fleet import Fleet
from tests.faults.oracle import read_topics_of_stream
from tests.faults.row import Outcome, Row
from tests.faults.texts import texts_of
from tests.faults.world import World, rest
from tests.harness.support import consume

NAIVE = "tests.harness.naive_scoring"
QUIET_SECONDS = 20.0
"""Without a text more it is over: a control need not end."""
LONGEST_SECONDS = 180.0


def killed(world: World, kills: int | None = None) -> Outcome:
    """kill -9 at random moments."""
    kills = kills or world.pick(20, 2)
    with Fleet(world) as fleet, _feeder(world, 13.0 * kills) as feeder:
        fleet.add("score", module=NAIVE)
        for number in range(kills):
            world.pause(6, 14)
            fleet.kill("score")
            world.say(f"it was killed {number + 1} times of {kills}")
        return _counted(world, feeder)


def raising(world: World) -> Outcome:
    """An exception for some texts, once each."""
    settings = {"FAULTY_BATCHES": str(world.pick(8, 2))}
    with Fleet(world) as fleet, _feeder(world, world.pick(120, 40)) as feeder:
        fleet.add("score", module=NAIVE, settings=settings)
        return _counted(world, feeder)


def _feeder(world: World, seconds: float) -> Feeder:
    texts = texts_of(world.seed, per_day=world.pick(18, 6))
    return Feeder(world.address, in_portions(text_records(texts)), seconds)


def _counted(world: World, feeder: Feeder) -> Outcome:
    """Wait until nothing more comes, and count."""
    feeder.hurry(LONGEST_SECONDS)
    seen, silent = -1, 0.0
    while silent < QUIET_SECONDS:
        rest(2.0)
        scored = len(consume(world.address, SCORED.name, 0))
        silent = silent + 2.0 if scored == seen else 0.0
        seen = scored
    found = read_topics_of_stream(world.address)
    return Outcome(
        sent=len(feeder.sent),
        lost=len(feeder.sent - found.scored),
        copies=found.copies,
        notes="naive Faust: only its scoring is looked at",
    )


ROWS = (
    Row("naive-killed", "the control: kill -9 of a naive scoring, 20 times", killed, is_control=True),
    Row("naive-raising", "the control: a naive scoring that raises eight times", raising, is_control=True),
)
