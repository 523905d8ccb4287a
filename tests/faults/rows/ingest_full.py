"""Ingest while nothing more may wait on its disk: it refuses, keeps what it has, and goes on."""

from __future__ import annotations

from contextlib import ExitStack
from time import monotonic

from tests.faults.ingested import DEADLINE_SECONDS, delivered, port_of
from tests.faults.row import Outcome, Row, Skipped
from tests.faults.world import World
from tests.harness.ingest_process import TOKEN, ingest, post
from tests.harness.ledger import BATCH, Ledger
from tests.harness.small_disk import small_disk
from tests.harness.support import wait_until

SMALL_MEGABYTES = 16
LONG_TEXT = "a" * 7_000


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
        port = port_of(child)
        world.node.kill()
        while post(port, _batch(ledger))[0] == 202:
            ledger.ids += [text["id"] for text in _batch(ledger)]
        world.say(f"full after {len(ledger.ids)} texts")
        world.node.start()
        begun = monotonic()
        wait_until(lambda: post(port, _batch(ledger))[0] == 202, DEADLINE_SECONDS, "texts are taken again")
        again = monotonic() - begun
        ledger.ids += [text["id"] for text in _batch(ledger)]
        outcome = delivered(world, child, ledger, begun, 1)
    outcome.notes += f"; taken again after {again:.0f} s"
    return outcome


def _batch(ledger: Ledger) -> list[dict[str, str]]:
    return [ledger.text(len(ledger.ids) + item) | {"text": LONG_TEXT + str(item)} for item in range(BATCH)]


ROWS = (
    Row("ingest-disk", "a disk of 16 MB is full, the broker is gone", full_disk, needs_own_broker=True),
    Row("ingest-spool", "a spool of 16 MB is full, the broker is gone", full_spool, needs_own_broker=True),
)
