"""Workers that are stopped, not ended: for 90 s, or until their supervisor sees it."""

from __future__ import annotations

import signal
from time import monotonic

from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.world import World
from tests.harness.processes import send
from tests.harness.support import wait_until

ENDED_SECONDS = 120.0
NAMES = ("monitor", "score")


def woken(world: World) -> Outcome:
    """Stop one after the other for far longer than a session, and let it go on: nobody looks after it."""
    seconds = world.pick(90, 15)
    with stream(world, NAMES, seconds=2.5 * seconds) as flow:
        for name in NAMES:
            world.pause(6, 10)
            world.say(f"{name} is stopped for {seconds} s")
            flow.fleet.freeze(name, seconds)
        return flow.settle()


def watched(world: World) -> Outcome:
    """Stop one after the other; its supervisor ends it, and starts it again."""
    took: list[str] = []
    options = {name: {"watched": True} for name in NAMES}
    with stream(world, NAMES, seconds=world.pick(120, 60), options=options) as flow:
        for name in NAMES:
            world.pause(10, 15)
            child = flow.fleet.child(name)
            frozen, begun = child.pid, monotonic()
            send(child, signal.SIGSTOP)
            world.say(f"{name} is stopped")
            wait_until(lambda c=child, pid=frozen: c.pid != pid, ENDED_SECONDS, f"{name} is started again")  # type: ignore[misc]
            took.append(f"{name} started again after {monotonic() - begun:.0f} s")
        outcome = flow.settle()
    outcome.notes = "; ".join(took)
    return outcome


ROWS = (
    Row("frozen", "SIGSTOP of monitoring and of scoring for 90 s", woken),
    Row("frozen-watched", "SIGSTOP of monitoring and of scoring under a watch", watched),
)
