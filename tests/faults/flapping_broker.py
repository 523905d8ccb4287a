"""A broker that comes and goes while texts flow: what was accepted is on the topic afterwards, in order.

    python -m tests.faults.flapping_broker [MINUTES] [SEED]

Apache Kafka from KAFKA_HOME or ../shared/kafka, ten minutes by default. The broker is stopped or killed again and
again, for one to fifteen seconds, and left alone for two to twenty. Prints one line; the status is 1 when something was
lost.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from pathlib import Path
from time import monotonic

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from tests.harness.brokers import KafkaNode, kafka_node
from tests.harness.ingest_process import TOKEN, ingest, wait_for_end, wait_for_log
from tests.harness.ledger import Poster
from tests.harness.spooled import anything_waits
from tests.harness.support import consume, wait_until

RECOVERY_SECONDS = 120.0


def main(minutes: float, seed: int) -> int:
    """Run, print the row, and return the exit status."""
    with tempfile.TemporaryDirectory() as made, kafka_node(Path(made)) as node:
        folder = Path(made)
        create_topics(Broker(node.address), replication=1)
        with ingest(folder, node.address, "http", "--port", "0", http_token=TOKEN) as child:
            port = int(wait_for_log(child, r"POST http://127\.0\.0\.1:(\d+)/v1/texts")[1])
            with Poster(port, "flapped", pause_seconds=0.2) as poster:
                flaps = _flap(node, 60 * minutes, random.Random(seed))
            back = monotonic()
            wait_until(lambda: not anything_waits(folder), RECOVERY_SECONDS, "everything is delivered")
            recovered = monotonic() - back
            child.ask_to_stop()
            status, _ = wait_for_end(child)
        consume(node.address, "comments.raw", len(poster.ledger.ids), RECOVERY_SECONDS)
        account = poster.ledger.settle(node.address)
    print(
        f"flapping broker, {minutes:g} min, seed {seed}: {flaps} times away; {account}, {poster.refused} refused, "
        f"{len(account.out_of_order)} out of order; {recovered:.0f} s to recover; exit {status}"
    )
    return int(bool(account.lost or account.out_of_order or status))


def _flap(node: KafkaNode, seconds: float, chance: random.Random) -> int:
    """How often the broker went; it is there at the end."""
    flaps = 0
    end = monotonic() + seconds
    while monotonic() < end:
        threading.Event().wait(chance.uniform(2, 20))
        (node.kill if chance.random() < 0.7 else node.stop)()
        threading.Event().wait(chance.uniform(1, 15))
        node.start()
        flaps += 1
    return flaps


if __name__ == "__main__":
    sys.exit(main(float((sys.argv[1:] or ["10"])[0]), int((sys.argv[2:] or ["1"])[0])))
