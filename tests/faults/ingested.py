"""What became of the texts that ingest has accepted."""

from __future__ import annotations

from time import monotonic

from services.kafka.topics import COMMENTS_RAW
from services.runtime.child import Child
from tests.faults.row import Outcome
from tests.faults.world import World
from tests.harness.ingest_process import wait_for_end, wait_for_log
from tests.harness.ledger import Ledger
from tests.harness.spooled import anything_waits
from tests.harness.support import consume, wait_until

DEADLINE_SECONDS = 180.0
_LISTENS = r"POST http://127\.0\.0\.1:(\d+)/v1/texts"


def port_of(child: Child) -> int:
    return int(wait_for_log(child, _LISTENS, DEADLINE_SECONDS)[1])


def delivered(world: World, child: Child, ledger: Ledger, begun: float, refused: int) -> Outcome:
    """Wait until nothing waits on disk, stop the process, and compare the ledger with the topic."""
    wait_until(lambda: not anything_waits(world.folder), DEADLINE_SECONDS, "everything is delivered")
    recovered = monotonic() - begun
    child.ask_to_stop()
    status, _ = wait_for_end(child)
    return settled(world, ledger, status, recovered, f"{refused} refused, ")


def settled(world: World, ledger: Ledger, status: int, recovered: float, notes: str) -> Outcome:
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
    outcome.promise(
        not account.out_of_order, f"{len(account.out_of_order)} out of order, from {account.out_of_order[:1]}"
    )
    outcome.promise(status == 0, f"ingest ended with {status}")
    return outcome
