"""Ingest while its broker comes and goes, or it is ended: what it has accepted is on Kafka."""

from __future__ import annotations

import json
import os
from time import monotonic

from tests.faults.ingested import DEADLINE_SECONDS, delivered, port_of, settled
from tests.faults.row import Outcome, Row
from tests.faults.world import World, rest
from tests.harness.ingest_process import TOKEN, ingest, wait_for_end
from tests.harness.ledger import Ledger, Poster
from tests.harness.ports import free_port, listens
from tests.harness.processes import kill
from tests.harness.support import wait_until

GRACE_SECONDS = 10.0
"""In which a process that is asked to stop has to end."""


def flapping(world: World) -> Outcome:
    """End the broker again and again, by a signal or a stop, for some seconds each."""
    with ingest(world.folder, world.address, "http", "--port", "0", http_token=TOKEN) as child:
        with Poster(port_of(child), "flapped", pause_seconds=0.2) as poster:
            for _ in range(world.pick(20, 2)):
                world.pause(4, 12)
                (world.node.kill if world.chance.random() < 0.7 else world.node.stop)()
                world.say(f"the broker is gone, {len(poster.ledger.ids)} texts are accepted")
                world.pause(1, 15)
                world.node.start()
            begun = monotonic()
        return delivered(world, child, poster.ledger, begun, poster.refused)


def killed(world: World) -> Outcome:
    """Kill ingest again and again, after up to five seconds each."""
    port = free_port()
    options = ("http", "--port", str(port))
    with ingest(world.folder, world.address, *options, http_token=TOKEN) as child:
        with Poster(port, "killed", pause_seconds=0.05) as poster:
            for _ in range(world.pick(20, 3)):
                wait_until(lambda: listens(port), DEADLINE_SECONDS, "ingest listens")
                world.pause(0.2, 5)
                kill(child)
                world.say(f"ingest was killed, {len(poster.ledger.ids)} texts are accepted")
                child.start()
            begun = monotonic()
            wait_until(lambda: listens(port), DEADLINE_SECONDS, "ingest listens")
        return delivered(world, child, poster.ledger, begun, poster.refused)


def asked_to_stop(world: World) -> Outcome:
    """SIGTERM while the broker is gone and texts wait; the next start delivers them."""
    options = ("http", "--port", "0")
    with (
        ingest(world.folder, world.address, *options, http_token=TOKEN) as child,
        Poster(port_of(child), "stopped", pause_seconds=0.05) as poster,
    ):
        world.pause(2, 5)
        world.node.kill()
        world.pause(3, 8)
        child.ask_to_stop()
        asked = monotonic()
        status, _ = wait_for_end(child)
        took = monotonic() - asked
    child.log.unlink()
    world.node.start()
    begun = monotonic()
    with ingest(world.folder, world.address, *options, http_token=TOKEN) as child:
        port_of(child)
        outcome = delivered(world, child, poster.ledger, begun, poster.refused)
    outcome.notes += f"; stopped within {took:.1f} s"
    outcome.promise(status == 0, f"the one that was stopped ended with {status}")
    outcome.promise(took < GRACE_SECONDS, f"it took {took:.0f} s to end")
    return outcome


def piped(world: World) -> Outcome:
    """A pipe whose broker is killed while lines come, and which is closed at the end."""
    pipe = world.folder / "pipe"
    os.mkfifo(pipe)
    ledger = Ledger("piped")
    lines = world.pick(6_000, 600)
    with ingest(world.folder, world.address, "jsonl", str(pipe)) as child, pipe.open("wb", buffering=0) as writer:
        away_at = world.chance.randrange(lines // 4, lines // 2)
        for number in range(lines):
            text = ledger.text(number)
            writer.write(json.dumps(text).encode() + b"\n")
            ledger.ids.append(text["id"])
            if number == away_at:
                world.node.kill()
                world.say("the broker was killed")
            if number == away_at + lines // 4:
                world.pause(5, 10)
                world.node.start()
                begun = monotonic()
            if number % 20 == 0:
                rest(0.02)
        writer.close()
        status, _ = wait_for_end(child, DEADLINE_SECONDS)
        recovered = monotonic() - begun
    return settled(world, ledger, status, recovered, "")


ROWS = (
    Row(
        "ingest-flapping",
        "HTTP flows, the broker is ended twenty times in ten minutes",
        flapping,
        needs_own_broker=True,
        limit_seconds=1_500,
    ),
    Row("ingest-killed", "HTTP flows, ingest is killed 20 times", killed),
    Row("ingest-sigterm", "ingest is asked to stop while the broker is gone", asked_to_stop, needs_own_broker=True),
    Row("ingest-pipe", "a pipe flows, the broker is killed", piped, needs_own_broker=True),
)
