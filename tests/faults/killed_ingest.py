"""Ingest that is killed while texts flow: what was accepted is on the topic afterwards, in order.

    python -m tests.faults.killed_ingest [KILLS] [SEED]

Apache Kafka from KAFKA_HOME or ../shared/kafka, twenty kills by default, each after up to five seconds. Prints one
line; the status is 1 when something was lost.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from pathlib import Path

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from tests.harness.brokers import kafka_broker
from tests.harness.ingest_process import TOKEN, ingest, wait_for_end
from tests.harness.ledger import Poster
from tests.harness.ports import free_port, listens
from tests.harness.processes import kill
from tests.harness.spooled import anything_waits
from tests.harness.support import consume, wait_until

RECOVERY_SECONDS = 120.0


def main(kills: int, seed: int) -> int:
    """Run, print the row, and return the exit status."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as made, kafka_broker(Path(made)) as broker:
        folder, port = Path(made), free_port()
        create_topics(Broker(broker), replication=1)
        with (
            ingest(folder, broker, "http", "--port", str(port), http_token=TOKEN) as child,
            Poster(port, "killed", pause_seconds=0.02) as poster,
        ):
            for _ in range(kills):
                wait_until(lambda: listens(port), RECOVERY_SECONDS, "ingest listens")
                threading.Event().wait(chance.uniform(0.2, 5))
                kill(child)
                child.start()
            wait_until(lambda: listens(port), RECOVERY_SECONDS, "ingest listens")
            threading.Event().wait(2)
        with ingest(folder, broker, "http", "--port", str(port), http_token=TOKEN) as child:
            wait_until(lambda: listens(port), RECOVERY_SECONDS, "ingest listens")
            wait_until(lambda: not anything_waits(folder), RECOVERY_SECONDS, "everything is delivered")
            child.ask_to_stop()
            status, _ = wait_for_end(child)
        consume(broker, "comments.raw", len(poster.ledger.ids), RECOVERY_SECONDS)
        account = poster.ledger.settle(broker)
    print(
        f"ingest killed {kills} times, seed {seed}: {account}, {poster.refused} refused, "
        f"{len(account.out_of_order)} out of order; exit {status}"
    )
    return int(bool(account.lost or account.out_of_order or status))


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["20"])[0]), int((sys.argv[2:] or ["1"])[0])))
