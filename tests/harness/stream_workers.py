"""Scoring and monitoring as real processes under the supervisor of `groundswell up`: what crashes is started again."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from prometheus_client.parser import text_string_to_metric_families

from services.runtime.child import Child
from services.runtime.supervisor import Service, Supervisor
from tests.harness.ports import free_port
from tests.harness.processes import kill

LAST_LINES = 30
"""Of the log of each process, with a failure."""


class StreamWorkers:
    """`names` of processes: a command of `groundswell`, or the command and a number (`monitor-2`)."""

    def __init__(self, names: Sequence[str], broker: str, models: Path, folder: Path, store: str = "memory") -> None:
        self.names = list(names)
        self.ports = {name: free_port() for name in names}
        common = {
            "GROUNDSWELL_BROKER": broker,
            "GROUNDSWELL_MODELS": str(models),
            "GROUNDSWELL_MODEL": "tiny",
            "GROUNDSWELL_IDLE_SECONDS": "5",
            "GROUNDSWELL_STORE": store,
        }
        services = []
        for name in names:
            own = {
                "GROUNDSWELL_METRICS_PORT": str(self.ports[name]),
                "GROUNDSWELL_STATE_DIR": str(folder / name),
            }
            command = [sys.executable, "-m", "services.cli", name.partition("-")[0]]
            services.append(Service(name, command, {**common, **own}))
        self.supervisor = Supervisor(services, folder)

    def child(self, name: str) -> Child:
        """The process of that name."""
        return self.supervisor.child(name)

    def kill(self, name: str) -> None:
        """End a process at once, as a crash does; the supervisor starts it again."""
        kill(self.child(name))

    def watermarks(self) -> dict[str, float]:
        """Partition -> watermark in seconds, as the metrics of the monitoring processes say."""
        marks: dict[str, float] = {}
        for name, port in self.ports.items():
            if name.startswith("monitor"):
                for partition, mark in _watermarks(port):
                    marks[partition] = max(mark, marks.get(partition, 0.0))
        return marks

    def report(self) -> str:
        """What became of each process, and how its log ends."""
        parts = [f"watermarks: {self.watermarks()}"]
        for name in self.names:
            lines = self.child(name).log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            status = self.child(name).poll()
            parts.append(f"{name}: {self.supervisor.crashes(name)} crashes, status {status}, its log ends:")
            parts += lines
        return "\n".join(parts)


@contextmanager
def stream_workers(
    names: Sequence[str], broker: str, models: Path, folder: Path, store: str = "memory"
) -> Iterator[StreamWorkers]:
    """The processes, started and kept running until the end; a failure says what became of them."""
    workers = StreamWorkers(names, broker, models, folder, store)
    supervisor = workers.supervisor
    supervisor.start()
    looking_after = Thread(target=supervisor.run, name="supervisor")
    looking_after.start()
    try:
        yield workers
    except AssertionError as error:
        error.add_note(workers.report())
        raise
    finally:
        supervisor.stopping.set()
        looking_after.join()
        supervisor.stop()


def _watermarks(port: int) -> Iterator[tuple[str, float]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "groundswell_watermark_timestamp_seconds":
                yield sample.labels["partition"], sample.value
