"""How much the workers log while there is no broker: python -m tests.benchmarks.outage_log [SECONDS].

Starts scoring, monitoring, the relay and HTTP ingest on an embedded broker, ends that, and counts the lines of SECONDS
(60): those that are shown, and those of Kafka's clients that are left out.
"""

from __future__ import annotations

import re
import sys
import tempfile
from functools import partial
from pathlib import Path
from threading import Event

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from services.observability.logs import setup_logging
from services.runtime.child import Child
from tests.harness.brokers import embedded_broker
from tests.harness.ingest_process import AUTHOR_KEY, TOKEN
from tests.harness.ports import free_port
from tests.harness.support import wait_until
from tests.harness.tiny_bundle import NAME, tiny_bundle

COMMANDS = {"score": ["score"], "monitor": ["monitor"], "relay": ["relay"], "ingest": ["ingest", "http"]}
STARTED = {"score": "Worker ready", "monitor": "Worker ready", "relay": "incidents are open", "ingest": "POST http"}
LEFT_OUT = re.compile(r"\((\d+) more lines of Kafka's clients before it\)")


def is_up(child: Child) -> bool:
    """Whether a process is at its work."""
    return STARTED[child.name] in child.log.read_text()


def measure(folder: Path, seconds: float) -> None:
    """Print a line for each process."""
    tiny_bundle(folder / "models")
    port = free_port()
    environment = {
        "GROUNDSWELL_BROKER": f"127.0.0.1:{port}",
        "GROUNDSWELL_MODELS": str(folder / "models"),
        "GROUNDSWELL_MODEL": NAME,
        "GROUNDSWELL_STATE_DIR": str(folder / "state"),
        "GROUNDSWELL_HTTP_TOKEN": TOKEN,
        "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY,
    }
    children = []
    for name, arguments in COMMANDS.items():
        options = ["--port", str(free_port())] if name == "ingest" else []
        command = [sys.executable, "-m", "services.cli", *arguments, *options]
        children.append(Child(name, command, folder, environment))
    try:
        with embedded_broker(folder, port) as broker:
            create_topics(Broker(broker), replication=1)
            for child in children:
                child.start()
            for child in children:
                wait_until(partial(is_up, child), 120, f"{child.name} is up")
            before = {child.name: len(child.log.read_text().splitlines()) for child in children}
        Event().wait(seconds)
        for child in children:
            lines = child.log.read_text().splitlines()[before[child.name] :]
            left_out = sum(int(found[1]) for line in lines if (found := LEFT_OUT.search(line)))
            print(f"{child.name:<8} {len(lines):>5} lines shown, {left_out:>6} left out in {seconds:.0f} s", flush=True)
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait()


if __name__ == "__main__":
    setup_logging("outage-log", "ERROR")
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place), float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
