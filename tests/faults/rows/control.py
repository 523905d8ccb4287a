"""The same faults met by scoring as the documentation of Faust begins: what happens without our care."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from services.domain.messages import RawText
from tests.faults.feeder import Feeder
from tests.faults.fleet import Fleet
from tests.faults.oracle import read_topics_of_stream
from tests.faults.records import in_portions, text_records
from tests.faults.row import Outcome, Row
from tests.faults.texts import texts_of
from tests.faults.world import World, rest
from tests.harness.stream_scenario import SPREAD

NAIVE = "tests.harness.naive_scoring"
QUIET_SECONDS = 20.0
"""Without a record more it is over: a control need not come to the end."""
LONGEST_SECONDS = 300.0


def killed(world: World, kills: int | None = None) -> Outcome:
    """kill -9 at random moments."""
    kills = kills or world.pick(20, 2)
    texts = texts_of(world.seed, per_day=world.pick(18, 6))
    with Fleet(world) as fleet, _feeder(world, texts, 13.0 * kills) as feeder:
        fleet.add("score", module=NAIVE)
        for number in range(kills):
            world.pause(6, 14)
            fleet.kill("score")
            world.say(f"it was killed {number + 1} times of {kills}")
        return _counted(world, feeder, texts)


def raising(world: World) -> Outcome:
    """An exception for some texts, once each."""
    settings = {"FAULTY_BATCHES": str(world.pick(8, 2))}
    texts = texts_of(world.seed, per_day=world.pick(18, 6))
    with Fleet(world) as fleet, _feeder(world, texts, world.pick(120, 10)) as feeder:
        fleet.add("score", module=NAIVE, settings=settings)
        return _counted(world, feeder, texts)


def _feeder(world: World, texts: Sequence[RawText], seconds: float) -> Feeder:
    return Feeder(world.address, in_portions(text_records(texts)), seconds)


def _counted(world: World, feeder: Feeder, texts: Sequence[RawText]) -> Outcome:
    """Wait until the last texts are scored, or nothing more comes, and count."""
    feeder.hurry(LONGEST_SECONDS)
    last = {text.event_id for text in texts[-SPREAD:]}
    found = read_topics_of_stream(world.address)
    came_at, deadline = monotonic(), monotonic() + LONGEST_SECONDS
    while not last <= found.scored and monotonic() < min(came_at + QUIET_SECONDS, deadline):
        rest(1.0)
        before, found = found, read_topics_of_stream(world.address)
        if found != before:
            came_at = monotonic()
    return Outcome(
        sent=len(feeder.sent),
        lost=len(feeder.sent - found.scored),
        copies=found.copies,
        notes="naive Faust; what is lost is not on opinions.scored",
    )


ROWS = (
    Row("naive-killed", "the control: kill -9 of a naive scoring, 20 times", killed, is_control=True),
    Row("naive-raising", "the control: a naive scoring that raises eight times", raising, is_control=True),
)
