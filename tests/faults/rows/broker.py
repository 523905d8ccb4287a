"""A broker that goes away, and a stage that does: what waits is not idle."""

from __future__ import annotations

from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.world import World, rest

WORKERS = ("score", "monitor")


def away(world: World) -> Outcome:
    """Stop the broker in the middle, for minutes."""
    seconds = world.pick(300, 20)
    with stream(world, WORKERS, seconds=40.0) as flow:
        world.pause(10, 20)
        world.node.stop()
        world.say(f"the broker is away for {seconds} s")
        rest(seconds)
        world.node.start()
        return flow.settle()


def killed(world: World) -> Outcome:
    """Kill the broker twice, for some seconds each."""
    with stream(world, WORKERS, seconds=60.0) as flow:
        for _ in range(2):
            world.pause(8, 15)
            world.node.kill()
            world.say("the broker was killed")
            world.pause(2, 8)
            world.node.start()
        return flow.settle()


def backlog(world: World) -> Outcome:
    """Take scoring away twice, for longer than a partition may be silent."""
    seconds = world.pick(20, 12)
    with stream(world, WORKERS, seconds=4.0 * seconds) as flow:
        for _ in range(2):
            world.pause(6, 12)
            flow.fleet.remove("score")
            world.say(f"no scoring for {seconds} s")
            rest(seconds)
            flow.fleet.add("score")
        return flow.settle()


ROWS = (
    Row("broker-away", "the broker away for 5 minutes", away, needs_own_broker=True),
    Row("broker-killed", "the broker killed twice for some seconds", killed, needs_own_broker=True),
    Row("backlog", "no scoring for 20 s, twice", backlog),
)
