"""Ingest while its broker comes and goes, its disk is full, or it is killed: what it has accepted is on Kafka."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from time import monotonic

from services.kafka.topics import COMMENTS_RAW
from services.runtime.child import Child
from tests.faults.row import Outcome, Row, Skipped
from tests.faults.world import World, rest
from tests.harness.ingest_process import TOKEN, ingest, post, wait_for_end, wait_for_log
from tests.harness.ledger import BATCH, Ledger, Poster
from tests.harness.ports import free_port, listens
from tests.harness.processes import kill
from tests.harness.small_disk import small_disk
from tests.harness.spooled import anything_waits
from tests.harness.support import consume, wait_until

DEADLINE_SECONDS = 180.0
GRACE_SECONDS = 10.0
"""In which a process that is asked to stop has to end."""
SMALL_MEGABYTES = 16
LISTENS = r"POST http://127\.0\.0\.1:(\d+)/v1/texts"
LONG_TEXT = "a" * 7_000


def flapping(world: World) -> Outcome:
    """End the broker again and again, by a signal or a stop, for some seconds each."""
    with ingest(world.folder, world.address, "http", "--port", "0", http_token=TOKEN) as child:
        with Poster(_port(child), "flapped", pause_seconds=0.2) as poster:
            for _ in range(world.pick(8, 2)):
                world.pause(4, 12)
                (world.node.kill if world.chance.random() < 0.7 else world.node.stop)()
                world.say(f"the broker is gone, {len(poster.ledger.ids)} texts are accepted")
                world.pause(1, 15)
                world.node.start()
            begun = monotonic()
        return _delivered(world, child, poster.ledger, begun, poster.refused)


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
        return _delivered(world, child, poster.ledger, begun, poster.refused)


def asked_to_stop(world: World) -> Outcome:
    """SIGTERM while the broker is gone and texts wait; the next start delivers them."""
    options = ("http", "--port", "0")
    with (
        ingest(world.folder, world.address, *options, http_token=TOKEN) as child,
        Poster(_port(child), "stopped", pause_seconds=0.05) as poster,
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
        _port(child)
        outcome = _delivered(world, child, poster.ledger, begun, poster.refused)
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
    return _account(world, ledger, status, recovered, "")


def full_disk(world: World) -> Outcome:
    """A disk that is full while the broker is away."""
    with ExitStack() as stack:
        try:
            stack.enter_context(small_disk(world.folder / "state", SMALL_MEGABYTES))
        except PermissionError as error:
            raise Skipped(str(error)) from None
        return _full(world, 1_000)


def full_spool(world: World) -> Outcome:
    """As much as may wait on disk while the broker is away."""
    return _full(world, SMALL_MEGABYTES)


def _full(world: World, spool_megabytes: int) -> Outcome:
    """Post until nothing more is taken, and bring the broker back."""
    ledger = Ledger("full")
    with ingest(
        world.folder, world.address, "http", "--port", "0",
        http_token=TOKEN, spool_megabytes=str(spool_megabytes),
    ) as child:  # fmt: skip
        port = _port(child)
        world.node.kill()
        while post(port, _batch(ledger))[0] == 202:
            ledger.ids += [text["id"] for text in _batch(ledger)]
        world.say(f"full after {len(ledger.ids)} texts")
        world.node.start()
        begun = monotonic()
        wait_until(lambda: post(port, _batch(ledger))[0] == 202, DEADLINE_SECONDS, "texts are taken again")
        again = monotonic() - begun
        ledger.ids += [text["id"] for text in _batch(ledger)]
        outcome = _delivered(world, child, ledger, begun, 1)
    outcome.notes += f"; taken again after {again:.0f} s"
    return outcome


def _batch(ledger: Ledger) -> list[dict[str, str]]:
    return [ledger.text(len(ledger.ids) + item) | {"text": LONG_TEXT + str(item)} for item in range(BATCH)]


def _port(child: Child) -> int:
    return int(wait_for_log(child, LISTENS, DEADLINE_SECONDS)[1])


def _delivered(world: World, child: Child, ledger: Ledger, begun: float, refused: int) -> Outcome:
    """Wait until nothing waits on disk, stop the process, and compare the ledger with the topic."""
    wait_until(lambda: not anything_waits(world.folder), DEADLINE_SECONDS, "everything is delivered")
    recovered = monotonic() - begun
    child.ask_to_stop()
    status, _ = wait_for_end(child)
    return _account(world, ledger, status, recovered, f"{refused} refused, ")


def _account(world: World, ledger: Ledger, status: int, recovered: float, notes: str) -> Outcome:
    consume(world.address, COMMENTS_RAW.name, len(ledger.ids), DEADLINE_SECONDS)
    account = ledger.settle(world.address)
    outcome = Outcome(
        sent=account.accepted,
        lost=len(account.lost),
        copies=account.repeated,
        recovered=recovered,
        notes=f"{notes}{len(account.out_of_order)} out of order",
    )
    outcome.promise(not account.lost, f"{len(account.lost)} texts lost")
    outcome.promise(not account.out_of_order, f"{len(account.out_of_order)} out of order")
    outcome.promise(status == 0, f"ingest ended with {status}")
    return outcome


ROWS = (
    Row("ingest-flapping", "HTTP flows, the broker is ended eight times", flapping, needs_own_broker=True),
    Row("ingest-killed", "HTTP flows, ingest is killed 20 times", killed),
    Row("ingest-sigterm", "ingest is asked to stop while the broker is gone", asked_to_stop, needs_own_broker=True),
    Row("ingest-pipe", "a pipe flows, the broker is killed", piped, needs_own_broker=True),
    Row("ingest-disk", "a disk of 16 MB is full, the broker is gone", full_disk, needs_own_broker=True),
    Row("ingest-spool", "a spool of 16 MB is full, the broker is gone", full_spool, needs_own_broker=True),
)
