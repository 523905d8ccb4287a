"""Processes that are killed, one after the other, and while they share out their partitions anew."""

from __future__ import annotations

from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.world import World

SERVICES = ("score", "monitor", "relay")


def killed(world: World, rounds: int | None = None) -> Outcome:
    """Kill each service so often, at random moments."""
    rounds = rounds or world.pick(20, 2)
    with stream(world, SERVICES, seconds=13.0 * rounds) as flow:
        for number in range(rounds):
            for name in world.chance.sample(SERVICES, len(SERVICES)):
                world.pause(0.5, 6)
                flow.fleet.kill(name)
            world.say(f"each was killed {number + 1} times of {rounds}")
        outcome = flow.settle()
        outcome.promise(flow.fleet.all_crashes() == 0, f"{flow.fleet.all_crashes()} crashes of their own")
        return outcome


def rebalanced(world: World) -> Outcome:
    """Two of each, then three, then one; one is killed while partitions are handed over."""
    with stream(world, ("score", "score-2", "monitor", "monitor-2"), seconds=world.pick(90, 45)) as flow:
        fleet = flow.fleet
        world.pause(8, 12)
        for name in ("score-3", "monitor-3"):
            fleet.add(name)
        world.say("from two to three of each")
        world.pause(3, 7)  # a process needs some seconds until it joins
        for name in ("score", "monitor"):
            fleet.kill(name)
        world.pause(10, 20)
        world.say("from three to one of each")
        for kind in ("score", "monitor"):
            fleet.remove(f"{kind}-2")
            fleet.kill(kind)
            fleet.remove(f"{kind}-3")
        world.pause(5, 10)
        return flow.settle()


ROWS = (
    Row("killed", "kill -9 of scoring, monitoring and the relay, 20 times each", killed),
    Row("rebalance", "2, 3, then 1 of each worker, one killed in each rebalance", rebalanced),
)
