"""Ingest while nothing more may wait on its disk: it refuses, keeps what it has, and goes on."""

from __future__ import annotations

from contextlib import ExitStack
from time import monotonic

from tests.faults.ingested import DEADLINE_SECONDS, delivered, port_of
from tests.faults.row import Outcome, Row, Skipped
from tests.faults.world import World, rest
from tests.harness.ingest_process import TOKEN, ingest, post
from tests.harness.ledger import BATCH, Ledger
from tests.harness.small_disk import small_disk

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
    """Post until nothing more is taken, bring the broker back, and post other texts: of the batch that was refused some
    may be there, in any order.
    """
    ledger, refused = Ledger("full"), 0
    with ingest(
        world.folder, world.address, "http", "--port", "0",
        http_token=TOKEN, spool_megabytes=str(spool_megabytes),
    ) as child:  # fmt: skip
        port = port_of(child)
        world.node.kill()
        while post(port, batch := _batch(ledger, refused))[0] == 202:
            ledger.ids += [text["id"] for text in batch]
        world.say(f"full after {len(ledger.ids)} texts")
        refused += 1
        world.node.start()
        begun = monotonic()
        deadline = begun + DEADLINE_SECONDS
        while post(port, batch := _batch(ledger, refused))[0] != 202:
            refused += 1
            assert monotonic() < deadline, f"no texts are taken within {DEADLINE_SECONDS:.0f} s of the broker's return"
            rest(0.5)
        again = monotonic() - begun
        ledger.ids += [text["id"] for text in batch]
        outcome = delivered(world, child, ledger, begun, refused)
    outcome.notes += f"; taken again after {again:.0f} s"
    return outcome


def _batch(ledger: Ledger, refused: int) -> list[dict[str, str]]:
    """The next texts, of numbers that no batch had that was refused."""
    first = len(ledger.ids) + BATCH * refused
    return [ledger.text(first + item) | {"text": LONG_TEXT + str(item)} for item in range(BATCH)]


ROWS = (
    Row("ingest-disk", "a disk of 16 MB is full, the broker is gone", full_disk, needs_own_broker=True),
    Row("ingest-spool", "a spool of 16 MB is full, the broker is gone", full_spool, needs_own_broker=True),
)
