"""Whatever may happen to the stream, at random moments: what comes of it is what the backtest finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.faults.row import Outcome, Row
from tests.faults.stream import Stream, stream
from tests.faults.world import World, rest

NAMES = ("score", "monitor", "monitor-2", "relay")
SEEDS = 3
LONGEST_AWAY = 8.0
LONGEST_BACKLOG = 15.0
LONGEST_FREEZE = 12.0
"""Longer than a session: who was frozen has lost its partitions."""


def mixed(world: World, number: int, seconds: float | None = None) -> Outcome:
    """Faults one after the other, for as long as the stream flows."""
    chance = replace(world, seed=world.seed * 1_000 + number).chance
    seconds = seconds or world.pick(150, 30)
    faults = [_kill, _freeze, _backlog, *([_kill_broker, _stop_broker] if world.own_node else [])]
    done: list[str] = []
    with stream(world, NAMES, seconds) as flow:
        while not flow.feeder.is_done and len(done) < seconds / 5:
            rest(chance.uniform(1, 6))
            fault: Callable[[Stream, float, str], str] = chance.choice(faults)
            done.append(fault(flow, chance.random(), chance.choice(NAMES)))
            world.say(done[-1])
        outcome = flow.settle()
    outcome.notes = "; ".join(filter(None, [f"{len(done)} faults", outcome.notes]))
    return outcome


def _kill(flow: Stream, _share: float, name: str) -> str:
    flow.fleet.kill(name)
    return f"{name} killed"


def _freeze(flow: Stream, share: float, name: str) -> str:
    flow.fleet.freeze(name, share * LONGEST_FREEZE)
    return f"{name} frozen for {share * LONGEST_FREEZE:.0f} s"


def _backlog(flow: Stream, share: float, name: str) -> str:
    flow.fleet.remove(name)
    rest(share * LONGEST_BACKLOG)
    flow.fleet.add(name)
    return f"no {name} for {share * LONGEST_BACKLOG:.0f} s"


def _kill_broker(flow: Stream, share: float, _name: str) -> str:
    flow.world.node.kill()
    rest(share * LONGEST_AWAY)
    flow.world.node.start()
    return f"the broker killed, away for {share * LONGEST_AWAY:.0f} s"


def _stop_broker(flow: Stream, share: float, _name: str) -> str:
    flow.world.node.stop()
    rest(share * LONGEST_AWAY)
    flow.world.node.start()
    return f"the broker stopped, away for {share * LONGEST_AWAY:.0f} s"


def _row(number: int) -> Row:
    def run(world: World) -> Outcome:
        return mixed(world, number)

    return Row(f"random-{number}", "kills, freezes, backlogs and outages at random", run)


ROWS = tuple(_row(number) for number in range(1, SEEDS + 1))
